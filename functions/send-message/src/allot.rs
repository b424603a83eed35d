//! Allotting a seq: offer the message as the next one; when another was faster, offer it as the one after.

use std::time::{Duration, Instant};

use paloma::call_error::Cause;
use paloma::domain::{Draft, Head, Message, Timestamp};
use paloma::edge::{LogFields, Problem};
use paloma::store::{Acceptance, MessageLog, StoreError};

/// How long a message races for its seq. The function has 20 s.
const PATIENCE: Duration = Duration::from_secs(10);

/// Within how many ms a loser tries again: about as long as a few transactions take.
const FIRST_WINDOW: u64 = 40;

/// Within how many ms those try again who have lost most often.
const LAST_WINDOW: u64 = 4;

/// A message that has its seq.
#[derive(Debug)]
pub struct Allotted {
    /// The message as it is stored.
    pub message: Message,
    /// Whether it had been accepted before.
    pub repeated: bool,
    /// How often another message was faster.
    pub lost_races: u64,
}

impl Allotted {
    /// What the log tells of it.
    pub(crate) fn facts(&self) -> LogFields {
        LogFields { repeated: self.repeated, lost_races: self.lost_races, ..LogFields::of(&self.message) }
    }
}

/// Why no seq was allotted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AllotError {
    /// DynamoDB does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Others were faster for too long.
    #[error("no seq could be won within {} tries", .tries)]
    Crowded {
        /// How often it was tried.
        tries: u64,
    },
    /// The sender has given the same name to a message with other content.
    #[error("clientMessageId names message {} already, which has other content", .0.message_id)]
    OtherContent(Box<Message>),
    /// The sender's account is being erased.
    #[error("the sender is being erased")]
    Erased,
}

impl From<AllotError> for Problem {
    fn from(error: AllotError) -> Self {
        match error {
            // The same answer as for a sender who is not in the chat.
            AllotError::Erased => Self::not_found("chat"),
            AllotError::OtherContent(stored) => Self::other_message(&stored),
            AllotError::Crowded { tries } => {
                let fields = LogFields { lost_races: tries, ..LogFields::default() };
                Self::unavailable().with_log_fields(fields).caused_by(Cause::new(error))
            }
            AllotError::Store(error) => error.into(),
        }
    }
}

/// Stores the draft as the next message of its chat, or returns the message that it became before. A try with other
/// content is no repetition: otherwise its sender would be told 202, and its content would be lost.
pub(crate) async fn allot(log: &MessageLog, draft: &Draft, head: Head, now: Timestamp) -> Result<Allotted, AllotError> {
    let started = Instant::now();
    let mut head = head;
    for tries in 1_u64.. {
        let message = draft.following(&head, now);
        match log.accept(&message).await? {
            Acceptance::Accepted => return Ok(Allotted { message, repeated: false, lost_races: tries - 1 }),
            Acceptance::Repeated(stored) if !draft.is_stored_as(&stored) => {
                return Err(AllotError::OtherContent(stored));
            }
            Acceptance::Repeated(stored) => {
                return Ok(Allotted { message: *stored, repeated: true, lost_races: tries - 1 });
            }
            Acceptance::Raced(newer) => head = *newer,
            Acceptance::Erased => return Err(AllotError::Erased),
            Acceptance::Conflicted => {}
        }
        if started.elapsed() > PATIENCE {
            return Err(AllotError::Crowded { tries });
        }
        // Full jitter, so that the racers spread. Every round has a winner, so it need not grow as a back-off from a
        // broken service does; it shrinks, so that who has lost often is not overtaken by newcomers for ever.
        let window = (FIRST_WINDOW >> (tries / 4).min(8)).max(LAST_WINDOW);
        tokio::time::sleep(Duration::from_millis(fastrand::u64(0..=window))).await;
    }
    unreachable!("the loop ends by returning")
}
