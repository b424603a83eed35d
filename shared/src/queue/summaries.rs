//! Jobs of the summaries queue, for update-summaries.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::{ChatId, LastMessage, Message, SendCharge, Seq, Timestamp};

/// A job for update-summaries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum SummaryJob {
    /// Updates a chat's summary after a message was stored.
    Summarise(Summary),
    /// Checks messages that were not yet summarised when relay read their stream records.
    ///
    /// The check is in the same queue as the summaries: if the queue is long, it waits about as long as they do. A
    /// check that overtakes its summary enqueues the message twice, which changes nothing.
    Check(SummaryCheck),
}

/// A stored message, to be summarised.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// The message's chat.
    pub chat_id: ChatId,
    /// The message as the list of chats shows it.
    pub last_message: LastMessage,
    /// Time at which the message was accepted, in epoch milliseconds.
    pub accepted_at: Timestamp,
    /// Whether the sender's marks may have to move, as [`Head::sending_reads`](crate::domain::Head::sending_reads) has
    /// found. If not, update-summaries reads no row of the sender.
    pub moves_marks: bool,
    /// The bucket that pays tokens for the message: only for the first try of a send.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charge: Option<SendCharge>,
}

/// A check whether messages of a chat are summarised. It lists the messages of one batch of relay, so that each record
/// enqueues its message again at most once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SummaryCheck {
    /// The messages' chat.
    pub chat_id: ChatId,
    /// At most as many as a batch has records, 100.
    pub seqs: BTreeSet<Seq>,
}

impl SummaryJob {
    /// The job for a message that was stored before: its sender does not pay again.
    pub fn of(message: &Message) -> Self {
        Self::Summarise(Summary::of(message))
    }

    /// The job for a message that was just stored.
    pub fn of_new(message: &Message, moves_marks: bool, charge: SendCharge) -> Self {
        Self::Summarise(Summary { moves_marks, charge: Some(charge), ..Summary::of(message) })
    }

    /// The job's message group in the queue.
    pub fn chat_id(&self) -> ChatId {
        match self {
            Self::Summarise(summary) => summary.chat_id,
            Self::Check(check) => check.chat_id,
        }
    }
}

impl Summary {
    fn of(message: &Message) -> Self {
        Self {
            chat_id: message.chat_id,
            last_message: LastMessage::from(message),
            accepted_at: message.created_at,
            moves_marks: true,
            charge: None,
        }
    }
}
