//! The work after the marks of members have moved: the status of messages rises, and their senders get status events.
//!
//! - In a group the lowest marks decide the status of a message (`lowest`).
//! - In a direct chat the recipient's marks alone decide it, so nothing is settled (`direct`).
//!
//! `ticks` delivers the events.

mod direct;
mod lowest;
mod ticks;

use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};

use crate::call_error::{CallError, FailureKind};
use crate::domain::{ChatId, MessageId, Status};
use crate::queue::JobError;
use crate::store::{Chats, Messages, StoreError};

pub use ticks::{TICK_TIME, TickDelivery, TickPoster};

/// Messages per step. After each step of a group the head is written, so a retry after a long absence continues there.
const STEP_MESSAGES: u64 = 200;

/// Time limit for one chat in one call. A consumer has 30 s for all chats of its batch.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// Writes of messages at the same time.
const CONCURRENCY: usize = 16;

/// The stores and the queue that settle chats.
#[derive(Debug, Clone)]
pub struct Settlement {
    /// The marks of members, and the heads.
    pub chats: Chats,
    /// The messages, for their status.
    pub messages: Messages,
    /// The delivery of status events to senders.
    pub ticks: TickDelivery,
}

impl Settlement {
    /// Raises the status of these messages. Costs one write unit each.
    ///
    /// # Errors
    /// Those of the table. A retry raises the rest.
    pub async fn raise_all(
        &self,
        messages: impl IntoIterator<Item = MessageId>,
        status: Status,
    ) -> Result<(), StoreError> {
        stream::iter(messages)
            .map(|message| self.messages.raise_status(message, status))
            .buffer_unordered(CONCURRENCY)
            .try_collect()
            .await
    }
}

/// The failure of a call that has reached [`TIME_LIMIT`]. It counts as an outage and not as poison, so that the job or
/// the stream's record is tried again: each try continues after the one before.
fn unfinished(chat_id: ChatId) -> JobError {
    let reason = format!("chat {chat_id} was not settled within {TIME_LIMIT:?}: a retry continues");
    CallError::because("UpdateItem of messages' status", FailureKind::Unavailable, reason).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_settlement_that_takes_too_long_is_tried_again_and_is_no_poison() {
        assert!(unfinished(ChatId::random()).is_outage());
    }
}
