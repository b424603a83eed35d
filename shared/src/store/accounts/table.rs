//! Accounts: one small row per user with what each request needs: the end of void sessions, a suspension, and token
//! buckets. It costs one read. The table has no index and no stream, since a bucket changes with every message.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;

use super::rows::{TABLE, account_of, key};
use crate::domain::{Account, Bucket, SendLimit, Timestamp, UserId};
use crate::store::{StoreError, get, number, to_row, unless_condition_failed};

/// The Accounts table.
#[derive(Debug, Clone)]
pub struct Accounts {
    pub(in crate::store) client: Client,
    pub(in crate::store) table: String,
    pub(super) limits: Limits,
}

/// The limits of this deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The limit for sending of a user without a grant by an operator.
    pub send: SendLimit,
    /// The factor by which the buckets of rare calls are larger, and fill faster, than in
    /// [`Action::buckets`](crate::domain::Action::buckets).
    pub rare_calls_factor: u32,
    /// Mails per day to addresses without a login.
    pub sign_ups_per_day: u32,
}

impl Limits {
    /// The bucket for sign-ups, one for the whole deployment.
    pub fn sign_ups(&self) -> Bucket {
        const DAY: Duration = Duration::from_secs(24 * 3600);
        Bucket::new(self.sign_ups_per_day, DAY / self.sign_ups_per_day.max(1))
    }

    /// The bucket for sending of a user with this grant.
    pub fn send_bucket(&self, grant: Option<SendLimit>) -> Bucket {
        grant.unwrap_or(self.send).bucket()
    }
}

impl Accounts {
    /// The table with this name, and the limits of this deployment.
    pub fn new(client: Client, table: String, limits: Limits) -> Self {
        Self { client, table, limits }
    }

    /// The limits of this deployment.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The account of a user, read consistently; `None` for a user without a profile.
    pub async fn account(&self, user_id: UserId) -> Result<Option<Account>, StoreError> {
        let row = get::row(&self.client, &self.table, key(user_id), "GetItem of an account").await?;
        row.map(account_of).transpose()
    }

    /// Ends all sessions of a user that were authenticated at or before this time. `false` for a user without a
    /// profile, or when sessions up to a later time have ended already. One write unit.
    pub async fn void_sessions(&self, user_id: UserId, before: Timestamp) -> Result<bool, StoreError> {
        let written = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(user_id)))
            .update_expression("SET voidBefore = :before")
            .condition_expression(
                "attribute_exists(userId) AND (attribute_not_exists(voidBefore) OR voidBefore < :before)",
            )
            .expression_attribute_values(":before", number(before.as_millis()))
            .send()
            .await;
        Ok(unless_condition_failed("UpdateItem of an account", written)?.is_some())
    }

    /// Suspends a user at this time, or ends the suspension with `None`. `false` for a user without a profile.
    pub async fn suspend(&self, user_id: UserId, at: Option<Timestamp>) -> Result<bool, StoreError> {
        self.set(user_id, "suspendedAt", at.map(|at| number(at.as_millis()))).await
    }

    /// Grants a user a limit for sending, or resets it to the default with `None`. `false` for a user without a
    /// profile.
    pub async fn grant(&self, user_id: UserId, grant: Option<SendLimit>) -> Result<bool, StoreError> {
        let grant = grant.map(|grant| to_row(&grant, TABLE, "a grant").map(AttributeValue::M)).transpose()?;
        self.set(user_id, "grant", grant).await
    }

    /// Sets an attribute of an existing account, or removes it with `None`.
    async fn set(&self, user_id: UserId, name: &str, value: Option<AttributeValue>) -> Result<bool, StoreError> {
        let expression = if value.is_some() { "SET #name = :value" } else { "REMOVE #name" };
        let written = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(user_id)))
            .update_expression(expression)
            .condition_expression("attribute_exists(userId)")
            .expression_attribute_names("#name", name)
            .set_expression_attribute_values(value.map(|value| HashMap::from([(":value".to_owned(), value)])))
            .send()
            .await;
        Ok(unless_condition_failed("UpdateItem of an account", written)?.is_some())
    }
}
