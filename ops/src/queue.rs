//! The queues of a stack, with their dead-letter queues.

use paloma::dead_letters::QueueName;
use paloma::runtime::Environment;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackQueue {
    pub name: QueueName,
    /// `None` for a stream, which has only a dead-letter queue.
    pub url: Option<String>,
    pub dead_letter_url: Option<String>,
}

impl StackQueue {
    /// Finds the URLs in the environment of a stack.
    pub fn of(name: QueueName, environment: &Environment) -> Self {
        let variable = name.variable();
        let url = |kind: &str| environment.variable(&format!("{variable}_{kind}")).ok();
        Self { name, url: url("QUEUE"), dead_letter_url: url("DEAD_LETTER_QUEUE") }
    }
}

/// The queue's name in AWS, such as `dev-deliveries`.
pub fn physical_name(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or(url)
}
