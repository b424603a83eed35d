//! Changes of privacy settings. The user's row has them for other users' requests, and the account has copies of those
//! that the user's own requests need. One transaction writes both.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{TransactWriteItem, Update};

use super::Accounts;
use super::rows::{account_of, key};
use crate::domain::{Circle, PrivacyChange, Timestamp, UserId};
use crate::store::users::rows as user_rows;
use crate::store::{Row, StoreError, Users, get, number, text};

const OPERATION: &str = "TransactWriteItems of privacy settings";

/// Tries of a transaction that conflicts with another one on the same rows.
const MAX_TRIES: u32 = 5;

/// The attributes to set in a row.
#[derive(Default)]
struct Assignments {
    clauses: Vec<String>,
    removal: &'static str,
    values: Row,
}

impl Assignments {
    fn set(&mut self, name: &str, circle: Option<Circle>) {
        if let Some(circle) = circle {
            self.clauses.push(format!("{name} = :{name}"));
            self.values.insert(format!(":{name}"), text(circle.as_str()));
        }
    }

    fn set_time(&mut self, name: &str, now: Timestamp) {
        self.clauses.push(format!("{name} = :now"));
        self.values.insert(":now".to_owned(), number(now.as_millis()));
    }

    /// A repetition of `nobody` keeps the time of the first.
    fn set_hidden_time(&mut self, receipts: Circle, now: Timestamp) {
        if receipts == Circle::Nobody {
            self.clauses.push("receiptsHiddenAt = if_not_exists(receiptsHiddenAt, :now)".to_owned());
            self.values.insert(":now".to_owned(), number(now.as_millis()));
        } else {
            self.removal = " REMOVE receiptsHiddenAt";
        }
    }

    fn into_update(self, table: &str, key: Row, condition: &str) -> Result<TransactWriteItem, StoreError> {
        let update = Update::builder()
            .table_name(table)
            .set_key(Some(key))
            .update_expression(format!("SET {}{}", self.clauses.join(", "), self.removal))
            .condition_expression(condition)
            .set_expression_attribute_values(Some(self.values))
            .build()
            .map_err(StoreError::unbuilt(OPERATION))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}

impl Accounts {
    /// The setting of a user for read receipts, read consistently; `None` for an unknown or erased user.
    pub async fn receipts_privacy(&self, user_id: UserId) -> Result<Option<Circle>, StoreError> {
        let operation = "GetItem of a privacy setting";
        let row = get::attributes(&self.client, &self.table, key(user_id), &["userId", "receiptsPrivacy"], operation);
        let row = row.await?.map(account_of).transpose()?;
        Ok(row.map(|account| account.privacy.receipts))
    }

    /// Changes the settings that are named; `false` for an unknown or erased user. Two write units, or four if the
    /// account has a copy of one of them. Concurrent changes of different settings both hold.
    pub async fn change_privacy(
        &self,
        users: &Users,
        user_id: UserId,
        change: PrivacyChange,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let PrivacyChange { presence, receipts, discoverable_by_email, groups } = change;
        let mut profile = Assignments::default();
        profile.set("presencePrivacy", presence);
        profile.set("receiptsPrivacy", receipts);
        profile.set("emailPrivacy", discoverable_by_email);
        profile.set("groupsPrivacy", groups);
        profile.set_time("privacyChangedAt", now);
        // The row of an erased user has no createdAt. The condition must not name erasedAt, or IAM would have to allow
        // this role to write it.
        let exists = "attribute_exists(createdAt)";
        let mut parts = vec![profile.into_update(&users.table, user_rows::key(user_id), exists)?];
        let mut copies = Assignments::default();
        copies.set("presencePrivacy", presence);
        copies.set("receiptsPrivacy", receipts);
        if let Some(receipts) = receipts {
            copies.set_hidden_time(receipts, now);
        }
        if !copies.clauses.is_empty() {
            parts.push(copies.into_update(&self.table, key(user_id), "attribute_exists(userId)")?);
        }
        self.write_privacy(parts).await
    }

    /// Writes all parts; `false` if a row does not exist. A message of the user writes the account, too.
    async fn write_privacy(&self, parts: Vec<TransactWriteItem>) -> Result<bool, StoreError> {
        for tries in 1.. {
            let written = self.client.transact_write_items().set_transact_items(Some(parts.clone())).send().await;
            let Err(error) = written else { return Ok(true) };
            let reasons = match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => {
                    canceled.cancellation_reasons()
                }
                _ => return Err(StoreError::call(OPERATION)(error)),
            };
            let has = |code: &str| reasons.iter().any(|reason| reason.code() == Some(code));
            if has("ConditionalCheckFailed") {
                return Ok(false);
            }
            if !has("TransactionConflict") || tries >= MAX_TRIES {
                return Err(StoreError::call(OPERATION)(error));
            }
            tokio::time::sleep(std::time::Duration::from_millis(fastrand::u64(10..=50))).await;
        }
        unreachable!("the loop ends by returning")
    }
}
