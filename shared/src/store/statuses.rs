//! The MessageStatus table: what recipients said, and when. Its stream drives the ticks.

use aws_sdk_dynamodb::Client;
use futures::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};

use super::{Row, StoreError, all_rows, batch, from_row, from_stream, number, text, unless_refused};
use crate::domain::{ChatId, ConnectionId, Message, MessageId, Receipt, Seq, Status, Timestamp, UserId, Watermark};

const TABLE: &str = "MessageStatus";

/// How many receipts are deleted at once.
const MOST_AT_ONCE: usize = 16;

/// The MessageStatus table.
#[derive(Debug, Clone)]
pub struct Statuses {
    client: Client,
    table: String,
}

/// What one recipient said of one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptRecord {
    /// The message.
    pub message_id: MessageId,
    /// Who speaks.
    pub user_id: UserId,
    /// What they say.
    pub status: Receipt,
    /// When they last said something new, in epoch milliseconds.
    pub timestamp: Timestamp,
    /// When they first said that they have it, in epoch milliseconds.
    pub delivered_at: Timestamp,
    /// When they said that they read it, in epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
    /// The message's chat.
    pub chat_id: ChatId,
    /// The message's place; all before it are meant too.
    pub seq: Seq,
    /// Who wrote the message.
    pub sender_id: UserId,
    /// How far the speaker had come before, as far as was known: the messages after it are what this is news of.
    pub covers_after: Watermark,
    /// The socket that it came from, if it came from one: the speaker's others are told of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<ConnectionId>,
}

impl ReceiptRecord {
    /// Reads a row of the table, as its stream has it.
    ///
    /// # Errors
    /// When it is no such row.
    pub fn from_stream(row: &serde_dynamo::Item) -> Result<Self, StoreError> {
        from_stream(row, TABLE, "a receipt")
    }
}

impl Statuses {
    /// The table of this name.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Writes down what `user` says of a message on the socket `origin`, or over REST, unless they have said as much:
    /// backwards is nothing new.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn record(
        &self,
        message: &Message,
        user: UserId,
        receipt: Receipt,
        covers_after: Watermark,
        origin: Option<&ConnectionId>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let read = if receipt == Receipt::Read { ", readAt = :now" } else { "" };
        // An origin that stayed from an earlier receipt would leave out a socket that has to hear of this one.
        let socket = if origin.is_some() { ", #origin = :origin" } else { " REMOVE #origin" };
        let mut record = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("messageId", text(message.message_id))
            .key("userId", text(user))
            .update_expression(format!(
                "SET #status = :status, #timestamp = :now, deliveredAt = if_not_exists(deliveredAt, :now), \
                 chatId = :chat, seq = :seq, senderId = :sender, \
                 coversAfter = :after{read}{socket}"
            ))
            .condition_expression("attribute_not_exists(#status) OR (#status = :delivered AND :status <> :delivered)")
            .expression_attribute_names("#status", "status")
            .expression_attribute_names("#timestamp", "timestamp")
            .expression_attribute_values(":status", text(Status::from(receipt).as_str()))
            .expression_attribute_values(":delivered", text(Status::Delivered.as_str()))
            .expression_attribute_values(":now", number(now.as_millis()))
            .expression_attribute_values(":chat", text(message.chat_id))
            .expression_attribute_values(":seq", number(message.seq))
            .expression_attribute_values(":sender", text(message.sender_id))
            .expression_attribute_values(":after", number(covers_after))
            .expression_attribute_names("#origin", "origin");
        if let Some(origin) = origin {
            record = record.expression_attribute_values(":origin", text(origin.as_str()));
        }
        unless_refused("UpdateItem of a receipt", record.send().await)?;
        Ok(())
    }

    /// What was said of a message, by whom.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or a row is unreadable.
    pub async fn of_message(&self, message_id: MessageId) -> Result<Vec<ReceiptRecord>, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("messageId = :message")
            .expression_attribute_values(":message", text(message_id));
        let rows = all_rows("Query of receipts", query).await?;
        rows.into_iter().map(|row| from_row(row, TABLE, "a receipt")).collect()
    }

    /// What somebody said of these messages. One call per 100.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or a row is unreadable.
    pub async fn of_user(&self, user: UserId, messages: &[MessageId]) -> Result<Vec<ReceiptRecord>, StoreError> {
        let keys = messages.iter().map(|message| key(*message, user)).collect();
        let rows = batch::get(&self.client, &self.table, keys).await?;
        rows.into_iter().map(|row| from_row(row, TABLE, "a receipt")).collect()
    }

    /// Forgets what was said. One call each: whoever may delete by batch may also put by batch, for IAM knows only
    /// BatchWriteItem.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn forget(&self, receipts: &[ReceiptRecord]) -> Result<(), StoreError> {
        let forgotten = stream::iter(receipts).map(|receipt| self.forget_one(receipt)).buffer_unordered(MOST_AT_ONCE);
        forgotten.try_collect().await
    }

    async fn forget_one(&self, receipt: &ReceiptRecord) -> Result<(), StoreError> {
        let delete = self.client.delete_item().table_name(&self.table);
        let deleted = delete.set_key(Some(key(receipt.message_id, receipt.user_id))).send().await;
        deleted.map_err(StoreError::call("DeleteItem of a receipt"))?;
        Ok(())
    }
}

fn key(message_id: MessageId, user: UserId) -> Row {
    Row::from([("messageId".to_owned(), text(message_id)), ("userId".to_owned(), text(user))])
}
