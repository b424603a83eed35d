//! One line of the file that `paloma dlq drop` writes and `paloma dlq restore` reads.

use paloma::dead_letters::{DeadLetter, QueueName};
use paloma::domain::Timestamp;
use serde::{Deserialize, Serialize};

/// A dropped dead letter: the whole job, with the content of messages, and the reason for dropping it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DroppedDeadLetter {
    /// In epoch milliseconds. The line is written just before the dead letter leaves the queue.
    dropped_at: Timestamp,
    reason: String,
    pub stack: String,
    pub queue: QueueName,
    /// Earlier versions wrote it as `letter`.
    #[serde(alias = "letter")]
    dead_letter: DeadLetter,
    group: Option<String>,
    body: String,
}

impl DroppedDeadLetter {
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

    /// The dead letter as it was in its queue.
    pub fn into_dead_letter(self) -> DeadLetter {
        let mut dead_letter = self.dead_letter;
        (dead_letter.body, dead_letter.group) = (self.body, self.group);
        dead_letter
    }
}
