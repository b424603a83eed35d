//! Changes of an email address that are under way, in the Accounts table: a row of their own per user.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Accounts;
use super::rows::{TABLE, key_of};
use crate::domain::{Email, Timestamp, UserId};
use crate::store::{StoreError, from_row, get, number, text, to_row, unless_refused};

/// The time for which a wish is kept: as long as the code of a sign-up is good.
const KEPT: Duration = Duration::from_secs(24 * 3600);

/// A change of an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EmailChange {
    /// The new address.
    pub email: Email,
    /// The moment at which the user asked for it, in epoch milliseconds.
    pub asked_at: Timestamp,
    /// The login that stands in for the new address until the change is done, once its mailbox is proved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proved_by: Option<UserId>,
}

impl Accounts {
    /// Notes that a user wants another address, in place of an earlier wish. One write unit.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn begin_email_change(&self, user_id: UserId, email: Email, now: Timestamp) -> Result<(), StoreError> {
        let change = EmailChange { email, asked_at: now, proved_by: None };
        let mut row = to_row(&change, TABLE, "a change of an address")?;
        row.extend(key_of(name(user_id)));
        row.insert("ttl".to_owned(), number(now.plus(KEPT).as_secs()));
        let put = self.client.put_item().table_name(&self.table).set_item(Some(row)).send().await;
        put.map_err(StoreError::call("PutItem of a change of an address")).map(drop)
    }

    /// The change that is under way, consistently read. One read unit.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or the row is unreadable.
    pub async fn email_change(&self, user_id: UserId) -> Result<Option<EmailChange>, StoreError> {
        let operation = "GetItem of a change of an address";
        let row = get::row(&self.client, &self.table, key_of(name(user_id)), operation).await?;
        let change = row.map(|row| from_row(row, TABLE, "a change of an address")).transpose()?;
        // DynamoDB may delete days after the TTL.
        Ok(change.filter(|change: &EmailChange| change.asked_at.plus(KEPT) > Timestamp::now()))
    }

    /// Notes that a code from the new mailbox was right, and which login it was sent for; answers whether that change is
    /// still under way. One write unit.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
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
            .set_key(Some(key_of(name(user_id))))
            .update_expression("SET provedBy = :by")
            .condition_expression("email = :email AND askedAt = :asked")
            .expression_attribute_values(":by", text(by))
            .expression_attribute_values(":email", text(change.email.as_str()))
            .expression_attribute_values(":asked", number(change.asked_at.as_millis()))
            .send()
            .await;
        Ok(unless_refused("UpdateItem of a change of an address", proved)?.is_some())
    }

    /// Forgets a change that is done or given up. One write unit.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn end_email_change(&self, user_id: UserId) -> Result<(), StoreError> {
        let delete = self.client.delete_item().table_name(&self.table).set_key(Some(key_of(name(user_id))));
        delete.send().await.map_err(StoreError::call("DeleteItem of a change of an address")).map(drop)
    }
}

fn name(user_id: UserId) -> String {
    format!("email-change#{user_id}")
}
