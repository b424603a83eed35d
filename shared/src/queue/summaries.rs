//! What lies in the summaries queue.

use serde::{Deserialize, Serialize};

use crate::domain::{ChatId, LastMessage, Message, Seq, Timestamp, Watermark};

/// For update-summaries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum SummaryJob {
    /// A message was stored.
    Summarise(Summary),
    /// A message was stored and had not been summarised when the relay saw it: is it by now?
    ///
    /// It waits in the queue that it asks about: while that queue is busy, the question waits about as long as the
    /// answer, and a question that overtakes its answer makes a double, which changes nothing.
    Check(SummaryCheck),
}

/// A message was stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// In this chat.
    pub chat_id: ChatId,
    /// What the chat's list entry shows of it.
    pub last_message: LastMessage,
    /// When it was accepted, in epoch milliseconds by the clock.
    pub accepted_at: Timestamp,
}

/// Whether the messages of a chat that one batch of the relay has seen have been summarised. Each check asks of messages
/// that no other asks of, so each message is enqueued again once at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SummaryCheck {
    /// This chat.
    pub chat_id: ChatId,
    /// After this place.
    pub after: Watermark,
    /// Up to this message.
    pub seq: Seq,
}

impl SummaryJob {
    /// The job that a stored message makes.
    pub fn of(message: &Message) -> Self {
        Self::Summarise(Summary {
            chat_id: message.chat_id,
            last_message: LastMessage::from(message),
            accepted_at: message.created_at,
        })
    }

    /// The chat that it is about: its group in the queue.
    pub fn chat_id(&self) -> ChatId {
        match self {
            Self::Summarise(summary) => summary.chat_id,
            Self::Check(check) => check.chat_id,
        }
    }
}
