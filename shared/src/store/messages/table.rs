//! The Messages table, and calls for single messages.

use aws_sdk_dynamodb::Client;

use super::rows::{TABLE, message_of};
use crate::domain::{ChangeSeq, Message, MessageId, MessagePast, Retention, Status, Timestamp, UserId};
use crate::store::{Row, StoreError, batch, from_stream, get, number, text, unless_condition_failed};

/// The Messages table. Reads by id leave out messages that are too old; [`Messages::between`] and [`Messages::walk`]
/// have those that are not removed.
#[derive(Debug, Clone)]
pub struct Messages {
    pub(super) client: Client,
    pub(super) table: String,
    retention: Retention,
}

impl Messages {
    /// The table with this name, with messages of any age.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table, retention: Retention::FOREVER }
    }

    /// This table with messages that are kept for this time.
    #[must_use]
    pub fn kept_for(self, retention: Retention) -> Self {
        Self { retention, ..self }
    }

    /// The time for which messages are kept.
    pub fn retention(&self) -> Retention {
        self.retention
    }

    /// Whether a message is not too old to be shown.
    pub fn shows(&self, message: &Message) -> bool {
        self.retention.shows(message.timestamp, Timestamp::now())
    }

    /// Reads a message from a record of the table's stream.
    ///
    /// # Errors
    /// When the record is not a message.
    pub fn from_stream(row: &serde_dynamo::Item) -> Result<Message, StoreError> {
        from_stream(row, TABLE, "a message")
    }

    /// The message with this id, read consistently, since a receipt may follow the message within milliseconds.
    pub async fn message(&self, message_id: MessageId) -> Result<Option<Message>, StoreError> {
        let message = self.row(message_id).await?.map(message_of).transpose()?;
        Ok(message.filter(|message| self.shows(message)))
    }

    /// The message with this id and its past, read consistently.
    pub async fn message_with_past(&self, message_id: MessageId) -> Result<Option<(Message, MessagePast)>, StoreError> {
        let message = self.row(message_id).await?.map(with_past).transpose()?;
        Ok(message.filter(|(message, _)| self.shows(message)))
    }

    async fn row(&self, message_id: MessageId) -> Result<Option<Row>, StoreError> {
        get::row(&self.client, &self.table, key_of(&message_id), "GetItem of a message").await
    }

    /// The messages with these ids, read consistently, in no order. One call per 100 messages.
    pub async fn all(&self, message_ids: &[MessageId]) -> Result<Vec<Message>, StoreError> {
        let rows = batch::get(&self.client, &self.table, message_ids.iter().map(key_of).collect()).await?;
        let mut messages: Vec<_> = rows.into_iter().map(message_of).collect::<Result<_, _>>()?;
        messages.retain(|message| self.shows(message));
        Ok(messages)
    }

    /// These messages as they were for `reader` after change `upto` of their chat, read consistently, in no order: for
    /// a member who left then.
    pub async fn all_as_of(
        &self,
        message_ids: &[MessageId],
        upto: ChangeSeq,
        reader: UserId,
    ) -> Result<Vec<Message>, StoreError> {
        let rows = batch::get(&self.client, &self.table, message_ids.iter().map(key_of).collect()).await?;
        let as_of = |row: Row| with_past(row).map(|(message, past)| message.as_of(upto, reader, &past));
        let mut messages: Vec<_> = rows.into_iter().map(as_of).collect::<Result<_, _>>()?;
        messages.retain(|message| self.shows(message));
        Ok(messages)
    }

    /// The reason for which an operator removed a message, read consistently; `None` for another message.
    pub async fn removed_for(&self, message_id: MessageId) -> Result<Option<String>, StoreError> {
        let operation = "GetItem of a removal's reason";
        let row = get::attributes(&self.client, &self.table, key_of(&message_id), &["removedFor"], operation).await?;
        Ok(row.and_then(|row| row.get("removedFor")?.as_s().ok().cloned()))
    }

    /// Moves the status of a message forward, never back (invariant 5).
    pub async fn raise_status(&self, message_id: MessageId, status: Status) -> Result<(), StoreError> {
        let raised = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("messageId", text(message_id))
            .update_expression("SET #status = :status")
            .condition_expression("#status = :sent OR (#status = :delivered AND :status = :read)")
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":status", text(status.as_str()))
            .expression_attribute_values(":sent", text(Status::Sent.as_str()))
            .expression_attribute_values(":delivered", text(Status::Delivered.as_str()))
            .expression_attribute_values(":read", text(Status::Read.as_str()))
            .send()
            .await;
        unless_condition_failed("UpdateItem of a message's status", raised)?;
        Ok(())
    }

    /// Deletes the content of a message, if this sender wrote it; returns whether there was content. The seq and the
    /// other attributes stay.
    pub async fn redact(&self, message_id: MessageId, sender: UserId, at: Timestamp) -> Result<bool, StoreError> {
        let redacted = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("messageId", text(message_id))
            .update_expression("SET erasedAt = :at REMOVE content, earlier, removedFor, reactions, contentVersion")
            .condition_expression("senderId = :sender AND attribute_not_exists(erasedAt)")
            .expression_attribute_values(":at", number(at.as_millis()))
            .expression_attribute_values(":sender", text(sender))
            .send()
            .await;
        Ok(unless_condition_failed("UpdateItem of a message's content", redacted)?.is_some())
    }
}

fn with_past(mut row: Row) -> Result<(Message, MessagePast), StoreError> {
    let earlier = row.remove("earlier").map(serde_dynamo::from_attribute_value).transpose();
    let earlier = earlier.map_err(StoreError::row(TABLE, "the earlier contents"))?.unwrap_or_default();
    let content_version = row.remove("contentVersion").map(serde_dynamo::from_attribute_value).transpose();
    let content_version = content_version.map_err(StoreError::row(TABLE, "the version of the content"))?;
    Ok((message_of(row)?, MessagePast { earlier, content_version }))
}

fn key_of(message_id: &MessageId) -> Row {
    Row::from([("messageId".to_owned(), text(message_id))])
}
