//! Jobs about chats that lack a row.

use super::JobError;
use crate::domain::ChatId;

/// A job names a chat that lacks a row which every chat has. Each retry fails in the same way until the chat is
/// repaired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MissingChat {
    /// The chat's own row, `chatId`.
    #[error("chat {0} does not exist")]
    Chat(ChatId),
    /// The head, `chatId#head`.
    #[error("chat {0} has no head")]
    Head(ChatId),
}

impl From<MissingChat> for JobError {
    fn from(error: MissingChat) -> Self {
        Self::new(error)
    }
}
