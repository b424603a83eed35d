//! The Users table, and its EmailIndex.

use std::collections::HashSet;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::ReturnValue;

use super::rows::{PresenceRow, TABLE, erasure_time, key, unless_erased, user_of};
use crate::domain::{Avatar, Email, Name, Patch, Presence, Timestamp, User, UserId};
use crate::store::{StoreError, batch, from_stream, get, text, unless_refused};

/// The Users table.
#[derive(Debug, Clone)]
pub struct Users {
    pub(in crate::store) client: Client,
    pub(in crate::store) table: String,
}

/// A user as the table has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserRecord {
    /// The user.
    User(User),
    /// The user was erased then.
    Erased(Timestamp),
    /// The user is not known.
    Nothing,
}

impl Users {
    /// The table of this name.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Whose presence a row of the table tells, and what of it, as the table's stream has it.
    ///
    /// # Errors
    /// When it is no such row.
    pub fn presence_from_stream(row: &serde_dynamo::Item) -> Result<(UserId, Presence), StoreError> {
        let PresenceRow { user_id, presence } = from_stream(row, TABLE, "a presence")?;
        Ok((user_id, presence))
    }

    /// The person of this id.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or the row is unreadable.
    pub async fn user(&self, user_id: UserId) -> Result<Option<User>, StoreError> {
        Ok(match self.stored(user_id).await? {
            UserRecord::User(user) => Some(user),
            UserRecord::Erased(_) | UserRecord::Nothing => None,
        })
    }

    /// The user of this id, or that the user was erased; consistently read.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or the row is unreadable.
    pub async fn stored(&self, user_id: UserId) -> Result<UserRecord, StoreError> {
        let row = get::row(&self.client, &self.table, key(user_id), "GetItem of a user").await?;
        let Some(row) = row else { return Ok(UserRecord::Nothing) };
        match erasure_time(&row) {
            Some(at) => Ok(UserRecord::Erased(at)),
            None => user_of(row).map(UserRecord::User),
        }
    }

    /// The person of this address.
    ///
    /// # Errors
    /// When several people have it, DynamoDB does not answer, or the row is unreadable.
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

    /// Which of these people are not known, or not any more. One call per 100.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn unknown(&self, users: &[UserId]) -> Result<Vec<UserId>, StoreError> {
        let rows = batch::get(&self.client, &self.table, users.iter().map(|user| key(*user)).collect()).await?;
        let rows: Vec<_> = rows.into_iter().filter_map(unless_erased).collect();
        let known: HashSet<&str> =
            rows.iter().filter_map(|row| Some(row.get("userId")?.as_s().ok()?.as_str())).collect();
        Ok(users.iter().filter(|user| !known.contains(user.to_string().as_str())).copied().collect())
    }

    /// Changes what is given of somebody's profile; `None` when they are not known.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or the row is unreadable.
    pub async fn change(
        &self,
        user_id: UserId,
        name: Option<Name>,
        avatar: Patch<Avatar>,
    ) -> Result<Option<User>, StoreError> {
        let mut changes = Vec::new();
        let mut removal = "";
        let mut update = self.client.update_item().table_name(&self.table).set_key(Some(key(user_id)));
        if let Some(name) = name {
            changes.push("#name = :name");
            update = update
                .expression_attribute_names("#name", "name")
                .expression_attribute_values(":name", text(String::from(name)));
        }
        match avatar {
            Patch::Keep => {}
            Patch::Remove => removal = "REMOVE avatar",
            Patch::Set(avatar) => {
                changes.push("avatar = :avatar");
                update = update.expression_attribute_values(":avatar", text(String::from(avatar)));
            }
        }
        let setting = if changes.is_empty() { String::new() } else { format!("SET {} ", changes.join(", ")) };
        let expression = setting + removal;
        if expression.is_empty() {
            return self.user(user_id).await;
        }
        let changed = update
            .update_expression(expression)
            // An erasure leaves no createdAt. The condition must not name erasedAt: then the role might write it.
            .condition_expression("attribute_exists(createdAt)")
            .return_values(ReturnValue::AllNew)
            .send()
            .await;
        let changed = unless_refused("UpdateItem of a user", changed)?;
        changed.and_then(|answer| answer.attributes).map(user_of).transpose()
    }
}
