//! The data of domain events.

use serde::{Deserialize, Serialize};

use super::{Actor, ChangeSeq, ChatId, DeviceId, MessageId, Notice, ReportId, Seq, UserId, Watermark};

/// A change of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct GroupDetail {
    /// The group.
    pub chat_id: ChatId,
    /// The system message that reports the change.
    pub message_id: MessageId,
    /// The number of that message in its chat.
    pub seq: Seq,
    /// The member who made the change; `operator` for the removal of the group.
    pub actor_id: Actor,
    /// The change, as the `kind` of the message has it.
    pub change: Notice,
}

/// A change of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ChangeDetail {
    /// The chat of the message.
    pub chat_id: ChatId,
    /// The changed message.
    pub message_id: MessageId,
    /// The number of the message in its chat.
    pub seq: Seq,
    /// The user who sent the message.
    pub sender_id: UserId,
    /// The user who made the change: the sender, an admin of the group, or the last member who reacted. An operator's
    /// removal has `operator`.
    pub actor_id: Actor,
    /// The number of the change in its chat.
    pub change_seq: ChangeSeq,
}

/// The receipt of a recipient for a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ReceiptDetail {
    /// The chat of the message.
    pub chat_id: ChatId,
    /// The newest message that the receipt covers.
    pub message_id: MessageId,
    /// The number of the message in its chat. The receipt covers all earlier messages, too.
    pub seq: Seq,
    /// The recipient's mark before the receipt: it newly covers the messages after this one, up to `seq`.
    pub covers_after: Watermark,
    /// The sender of the message.
    pub sender_id: UserId,
    /// The recipient who sent the receipt.
    pub user_id: UserId,
}

/// A report of a message, without its content, the reason and the reporter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct MessageReport {
    /// The id of the report, for `paloma reports show`.
    pub report_id: ReportId,
    /// The reported message.
    pub message_id: MessageId,
    /// The chat of the message.
    pub chat_id: ChatId,
    /// The number of the message in its chat.
    pub seq: Seq,
    /// The user who sent the message.
    pub sender_id: UserId,
}

/// A push that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct PushDetail {
    /// The chat of the message.
    pub chat_id: ChatId,
    /// The message that the push shows.
    pub message_id: MessageId,
    /// The number of the message in its chat.
    pub seq: Seq,
    /// The user of the device.
    pub user_id: UserId,
    /// The device that the push was sent to.
    pub device_id: DeviceId,
    /// The number on the app's icon: all unread messages of the user.
    pub badge: u64,
}

/// A push that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct PushFailure {
    /// The message, if it is known. SNS does not name it in a later report, and a badge correction has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    /// The user of the device.
    pub user_id: UserId,
    /// The device that the push was for.
    pub device_id: DeviceId,
    /// The reason, as the push service gives it.
    pub reason: String,
    /// Whether the device was deleted, since its token is no longer valid.
    pub forgotten: bool,
}
