//! Domain events, which are published to EventBridge for other systems.
//!
//! Their schemas are in `docs/events/`. The id of an event follows from the ids in it, so a consumer that remembers ids
//! recognizes an event that is published twice. A change that could break a consumer needs a new version.

use std::fmt::Display;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    ChangeDetail, ChangeKind, ChangeRecord, Chat, ChatId, ClientMessageId, Content, GroupDetail, Message, MessageId,
    MessageReport, Notice, PushDetail, PushFailure, ReceiptDetail, Report, ReportId, ReportedItem, Seq, Timestamp,
    UserId,
};

/// The version of all events.
pub const EVENT_VERSION: u32 = 1;

/// An event for other systems. Its JSON is the format of the queue; [`DomainEvent::bus_detail`] is the format of
/// EventBridge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct DomainEvent {
    /// The version of the schema.
    #[cfg_attr(feature = "schemas", schemars(extend("const" = EVENT_VERSION)))]
    pub version: u32,
    /// The id for consumers, made of the ids in the event. It is the same for every delivery of the same event: store
    /// it to process each event once.
    pub event_id: String,
    /// The time of the event, in epoch milliseconds.
    pub occurred_at: Timestamp,
    /// The type and its data.
    #[serde(flatten)]
    pub detail: EventDetail,
}

/// The type of an event and its data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "detailType", content = "detail", rename_all_fields = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub enum EventDetail {
    /// A message was accepted. The `eventId` is the `messageId`.
    MessageSent {
        /// The chat that the message belongs to.
        chat_id: ChatId,
        /// The id of the message.
        message_id: MessageId,
        /// The user who sent the message.
        sender_id: UserId,
        /// The number of the message in its chat.
        seq: Seq,
        /// The time of the message, in epoch milliseconds.
        timestamp: Timestamp,
        /// The id that the sender's app gave the message.
        client_message_id: ClientMessageId,
        /// The content, in deployments that publish it.
        #[serde(default, deserialize_with = "Content::stored_if_any", skip_serializing_if = "Option::is_none")]
        content: Option<Content>,
    },
    /// A device of a recipient received a message, and all before it. The `eventId` is `messageId/userId/delivered`.
    MessageDelivered(ReceiptDetail),
    /// A recipient read a message, and all before it. The `eventId` is `messageId/userId/read`.
    MessageRead(ReceiptDetail),
    /// A chat was created. The `eventId` is the `chatId`.
    ChatCreated(Chat),
    /// Users were added to a group. The `eventId` is the `messageId` of the system message.
    MembersAdded(GroupDetail),
    /// A member was removed from a group. The `eventId` is the `messageId` of the system message.
    MemberRemoved(GroupDetail),
    /// A member left a group, or was erased. The `eventId` is the `messageId` of the system message.
    MemberLeft(GroupDetail),
    /// The name, the picture, a permission or a role of a group changed. The `eventId` is the `messageId` of the system
    /// message.
    ChatChanged(GroupDetail),
    /// An operator removed a group for all. A consumer must delete what it stored about the group. The `eventId` is the
    /// `messageId` of the system message.
    ChatRemoved(GroupDetail),
    /// A sender edited a message. The `eventId` is `chatId/changes/changeSeq`.
    MessageEdited(ChangeDetail),
    /// A message was deleted for all members. A consumer must delete the content that it stored. The `eventId` is
    /// `chatId/changes/changeSeq`.
    MessageDeleted(ChangeDetail),
    /// Members reacted to a message, or removed reactions. One event covers all reactions of a moment. The `eventId` is
    /// `chatId/changes/changeSeq`.
    ReactionsChanged(ChangeDetail),
    /// A user reported a message. The `eventId` is the `reportId`. The reporter is not named.
    MessageReported(MessageReport),
    /// A user reported another user. The `eventId` is the `reportId`. The reporter is not named.
    UserReported {
        /// The id of the report, for `paloma reports show`.
        report_id: ReportId,
        /// The reported user.
        user_id: UserId,
    },
    /// A user reported a chat. The `eventId` is the `reportId`. The reporter is not named.
    ChatReported {
        /// The id of the report, for `paloma reports show`.
        report_id: ReportId,
        /// The reported chat.
        chat_id: ChatId,
    },
    /// The push service accepted a push for a device. The `eventId` is `messageId/deviceId/push-sent`.
    PushSent(PushDetail),
    /// A push to a device failed: the device no longer exists, the push service rejected the push five times, or it
    /// reported the failure later. The `eventId` is `push/deviceId/push-failed`; `push` is the `messageId`, the id that
    /// SNS gave the push, or `chatId/readSeq/badge` for a badge correction.
    PushFailed(PushFailure),
    /// A user came online. The `eventId` is `userId/connected/time`.
    UserConnected {
        /// The user who came online.
        user_id: UserId,
    },
    /// The last socket of a user closed. The `eventId` is `userId/disconnected/time`.
    UserDisconnected {
        /// The user who went offline.
        user_id: UserId,
        /// The time of the last frame from the user, in epoch milliseconds.
        last_seen: Timestamp,
    },
    /// The account of a user was erased. A consumer must delete what it stored about the user. The `eventId` is
    /// `userId/erased`.
    UserErased {
        /// The erased user.
        user_id: UserId,
    },
}

