//! A reaction of one person to a message.

use serde::{Deserialize, Serialize};

use super::{ChatId, Emoji, MessageId, Timestamp, UserId};

/// A reaction as its row stores it: one per person and message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reaction {
    /// The message.
    pub message_id: MessageId,
    /// The user who reacts.
    pub user_id: UserId,
    /// The chat of the message.
    pub chat_id: ChatId,
    /// The emoji.
    #[serde(deserialize_with = "Emoji::stored")]
    pub emoji: Emoji,
    /// The time of the reaction, in epoch milliseconds.
    pub reacted_at: Timestamp,
}

/// The user's own reaction to a message after a call. The user's other devices get it as a `settings` frame if the
/// `reactions` of the message do not tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct OwnReaction {
    /// The chat of the message.
    pub chat_id: ChatId,
    /// The message.
    pub message_id: MessageId,
    /// The emoji in its full form; null without a reaction.
    #[serde(deserialize_with = "Emoji::stored_if_any")]
    pub emoji: Option<Emoji>,
    /// The time of the reaction or of its removal, in epoch milliseconds. Frames may arrive in another order.
    pub changed_at: Timestamp,
}

impl From<&Reaction> for OwnReaction {
    fn from(reaction: &Reaction) -> Self {
        let Reaction { message_id, chat_id, emoji, reacted_at, .. } = reaction;
        Self { chat_id: *chat_id, message_id: *message_id, emoji: Some(emoji.clone()), changed_at: *reacted_at }
    }
}
