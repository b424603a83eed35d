//! The Users table, with EmailIndex.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::ReturnValue;

use super::rows::{PresenceRow, TABLE, erasure_time, key, user_of, user_with_privacy};
use crate::domain::{Avatar, Email, Name, Patch, Presence, PrivacySettings, Timestamp, User, UserId};
use crate::store::{StoreError, from_stream, get, text, unless_condition_failed};

/// The Users table.
#[derive(Debug, Clone)]
pub struct Users {
    pub(in crate::store) client: Client,
    pub(in crate::store) table: String,
}

/// The row of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserRecord {
    /// A known user.
    User(User),
    /// A user who was erased at this time.
    Erased(Timestamp),
    /// No row.
    Unknown,
}

impl Users {
    /// The table with this name.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Reads a user and their presence from a record of the table's stream.
    ///
    /// # Errors
    /// When the record is not the row of a user.
    pub fn presence_from_stream(row: &serde_dynamo::Item) -> Result<(UserId, Presence), StoreError> {
        let PresenceRow { user_id, presence, .. } = from_stream(row, TABLE, "a presence")?;
        Ok((user_id, presence))
    }

    /// The user with this id; `None` for an unknown or erased user.
    pub async fn user(&self, user_id: UserId) -> Result<Option<User>, StoreError> {
        Ok(match self.record(user_id).await? {
            UserRecord::User(user) => Some(user),
            UserRecord::Erased(_) | UserRecord::Unknown => None,
        })
    }

    /// The row of a user, read consistently.
    pub async fn record(&self, user_id: UserId) -> Result<UserRecord, StoreError> {
        let row = get::row(&self.client, &self.table, key(user_id), "GetItem of a user").await?;
        let Some(row) = row else { return Ok(UserRecord::Unknown) };
        match erasure_time(&row) {
            Some(at) => Ok(UserRecord::Erased(at)),
            None => user_of(row).map(UserRecord::User),
        }
    }

    /// The user with this address in EmailIndex.
    ///
    /// # Errors
    /// Also [`StoreError::Ambiguous`], when several users have the address.
    pub async fn by_email(&self, email: &Email) -> Result<Option<User>, StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("EmailIndex")
            .key_condition_expression("email = :email")
            .expression_attribute_values(":email", text(email.as_str()))
            .limit(2)
            .send()
            .await
            .map_err(StoreError::call("Query of EmailIndex"))?;
        let mut rows = answer.items.unwrap_or_default();
        let found = rows.pop().map(user_of).transpose();
        if rows.is_empty() { found } else { Err(StoreError::Ambiguous) }
    }

    /// The unknown and the erased among these users. One call per 100 users.
    pub async fn unknown_among(&self, users: &[UserId]) -> Result<Vec<UserId>, StoreError> {
        let known = self.privacy_among(users).await?;
        Ok(users.iter().filter(|user| !known.contains_key(user)).copied().collect())
    }

    /// Changes a user's name or avatar, or both; `None` for an unknown or erased user.
    pub async fn update_profile(
        &self,
        user_id: UserId,
        name: Option<Name>,
        avatar: Patch<Avatar>,
    ) -> Result<Option<(User, PrivacySettings)>, StoreError> {
        let mut assignments = Vec::new();
        let mut removal = "";
        let mut update = self.client.update_item().table_name(&self.table).set_key(Some(key(user_id)));
        if let Some(name) = name {
            assignments.push("#name = :name");
            update = update
                .expression_attribute_names("#name", "name")
                .expression_attribute_values(":name", text(String::from(name)));
        }
        match avatar {
            Patch::Keep => {}
            Patch::Remove => removal = "REMOVE avatar",
            Patch::Set(avatar) => {
                assignments.push("avatar = :avatar");
                update = update.expression_attribute_values(":avatar", text(String::from(avatar)));
            }
        }
        let set = if assignments.is_empty() { String::new() } else { format!("SET {} ", assignments.join(", ")) };
        let expression = set + removal;
        if expression.is_empty() {
            return self.with_privacy(user_id).await;
        }
        let changed = update
            .update_expression(expression)
            // The row of an erased user has no createdAt. The condition must not name erasedAt, or IAM would have to
            // allow this role to write it.
            .condition_expression("attribute_exists(createdAt)")
            .return_values(ReturnValue::AllNew)
            .send()
            .await;
        let changed = unless_condition_failed("UpdateItem of a user", changed)?;
        changed.and_then(|answer| answer.attributes).map(user_with_privacy).transpose()
    }
}