impl DomainEvent {
    fn new(event_id: String, occurred_at: Timestamp, detail: EventDetail) -> Self {
        Self { version: EVENT_VERSION, event_id, occurred_at, detail }
    }

    /// A message was accepted. The content is included only if the deployment publishes it.
    pub fn message_sent(message: Message, with_content: bool) -> Self {
        let Message { message_id, chat_id, sender_id, client_message_id, body, seq, timestamp, created_at, .. } =
            message;
        let content = body.into_content().filter(|_| with_content);
        let detail =
            EventDetail::MessageSent { chat_id, message_id, sender_id, seq, timestamp, client_message_id, content };
        Self::new(message_id.to_string(), created_at, detail)
    }

    /// A group changed, as a system message reports. `None` for other messages.
    pub fn group_changed(message: &Message) -> Option<Self> {
        let change = message.body.notice()?.clone();
        let kind = match &change {
            Notice::MembersAdded { .. } => EventDetail::MembersAdded,
            Notice::MemberRemoved { .. } => EventDetail::MemberRemoved,
            Notice::MemberLeft { .. } => EventDetail::MemberLeft,
            Notice::RoleChanged { .. } | Notice::ChatChanged(_) => EventDetail::ChatChanged,
            Notice::ChatRemoved => EventDetail::ChatRemoved,
        };
        let Message { chat_id, message_id, seq, sender_id, created_at, .. } = *message;
        let detail = kind(GroupDetail { chat_id, message_id, seq, actor_id: sender_id.into(), change });
        Some(Self::new(message_id.to_string(), created_at, detail))
    }

    /// A message was edited or deleted, or its reactions changed.
    pub fn message_changed(change: &ChangeRecord) -> Self {
        let ChangeRecord { chat_id, change_seq, message_id, seq, sender_id, actor_id, .. } = *change;
        let detail = ChangeDetail { chat_id, message_id, seq, sender_id, actor_id, change_seq };
        let detail = match change.kind {
            ChangeKind::Edited => EventDetail::MessageEdited(detail),
            ChangeKind::Deleted => EventDetail::MessageDeleted(detail),
            ChangeKind::Reacted => EventDetail::ReactionsChanged(detail),
        };
        Self::new(format!("{chat_id}/changes/{change_seq}"), change.changed_at, detail)
    }

    /// A device of a recipient received a message.
    pub fn message_delivered(receipt: ReceiptDetail, at: Timestamp) -> Self {
        Self::new(
            format!("{}/{}/delivered", receipt.message_id, receipt.user_id),
            at,
            EventDetail::MessageDelivered(receipt),
        )
    }

    /// A recipient read a message.
    pub fn message_read(receipt: ReceiptDetail, at: Timestamp) -> Self {
        Self::new(format!("{}/{}/read", receipt.message_id, receipt.user_id), at, EventDetail::MessageRead(receipt))
    }

