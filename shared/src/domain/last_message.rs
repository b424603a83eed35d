//! The newest message of a chat, as lists of chats and pushes show it.

use serde::{Deserialize, Serialize};

use super::{Body, Content, Message, MessageId, Seq, Timestamp, UserId};

/// The newest message of a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct LastMessage {
    /// The id of the message.
    pub message_id: MessageId,
    /// The user who sent the message.
    pub sender_id: UserId,
    /// The number of the message in its chat.
    pub seq: Seq,
    /// The number of messages up to this one that count as unread. Absent where it is the same as `seq`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// The time of the message, in epoch milliseconds.
    pub timestamp: Timestamp,
    /// The beginning of the content, at most 140 bytes and an ellipsis, as long as the sender has an account; or the
    /// `kind` of a system message.
    #[serde(flatten)]
    pub body: Body<String>,
}

impl From<&Message> for LastMessage {
    fn from(message: &Message) -> Self {
        Self {
            message_id: message.message_id,
            sender_id: message.sender_id,
            seq: message.seq,
            count: message.count,
            timestamp: message.timestamp,
            body: message.body.map(Content::preview),
        }
    }
}
