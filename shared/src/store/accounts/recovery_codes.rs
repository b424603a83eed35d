//! Recovery codes: one row per user, apart from the account, which every call reads and which must stay small.

use aws_sdk_dynamodb::types::AttributeValue;

use super::Accounts;
use super::rows::key_named;
use crate::domain::{RecoveryCode, RecoveryCodeHash, UserId};
use crate::store::{StoreError, text, unless_condition_failed};

/// The attribute that holds the hashes of unused codes.
const CODES: &str = "codes";

impl Accounts {
    /// Replaces the recovery codes of a user. One write unit.
    pub async fn put_recovery_codes(&self, user_id: UserId, codes: &[RecoveryCode]) -> Result<(), StoreError> {
        let mut row = key_named(name(user_id));
        let hashes = codes.iter().map(|code| code.hash().as_str().to_owned()).collect();
        row.insert(CODES.to_owned(), AttributeValue::Ss(hashes));
        let put = self.client.put_item().table_name(&self.table).set_item(Some(row)).send().await;
        put.map_err(StoreError::call("PutItem of recovery codes")).map(drop)
    }

    /// Spends a recovery code; returns whether it was an unused code of the user. If several calls spend one code
    /// together, exactly one gets `true`. One write unit.
    pub async fn spend_recovery_code(&self, user_id: UserId, code: &RecoveryCodeHash) -> Result<bool, StoreError> {
        let spent = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key_named(name(user_id))))
            .update_expression("DELETE codes :code")
            .condition_expression("contains(codes, :hash)")
            .expression_attribute_values(":code", AttributeValue::Ss(vec![code.as_str().to_owned()]))
            .expression_attribute_values(":hash", text(code.as_str()))
            .send()
            .await;
        Ok(unless_condition_failed("UpdateItem of recovery codes", spent)?.is_some())
    }

    /// Deletes the recovery codes of a user. One write unit.
    pub async fn delete_recovery_codes(&self, user_id: UserId) -> Result<(), StoreError> {
        let delete = self.client.delete_item().table_name(&self.table).set_key(Some(key_named(name(user_id))));
        delete.send().await.map_err(StoreError::call("DeleteItem of recovery codes")).map(drop)
    }
}

fn name(user_id: UserId) -> String {
    format!("recovery#{user_id}")
}
