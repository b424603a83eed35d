//! The MessageStatus table: the receipts of recipients. Its stream starts propagate-status.

use aws_sdk_dynamodb::Client;
use futures::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};

use super::{Row, StoreError, all_rows, batch, from_row, from_stream, number, text, unless_condition_failed};
use crate::domain::{ChatId, ConnectionId, MessageId, MessageRef, Receipt, Seq, Status, Timestamp, UserId, Watermark};

const TABLE: &str = "MessageStatus";

/// Deletions at the same time.
const CONCURRENCY: usize = 16;

/// The MessageStatus table.
#[derive(Debug, Clone)]
pub struct Statuses {
    client: Client,
    table: String,
}

/// The receipt of one recipient for one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptRecord {
    /// The message that the receipt is for.
    pub message_id: MessageId,
    /// The recipient who sent the receipt.
    pub user_id: UserId,
    /// The last receipt.
    pub status: Receipt,
    /// The time of the last receipt that was new, in epoch milliseconds.
    pub timestamp: Timestamp,
    /// The time of the first receipt, in epoch milliseconds.
    pub delivered_at: Timestamp,
    /// The time of the `read` receipt, in epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
    /// The chat of the message.
    pub chat_id: ChatId,
    /// The seq of the message. The receipt covers all earlier messages, too.
    pub seq: Seq,
    /// The number of messages up to this one that count as unread. Absent where it is the same as `seq`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// The sender of the message.
    pub sender_id: UserId,
    /// The recipient's mark before the receipt, as then known: the receipt newly covers the messages after it.
    pub covers_after: Watermark,
    /// For a `read` receipt that the recipient does not share: other users see the message as delivered. Then the
    /// receipt newly delivers the messages after this mark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden_after: Option<Watermark>,
    /// The socket that sent the receipt, if one did: the recipient's other sockets get a status event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<ConnectionId>,
}

impl ReceiptRecord {
    /// Reads a receipt from a record of the table's stream.
    ///
    /// # Errors
    /// When the record is not a receipt.
    pub fn from_stream(row: &serde_dynamo::Item) -> Result<Self, StoreError> {
        from_stream(row, TABLE, "a receipt")
    }

    /// The receipt as other users may see it; `None` if they learn nothing from it.
    pub fn as_shared(&self) -> Option<Self> {
        let Some(delivered) = self.hidden_after else { return Some(self.clone()) };
        let shared = Self { status: Receipt::Delivered, covers_after: delivered, ..self.clone() };
        (delivered < self.seq.into()).then_some(shared)
    }
}

impl Statuses {
    /// The table with this name.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Stores the receipt of `user` for a message, sent on the socket `origin` or over REST, unless an equal or a
    /// higher one is stored.
    pub async fn record(
        &self,
        message: MessageRef,
        user: UserId,
        receipt: Receipt,
        (covers_after, hidden_after): (Watermark, Option<Watermark>),
        origin: Option<&ConnectionId>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let hidden = hidden_after.map(|_| ", hiddenAfter = :hidden").unwrap_or_default();
        let read = if receipt == Receipt::Read { ", readAt = :now" } else { "" };
        // The origin of an earlier receipt must not stay: that socket would miss the status event of this one.
        let count = message.count.map(|_| ", #count = :count").unwrap_or_default();
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
                 coversAfter = :after{read}{count}{hidden}{socket}"
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
        if let Some(hidden_after) = hidden_after {
            record = record.expression_attribute_values(":hidden", number(hidden_after));
        }
        if let Some(count) = message.count {
            record = record.expression_attribute_names("#count", "count");
            record = record.expression_attribute_values(":count", number(count));
        }
        if let Some(origin) = origin {
            record = record.expression_attribute_values(":origin", text(origin.as_str()));
        }
        unless_condition_failed("UpdateItem of a receipt", record.send().await)?;
        Ok(())
    }

    /// Narrows a receipt to the messages after `reached`, since those before have their status. The table's stream
    /// reports the receipt again, for the rest. Changes nothing if the receipt has changed meanwhile.
    pub async fn narrow(&self, record: &ReceiptRecord, reached: Watermark) -> Result<(), StoreError> {
        let (mark, status) = match record.hidden_after {
            Some(_) => ("hiddenAfter", Status::Read),
            None => ("coversAfter", record.status.into()),
        };
        let narrowed = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(record.message_id, record.user_id)))
            .update_expression(format!("SET {mark} = :reached"))
            .condition_expression(format!("#status = :status AND {mark} < :reached"))
            .expression_attribute_names("#status", "status")
            .expression_attribute_values(":status", text(status.as_str()))
            .expression_attribute_values(":reached", number(reached))
            .send()
            .await;
        unless_condition_failed("UpdateItem of a receipt's range", narrowed)?;
        Ok(())
    }

    /// All receipts for a message.
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

    /// The receipts of a user for these messages. One call per 100 messages.
    pub async fn of_user(&self, user: UserId, messages: &[MessageId]) -> Result<Vec<ReceiptRecord>, StoreError> {
        let keys = messages.iter().map(|message| key(*message, user)).collect();
        let rows = batch::get(&self.client, &self.table, keys).await?;
        rows.into_iter().map(|row| from_row(row, TABLE, "a receipt")).collect()
    }

    /// Deletes receipts, one call each: IAM has one action for BatchWriteItem, so a role that may delete by it may also
    /// put.
    pub async fn delete(&self, receipts: &[ReceiptRecord]) -> Result<(), StoreError> {
        let deletions = stream::iter(receipts).map(|receipt| self.delete_one(receipt)).buffer_unordered(CONCURRENCY);
        deletions.try_collect().await
    }

    async fn delete_one(&self, receipt: &ReceiptRecord) -> Result<(), StoreError> {
        let delete = self.client.delete_item().table_name(&self.table);
        let deleted = delete.set_key(Some(key(receipt.message_id, receipt.user_id))).send().await;
        deleted.map_err(StoreError::call("DeleteItem of a receipt"))?;
        Ok(())
    }
}

fn key(message_id: MessageId, user: UserId) -> Row {
    Row::from([("messageId".to_owned(), text(message_id)), ("userId".to_owned(), text(user))])
}
