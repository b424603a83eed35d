//! Messages that a user has removed from the user's own view: single ones, and all of a chat up to one.

use serde::{Deserialize, Serialize};

use super::{ChatId, Seq, Watermark};

/// The limit of single hidden messages of one user in one chat: their row has about 5 KB then.
pub const MAX_HIDDEN: usize = 1_000;

/// The part of a member's row about hidden messages. The list of single ones is a row of its own, so that a send does
/// not read it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Hiding {
    /// The chat is cleared up to this message.
    #[serde(default, skip_serializing_if = "Watermark::is_start")]
    pub cleared_seq: Watermark,
    /// The number of messages up to there that count as unread.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub cleared_count: u64,
    /// Rises whenever the user hides a message.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub hidden_version: u64,
    /// A hidden message that was the chat's last one: lists of chats do not show it.
    #[serde(default, skip_serializing_if = "Watermark::is_start")]
    pub hidden_last: Watermark,
}

impl Hiding {
    /// Whether the user has removed this message, the last one of the chat, from the user's view.
    pub fn hides_last(&self, seq: Seq) -> bool {
        self.cleared_seq.covers(seq) || self.hidden_last == seq.into()
    }
}

/// Messages that the user has hidden on one of the devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct HiddenMessages {
    /// The chat.
    pub chat_id: ChatId,
    /// The hidden message; absent if the chat was cleared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<Seq>,
    /// The chat is cleared up to this message; absent if a single message was hidden.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cleared_seq: Option<Watermark>,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}
