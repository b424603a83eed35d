//! What other systems are told: domain events, for the bus.
//!
//! Their schemas are in `docs/events/`. An event's id follows from what it tells of, so telling it twice is telling it
//! once to whoever remembers ids. A change that a consumer could trip over is a new version.

use std::fmt::Display;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Chat, ChatId, ClientMessageId, Content, DeviceId, Message, MessageId, Seq, Timestamp, UserId, Watermark};

/// The version of every event there is so far.
pub const EVENT_VERSION: u32 = 1;

/// Something that happened, told to other systems. As JSON it is what lies in queues; [`DomainEvent::detail`] is what
/// the bus is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DomainEvent {
    /// The version of its schema.
    pub version: u32,
    /// What consumers know it by, made of the ids of what it tells of.
    pub event_id: String,
    /// When it happened, in epoch milliseconds.
    pub occurred_at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub what: EventDetail,
}

/// What happened, and what there is to say of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "detailType", content = "detail", rename_all_fields = "camelCase")]
pub enum EventDetail {
    /// A message was accepted.
    MessageSent {
        /// Where.
        chat_id: ChatId,
        /// Which.
        message_id: MessageId,
        /// By whom.
        sender_id: UserId,
        /// Its place.
        seq: Seq,
        /// Its time in the chat, in epoch milliseconds.
        timestamp: Timestamp,
        /// The sender's own name for it.
        client_message_id: ClientMessageId,
        /// What it says, in deployments that tell it.
        #[serde(default, deserialize_with = "Content::stored_if_any", skip_serializing_if = "Option::is_none")]
        content: Option<Content>,
    },
    /// A recipient's device has a message, and all before it.
    MessageDelivered(ReceiptDetail),
    /// A recipient has read a message, and all before it.
    MessageRead(ReceiptDetail),
    /// A chat was made.
    ChatCreated(Chat),
    /// A device was pushed to.
    PushSent(PushDetail),
    /// A device could not be pushed to.
    PushFailed(PushFailure),
    /// Somebody came online.
    UserConnected {
        /// Who.
        user_id: UserId,
    },
    /// Somebody's last socket went.
    UserDisconnected {
        /// Who.
        user_id: UserId,
        /// When they were last heard of, in epoch milliseconds.
        last_seen: Timestamp,
    },
    /// Somebody's account was erased: whoever has kept anything of theirs is to forget it.
    UserErased {
        /// Who.
        user_id: UserId,
    },
}

/// What a recipient said of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptDetail {
    /// Where.
    pub chat_id: ChatId,
    /// Which message.
    pub message_id: MessageId,
    /// Its place; every message before it is meant too.
    pub seq: Seq,
    /// Up to where that was known before: what lies between is news.
    pub covers_after: Watermark,
    /// Who wrote the message.
    pub sender_id: UserId,
    /// Who speaks.
    pub user_id: UserId,
}

/// A push that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PushDetail {
    /// About this chat.
    pub chat_id: ChatId,
    /// About this message.
    pub message_id: MessageId,
    /// Its place.
    pub seq: Seq,
    /// Whose device.
    pub user_id: UserId,
    /// Which.
    pub device_id: DeviceId,
    /// The number on their icon: all that they have not read.
    pub badge: u64,
}

/// A push that did not arrive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PushFailure {
    /// About this message, when it is known: the push service does not say afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    /// Whose device.
    pub user_id: UserId,
    /// Which.
    pub device_id: DeviceId,
    /// Why.
    pub reason: String,
    /// Whether the device was forgotten, being gone.
    pub forgotten: bool,
}

impl DomainEvent {
    fn new(event_id: String, occurred_at: Timestamp, what: EventDetail) -> Self {
        Self { version: EVENT_VERSION, event_id, occurred_at, what }
    }

    /// A message was accepted; with its content only if that may be told.
    pub fn message_sent(message: Message, with_content: bool) -> Self {
        let Message { message_id, chat_id, sender_id, client_message_id, body, seq, timestamp, created_at, .. } =
            message;
        let content = body.into_content().filter(|_| with_content);
        let what =
            EventDetail::MessageSent { chat_id, message_id, sender_id, seq, timestamp, client_message_id, content };
        Self::new(message_id.to_string(), created_at, what)
    }

    /// A recipient has a message.
    pub fn message_delivered(told: ReceiptDetail, at: Timestamp) -> Self {
        Self::new(format!("{}/{}/delivered", told.message_id, told.user_id), at, EventDetail::MessageDelivered(told))
    }

    /// A recipient has read a message.
    pub fn message_read(told: ReceiptDetail, at: Timestamp) -> Self {
        Self::new(format!("{}/{}/read", told.message_id, told.user_id), at, EventDetail::MessageRead(told))
    }

    /// A chat was made.
    pub fn chat_created(chat: Chat) -> Self {
        Self::new(chat.chat_id.to_string(), chat.created_at, EventDetail::ChatCreated(chat))
    }

    /// A device was pushed to.
    pub fn push_sent(told: PushDetail, at: Timestamp) -> Self {
        Self::new(format!("{}/{}/push-sent", told.message_id, told.device_id), at, EventDetail::PushSent(told))
    }

    /// A device could not be pushed to; `push` is what the push is known by: our message, or the push service's.
    pub fn push_failed(push: impl Display, failure: PushFailure, at: Timestamp) -> Self {
        Self::new(format!("{push}/{}/push-failed", failure.device_id), at, EventDetail::PushFailed(failure))
    }

    /// Somebody came online.
    pub fn user_connected(user_id: UserId, at: Timestamp) -> Self {
        Self::new(format!("{user_id}/connected/{}", at.as_millis()), at, EventDetail::UserConnected { user_id })
    }

    /// Somebody's last socket went.
    pub fn user_disconnected(user_id: UserId, last_seen: Timestamp) -> Self {
        let what = EventDetail::UserDisconnected { user_id, last_seen };
        Self::new(format!("{user_id}/disconnected/{}", last_seen.as_millis()), last_seen, what)
    }

    /// Somebody's account was erased.
    pub fn user_erased(user_id: UserId, at: Timestamp) -> Self {
        Self::new(format!("{user_id}/erased"), at, EventDetail::UserErased { user_id })
    }

    /// The kind of event, as its schema and the rules of the bus name it.
    pub const fn name(&self) -> &'static str {
        match &self.what {
            EventDetail::MessageSent { .. } => "MessageSent",
            EventDetail::MessageDelivered(_) => "MessageDelivered",
            EventDetail::MessageRead(_) => "MessageRead",
            EventDetail::ChatCreated(_) => "ChatCreated",
            EventDetail::PushSent(_) => "PushSent",
            EventDetail::PushFailed(_) => "PushFailed",
            EventDetail::UserConnected { .. } => "UserConnected",
            EventDetail::UserDisconnected { .. } => "UserDisconnected",
            EventDetail::UserErased { .. } => "UserErased",
        }
    }

    /// What the bus is given: version, id and time, and what there is to say.
    ///
    /// # Errors
    /// When it does not write as JSON, which is a bug.
    pub fn detail(&self) -> Result<Value, serde_json::Error> {
        let mut detail = match serde_json::to_value(&self.what)? {
            Value::Object(mut what) => what.remove("detail").unwrap_or_default(),
            other => other,
        };
        detail["version"] = json!(self.version);
        detail["eventId"] = json!(self.event_id);
        detail["occurredAt"] = json!(self.occurred_at);
        Ok(detail)
    }
}
