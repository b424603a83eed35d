//! The Messages table, and calls for single messages.

use aws_sdk_dynamodb::Client;

use super::rows::{TABLE, message_of};
use crate::domain::{Message, MessageId, Status, Timestamp, UserId};
use crate::store::{Row, StoreError, from_stream, get, number, text, unless_condition_failed};

/// The Messages table.
#[derive(Debug, Clone)]
pub struct Messages {
    pub(super) client: Client,
    pub(super) table: String,
}

impl Messages {
    /// The table with this name.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
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
        let row = get::row(
            &self.client,
            &self.table,
            Row::from([("messageId".to_owned(), text(message_id))]),
            "GetItem of a message",
        )
        .await?;
        row.map(message_of).transpose()
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
            .update_expression("SET erasedAt = :at REMOVE content")
            .condition_expression("senderId = :sender AND attribute_not_exists(erasedAt)")
            .expression_attribute_values(":at", number(at.as_millis()))
            .expression_attribute_values(":sender", text(sender))
            .send()
            .await;
        Ok(unless_condition_failed("UpdateItem of a message's content", redacted)?.is_some())
    }
}
