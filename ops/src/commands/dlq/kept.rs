//! A letter as the copy of `paloma dlq drop` keeps it, for `paloma dlq restore`: a line of JSON.

use paloma::dead_letters::{DeadLetter, QueueName};
use paloma::domain::Timestamp;
use serde::{Deserialize, Serialize};

/// A letter, with what people wrote, and why it went.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    /// When it left the queue, in epoch milliseconds, or was about to.
    dropped_at: Timestamp,
    /// Why it could go.
    reason: String,
    /// In which deployment.
    pub stack: String,
    /// Where it lay.
    pub queue: QueueName,
    /// Copies of earlier versions call it `letter`.
    #[serde(alias = "letter")]
    dead_letter: DeadLetter,
    group: Option<String>,
    body: String,
}

impl Kept {
    /// A letter that is about to leave this queue.
    pub fn of(dead_letter: &DeadLetter, stack: &str, queue: QueueName, reason: &str) -> Self {
        Self {
            dropped_at: Timestamp::now(),
            reason: reason.to_owned(),
            stack: stack.to_owned(),
            queue,
            group: dead_letter.group.clone(),
            body: dead_letter.body.clone(),
            dead_letter: dead_letter.clone(),
        }
    }

    /// The letter as it lay there.
    pub fn into_dead_letter(self) -> DeadLetter {
        let mut dead_letter = self.dead_letter;
        (dead_letter.body, dead_letter.group) = (self.body, self.group);
        dead_letter
    }
}
