//! The queues of a stack, and where their dead letters lie.

use paloma::dead_letters::QueueName;
use paloma::runtime::Environment;

/// A queue and where its dead letters lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// What people call it.
    pub name: QueueName,
    /// Its address; none where jobs come from a stream, which only has dead letters.
    pub url: Option<String>,
    /// The address of its dead-letter queue.
    pub dead_letters: Option<String>,
}

impl Queue {
    /// The queue of this name, as the environment of a stack has it.
    pub fn of(name: QueueName, environment: &Environment) -> Self {
        let variable = name.variable();
        let url = |kind: &str| environment.variable(&format!("{variable}_{kind}")).ok();
        Self { name, url: url("QUEUE"), dead_letters: url("DEAD_LETTER_QUEUE") }
    }
}

/// What AWS calls the queue at this address, such as `dev-deliveries`.
pub fn physical_name(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or(url)
}
