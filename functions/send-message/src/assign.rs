//! Assigns the seq: offers the message as number n + 1. If another message was faster, offers it again after that one.

use std::time::{Duration, Instant};

use paloma::call_error::Cause;
use paloma::domain::{Draft, Head, Member, Message, Timestamp};
use paloma::edge::{ChatAccess, LogFields, Problem};
use paloma::queue::Audience;
use paloma::store::{Acceptance, Chats, MessageLog, Sharing, StoreError};

/// Time after which a message that has no seq yet is rejected. The function's timeout is 20 s.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// Maximum wait before the first retry, in milliseconds: the time of a few transactions.
const FIRST_WAIT_MS: u64 = 40;

/// Maximum wait before the last retries, in milliseconds.
const LAST_WAIT_MS: u64 = 4;

/// A stored message.
#[derive(Debug)]
pub struct SentMessage {
    pub message: Message,
    /// Whether an earlier request stored it.
    pub repeated: bool,
    /// The number of tries in which another message was faster.
    pub lost_races: u64,
    /// The recipients. If an earlier request stored the message, a block may have begun or ended since, and fan-out
    /// finds them out.
    pub audience: Audience,
}

impl SentMessage {
    pub(crate) fn log_fields(&self) -> LogFields {
        LogFields { repeated: self.repeated, lost_races: self.lost_races, ..LogFields::of(&self.message) }
    }
}

/// Why a message got no seq.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AssignError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Other messages were faster in all tries.
    #[error("other messages of the chat were faster in {tries} tries")]
    Crowded { tries: u64 },
    /// The sender has used this `clientMessageId` for a message with other content.
    #[error("clientMessageId belongs to message {}, which has other content", .0.message_id)]
    OtherContent(Box<Message>),
    #[error("the sender may no longer write to this chat")]
    Rejected(Problem),
}

impl From<AssignError> for Problem {
    fn from(error: AssignError) -> Self {
        match error {
            AssignError::Rejected(problem) => problem,
            AssignError::OtherContent(stored) => Self::other_message(&stored),
            AssignError::Crowded { tries } => {
                let fields = LogFields { lost_races: tries, ..LogFields::default() };
                Self::unavailable().with_log_fields(fields).caused_by(Cause::new(error))
            }
            AssignError::Store(error) => error.into(),
        }
    }
}

/// Stores the draft as the next message of its chat, or returns the message that an earlier request stored for it. A
/// request with other content is no repetition: its answer would be 202, and its content would be lost.
///
/// A sender who shares no read receipts, and reads by this message, first keeps the mark that others see: one call,
/// once after the change of the setting.
///
/// After a lost race the new head may record that the sender has left. If it records too many leavers for that, the
/// sender's row is read once more, after the head.
pub(crate) async fn assign_seq(
    (log, chats): (&MessageLog, &Chats),
    draft: &Draft,
    (mut head, mut sender, sharing): (Head, Member, Sharing),
    now: Timestamp,
) -> Result<SentMessage, AssignError> {
    let started = Instant::now();
    for tries in 1_u64.. {
        if sharing == Sharing::Hidden && head.sending_shows_reading(&sender) {
            sender.shared_read = Some(chats.keep_shared_read(draft.chat_id, &sender).await?);
        }
        let message = draft.following(&head, now);
        match log.accept(&message, &head, &sender).await? {
            Acceptance::Accepted => {
                let audience = Audience::everyone_in(&head);
                return Ok(SentMessage { message, repeated: false, lost_races: tries - 1, audience });
            }
            Acceptance::Repeated(stored) if !draft.is_stored_as(&stored) => {
                return Err(AssignError::OtherContent(stored));
            }
            Acceptance::Repeated(stored) => {
                let audience = Audience::Everyone;
                return Ok(SentMessage { message: *stored, repeated: true, lost_races: tries - 1, audience });
            }
            Acceptance::Raced(newer) => {
                head = *newer;
                if head.roster.doubts(&sender, Timestamp::now()) {
                    sender = chats.member(draft.chat_id, draft.sender_id).await?.ok_or_else(gone)?;
                }
                ChatAccess::may_still_send(&head, &sender).map_err(AssignError::Rejected)?;
            }
            Acceptance::Rejected(head) => {
                ChatAccess::may_still_send(&head, &sender).map_err(AssignError::Rejected)?;
            }
            Acceptance::Conflicted => {}
        }
        if started.elapsed() > TIME_LIMIT {
            return Err(AssignError::Crowded { tries });
        }
        // Full jitter spreads the senders. The wait need not grow as it would for a broken service, since one message
        // succeeds at each moment. It shrinks, so that new messages cannot overtake an old one again and again.
        let max_wait = (FIRST_WAIT_MS >> (tries / 4).min(8)).max(LAST_WAIT_MS);
        tokio::time::sleep(Duration::from_millis(fastrand::u64(0..=max_wait))).await;
    }
    unreachable!("the loop ends by returning")
}

/// The row of a sender is deleted at the end of their erasure.
fn gone() -> AssignError {
    AssignError::Rejected(Problem::not_found("chat"))
}