    /// A chat was created.
    pub fn chat_created(chat: Chat) -> Self {
        Self::new(chat.chat_id.to_string(), chat.created_at, EventDetail::ChatCreated(chat))
    }

    /// A message, a user or a chat was reported.
    pub fn reported(report: &Report) -> Self {
        let report_id = report.report_id;
        let detail = match report.item {
            ReportedItem::Message { message_id, chat_id, seq, sender_id, .. } => {
                EventDetail::MessageReported(MessageReport { report_id, message_id, chat_id, seq, sender_id })
            }
            ReportedItem::User { user_id, .. } => EventDetail::UserReported { report_id, user_id },
            ReportedItem::Chat { chat_id, .. } => EventDetail::ChatReported { report_id, chat_id },
        };
        Self::new(report_id.to_string(), report.reported_at, detail)
    }

    /// A push was sent to a device.
    pub fn push_sent(push: PushDetail, at: Timestamp) -> Self {
        Self::new(format!("{}/{}/push-sent", push.message_id, push.device_id), at, EventDetail::PushSent(push))
    }

    /// A push to a device failed. `push` identifies it: the message id, SNS' id of the push, or the badge correction.
    pub fn push_failed(push: impl Display, failure: PushFailure, at: Timestamp) -> Self {
        Self::new(format!("{push}/{}/push-failed", failure.device_id), at, EventDetail::PushFailed(failure))
    }

    /// A user came online.
    pub fn user_connected(user_id: UserId, at: Timestamp) -> Self {
        Self::new(format!("{user_id}/connected/{}", at.as_millis()), at, EventDetail::UserConnected { user_id })
    }

    /// The last socket of a user closed.
    pub fn user_disconnected(user_id: UserId, last_seen: Timestamp) -> Self {
        let detail = EventDetail::UserDisconnected { user_id, last_seen };
        Self::new(format!("{user_id}/disconnected/{}", last_seen.as_millis()), last_seen, detail)
    }

    /// The account of a user was erased.
    pub fn user_erased(user_id: UserId, at: Timestamp) -> Self {
        Self::new(format!("{user_id}/erased"), at, EventDetail::UserErased { user_id })
    }

    /// The type, as the schema and the rules of EventBridge name it.
    pub const fn name(&self) -> &'static str {
        match &self.detail {
            EventDetail::MessageSent { .. } => "MessageSent",
            EventDetail::MessageDelivered(_) => "MessageDelivered",
            EventDetail::MessageRead(_) => "MessageRead",
            EventDetail::ChatCreated(_) => "ChatCreated",
            EventDetail::MembersAdded(_) => "MembersAdded",
            EventDetail::MemberRemoved(_) => "MemberRemoved",
            EventDetail::MemberLeft(_) => "MemberLeft",
            EventDetail::ChatChanged(_) => "ChatChanged",
            EventDetail::ChatRemoved(_) => "ChatRemoved",
            EventDetail::MessageEdited(_) => "MessageEdited",
            EventDetail::MessageDeleted(_) => "MessageDeleted",
            EventDetail::ReactionsChanged(_) => "ReactionsChanged",
            EventDetail::MessageReported(_) => "MessageReported",
            EventDetail::UserReported { .. } => "UserReported",
            EventDetail::ChatReported { .. } => "ChatReported",
            EventDetail::PushSent(_) => "PushSent",
            EventDetail::PushFailed(_) => "PushFailed",
            EventDetail::UserConnected { .. } => "UserConnected",
            EventDetail::UserDisconnected { .. } => "UserDisconnected",
            EventDetail::UserErased { .. } => "UserErased",
        }
    }

    /// The `Detail` for EventBridge: version, id, time and data.
    ///
    /// # Errors
    /// When the event cannot be written as JSON, which is a bug.
    pub fn bus_detail(&self) -> Result<Value, serde_json::Error> {
        let mut detail = match serde_json::to_value(&self.detail)? {
            Value::Object(mut fields) => fields.remove("detail").unwrap_or_default(),
            other => other,
        };
        detail["version"] = json!(self.version);
        detail["eventId"] = json!(self.event_id);
        detail["occurredAt"] = json!(self.occurred_at);
        Ok(detail)
    }
}
