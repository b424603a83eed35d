//! A letter as the copy of `paloma dlq drop` keeps it, for `paloma dlq restore`: a line of JSON.

use paloma::domain::Timestamp;
use replay_dead_letters::{Letter, QueueName};
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
    letter: Letter,
    group: Option<String>,
    body: String,
}

impl Kept {
    /// A letter that is about to leave this queue.
    pub fn of(letter: &Letter, stack: &str, queue: QueueName, reason: &str) -> Self {
        Self {
            dropped_at: Timestamp::now(),
            reason: reason.to_owned(),
            stack: stack.to_owned(),
            queue,
            group: letter.group.clone(),
            body: letter.body.clone(),
            letter: letter.clone(),
        }
    }

    /// The letter as it lay there.
    pub fn into_letter(self) -> Letter {
        let mut letter = self.letter;
        (letter.body, letter.group) = (self.body, self.group);
        letter
    }
}
