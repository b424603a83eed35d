//! Pending changes of an email address: one row per user.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Accounts;
use super::rows::{TABLE, key_named};
use crate::domain::{Email, Timestamp, UserId};
use crate::store::{StoreError, from_row, get, number, text, to_row, unless_condition_failed};

/// Time after which a pending change expires: as long as the code of a sign-up is valid.
const LIFE: Duration = Duration::from_secs(24 * 3600);

/// A pending change of an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EmailChange {
    /// The new address.
    pub email: Email,
    /// The time of the request, in epoch milliseconds.
    pub asked_at: Timestamp,
    /// The temporary login that proved the new mailbox; `None` before that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proved_by: Option<UserId>,
}

impl Accounts {
    /// Stores a pending change, in place of an earlier one. One write unit.
    pub async fn begin_email_change(&self, user_id: UserId, email: Email, now: Timestamp) -> Result<(), StoreError> {
        let change = EmailChange { email, asked_at: now, proved_by: None };
        let mut row = to_row(&change, TABLE, "a change of an address")?;
        row.extend(key_named(name(user_id)));
        row.insert("ttl".to_owned(), number(now.plus(LIFE).as_secs()));
        let put = self.client.put_item().table_name(&self.table).set_item(Some(row)).send().await;
        put.map_err(StoreError::call("PutItem of a change of an address")).map(drop)
    }

    /// The pending change of a user, read consistently. One read unit.
    pub async fn email_change(&self, user_id: UserId) -> Result<Option<EmailChange>, StoreError> {
        let operation = "GetItem of a change of an address";
        let row = get::row(&self.client, &self.table, key_named(name(user_id)), operation).await?;
        let change = row.map(|row| from_row(row, TABLE, "a change of an address")).transpose()?;
        // DynamoDB may delete a row days after its TTL.
        Ok(change.filter(|change: &EmailChange| change.asked_at.plus(LIFE) > Timestamp::now()))
    }

    /// Records the login that proved the new mailbox; returns whether that change is still pending. One write unit.
    pub async fn prove_email_change(
        &self,
        user_id: UserId,
        change: &EmailChange,
        by: UserId,
    ) -> Result<bool, StoreError> {
        let proved = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key_named(name(user_id))))
            .update_expression("SET provedBy = :by")
            .condition_expression("email = :email AND askedAt = :asked")
            .expression_attribute_values(":by", text(by))
            .expression_attribute_values(":email", text(change.email.as_str()))
            .expression_attribute_values(":asked", number(change.asked_at.as_millis()))
            .send()
            .await;
        Ok(unless_condition_failed("UpdateItem of a change of an address", proved)?.is_some())
    }

    /// Deletes a change that is done or cancelled. One write unit.
    pub async fn end_email_change(&self, user_id: UserId) -> Result<(), StoreError> {
        let delete = self.client.delete_item().table_name(&self.table).set_key(Some(key_named(name(user_id))));
        delete.send().await.map_err(StoreError::call("DeleteItem of a change of an address")).map(drop)
    }
}

fn name(user_id: UserId) -> String {
    format!("email-change#{user_id}")
}
