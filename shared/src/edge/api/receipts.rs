//! Receipts for messages.

use serde::{Deserialize, Serialize};

use crate::domain::{ChatId, DeviceId, MessageId, Receipt, Seq, Status, Timestamp, UserId, Watermark};

/// `PUT /messages/{messageId}/status`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ReceiptRequest {
    /// The status.
    pub status: Receipt,
    /// The device that acknowledges; a phone that sends it gets no push for the message.
    #[serde(default)]
    pub device_id: Option<DeviceId>,
}

/// `{"action": "updateStatus", …}`. Names the message by `messageId`, or by `chatId` and `seq`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ReceiptFrame {
    /// The status.
    pub status: Receipt,
    /// The message.
    #[serde(default)]
    pub message_id: Option<MessageId>,
    /// The chat.
    #[serde(default)]
    pub chat_id: Option<ChatId>,
    /// The number of the message in its chat.
    #[serde(default)]
    pub seq: Option<Seq>,
    /// The device that acknowledges; a phone that sends it gets no push for the message.
    #[serde(default)]
    pub device_id: Option<DeviceId>,
}

/// The answer: the reader's marks in the chat after the receipt.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ReaderMarks {
    /// The chat.
    pub chat_id: ChatId,
    /// The message.
    pub message_id: MessageId,
    /// The number of the message in its chat.
    pub seq: Seq,
    /// The status.
    pub status: Status,
    /// The last message that the reader's devices have received.
    pub delivered_seq: Watermark,
    /// The last message that the reader has read.
    pub read_seq: Watermark,
    /// The number of unread messages.
    pub unread_count: u64,
}

/// The answer to `GET /messages/{messageId}/receipts`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ReceiptsView {
    /// The message.
    pub message_id: MessageId,
    /// The lowest status among the recipients.
    pub status: Status,
    /// The status for each recipient.
    pub receipts: Vec<ReceiptView>,
}

/// The status of the message for one recipient. The times are set if the recipient sent a receipt for this message
/// itself, and absent if only a receipt for a later message covers it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ReceiptView {
    /// The user.
    pub user_id: UserId,
    /// The status.
    pub status: Status,
    /// The time of the receipt `delivered`, in epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
    /// The time of the receipt `read`, in epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
}
