//! What lies in the summaries queue.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::{ChatId, LastMessage, Message, Seq, Timestamp};

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
    /// Whether the message costs its sender tokens: once, by the first try of the send.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_charged: bool,
}

/// Whether the messages of a chat that one batch of the relay has seen have been summarised. It asks of those alone, so
/// that each is enqueued again once for each time that its record came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SummaryCheck {
    /// This chat.
    pub chat_id: ChatId,
    /// These messages: at most as many as a batch has records, 100.
    pub seqs: BTreeSet<Seq>,
}

impl SummaryJob {
    /// The job that a stored message makes.
    pub fn of(message: &Message) -> Self {
        Self::Summarise(Summary {
            chat_id: message.chat_id,
            last_message: LastMessage::from(message),
            accepted_at: message.created_at,
            is_charged: false,
        })
    }

    /// The same for a message that was just stored, and costs its sender tokens.
    pub fn of_new(message: &Message) -> Self {
        Self::Summarise(Summary {
            chat_id: message.chat_id,
            last_message: LastMessage::from(message),
            accepted_at: message.created_at,
            is_charged: true,
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
