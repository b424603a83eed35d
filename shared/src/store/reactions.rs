//! The Reactions table: one row per person and message. Its stream starts summarise-reactions.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};
use futures::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;

use super::{Row, StoreError, all_rows, batch, from_row, from_stream, number, text, to_row};
use crate::domain::{MessageId, Reaction, Timestamp, UserId};

const TABLE: &str = "Reactions";

/// Deletions at the same time.
const CONCURRENCY: usize = 16;

/// The Reactions table.
#[derive(Debug, Clone)]
pub struct StoredReactions {
    client: Client,
    table: String,
}

/// The key of a reaction, as the table's stream reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReactionKey {
    /// The message.
    pub message_id: MessageId,
    /// The user who reacted, or removed the reaction.
    pub user_id: UserId,
}

impl ReactionKey {
    /// Reads the keys of a record of the table's stream.
    ///
    /// # Errors
    /// When they are not those of a reaction.
    pub fn from_stream(keys: &serde_dynamo::Item) -> Result<Self, StoreError> {
        from_stream(keys, TABLE, "the key of a reaction")
    }
}

impl StoredReactions {
    /// The table with this name.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Stores a reaction in place of the user's earlier one, unless that has the same emoji. Returns the stored one,
    /// and whether it is new. One write unit. DynamoDB removes it at `removal`, with its message.
    pub async fn set(&self, reaction: Reaction, removal: Option<Timestamp>) -> Result<(Reaction, bool), StoreError> {
        const OPERATION: &str = "PutItem of a reaction";
        let mut row = to_row(&reaction, TABLE, "a reaction")?;
        row.extend(removal.map(|removal| ("ttl".to_owned(), number(removal.as_secs()))));
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(row))
            .condition_expression("attribute_not_exists(messageId) OR emoji <> :emoji")
            .expression_attribute_values(":emoji", text(reaction.emoji.as_str()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let error = match put {
            Ok(_) => return Ok((reaction, true)),
            Err(error) => error,
        };
        let stored = match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(failed)) => failed.item.clone(),
            _ => return Err(StoreError::call(OPERATION)(error)),
        };
        Ok((stored.map(reaction_of).transpose()?.unwrap_or(reaction), false))
    }

    /// Removes the reaction of a user; returns whether there was one. One write unit.
    pub async fn remove(&self, message_id: MessageId, user: UserId) -> Result<bool, StoreError> {
        let delete = self.client.delete_item().table_name(&self.table).set_key(Some(key(message_id, user)));
        let deleted = delete.return_values(ReturnValue::AllOld).send().await;
        let deleted = deleted.map_err(StoreError::call("DeleteItem of a reaction"))?;
        Ok(deleted.attributes.is_some_and(|attributes| !attributes.is_empty()))
    }

    /// All reactions to a message, read consistently.
    pub async fn of_message(&self, message_id: MessageId) -> Result<Vec<Reaction>, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("messageId = :message")
            .expression_attribute_values(":message", text(message_id));
        all_rows("Query of reactions", query).await?.into_iter().map(reaction_of).collect()
    }

    /// The reactions of a user to these messages, read consistently. One call per 100 messages.
    pub async fn of_user(&self, user: UserId, messages: &[MessageId]) -> Result<Vec<Reaction>, StoreError> {
        let keys = messages.iter().map(|message| key(*message, user)).collect();
        batch::get(&self.client, &self.table, keys).await?.into_iter().map(reaction_of).collect()
    }

    /// Deletes reactions, one call each: IAM has one action for BatchWriteItem, so a role that may delete by it may
    /// also put.
    pub async fn delete(&self, reactions: &[Reaction]) -> Result<(), StoreError> {
        let delete = async |reaction: &Reaction| self.remove(reaction.message_id, reaction.user_id).await.map(drop);
        stream::iter(reactions).map(delete).buffer_unordered(CONCURRENCY).try_collect().await
    }
}

fn key(message_id: MessageId, user: UserId) -> Row {
    Row::from([("messageId".to_owned(), text(message_id)), ("userId".to_owned(), text(user))])
}

fn reaction_of(row: Row) -> Result<Reaction, StoreError> {
    from_row(row, TABLE, "a reaction")
}
