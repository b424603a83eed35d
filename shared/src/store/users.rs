//! The Users table, and its EmailIndex.

use std::collections::HashSet;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::ReturnValue;
use serde::Deserialize;

use super::erased::time_of;
use super::{Row, StoreError, batch, from_row, from_stream, number, text, unless_refused};
use crate::domain::{Avatar, Email, Name, Patch, Presence, Timestamp, User, UserId};

pub(super) const TABLE: &str = "Users";

/// What the rows of those have who were erased (see `erased`), and no others.
pub(super) const ERASED_AT: &str = "erasedAt";

/// The Users table.
#[derive(Debug, Clone)]
pub struct Users {
    pub(super) client: Client,
    pub(super) table: String,
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

/// The part of a row that tells of presence.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PresenceRow {
    user_id: UserId,
    #[serde(flatten)]
    presence: Presence,
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
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key(user_id)))
            .consistent_read(true)
            .send()
            .await
            .map_err(StoreError::call("GetItem of a user"))?;
        let Some(row) = answer.item else { return Ok(UserRecord::Nothing) };
        match time_of(&row) {
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

pub(super) fn key(user_id: UserId) -> Row {
    Row::from([("userId".to_owned(), text(user_id))])
}

/// The row that an erasure leaves.
pub(super) fn tombstone(user_id: UserId, erased_at: Timestamp) -> Row {
    let mut row = key(user_id);
    row.insert(ERASED_AT.to_owned(), number(erased_at.as_millis()));
    row
}

/// The row, unless it is what an erasure has left.
pub(super) fn unless_erased(row: Row) -> Option<Row> {
    (!row.contains_key(ERASED_AT)).then_some(row)
}

fn user_of(row: Row) -> Result<User, StoreError> {
    from_row(row, TABLE, "a user")
}
