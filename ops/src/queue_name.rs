//! The queues, by the names that people use: `deliveries`, `push-failures`, `propagate-status`.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::Failure;

/// How the name of an output ends that is the address of a dead-letter queue.
const DEAD_LETTERS: &str = "DeadLetterQueue";
/// How the name of an output ends that is the address of any queue.
const ANY: &str = "Queue";

/// What people call a queue, together with its dead-letter queue: the stack's outputs say which there are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct QueueName(String);

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

impl QueueName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// From how the stack's outputs spell it: `PushFailures` is `push-failures`.
    fn of_output(name: &str) -> Self {
        let mut spelled = String::new();
        for letter in name.chars() {
            if letter.is_uppercase() && !spelled.is_empty() {
                spelled.push('-');
            }
            spelled.extend(letter.to_lowercase());
        }
        Self(spelled)
    }
}

impl fmt::Display for QueueName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// What AWS calls the queue at this address, such as `dev-deliveries`.
pub fn physical_name(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or(url)
}

/// The queues among the outputs of a stack, by name.
pub(crate) fn among(outputs: &BTreeMap<String, String>) -> BTreeMap<QueueName, Queue> {
    let mut queues: BTreeMap<QueueName, Queue> = BTreeMap::new();
    for (output, url) in outputs {
        let (name, is_dead_letters) = match (output.strip_suffix(DEAD_LETTERS), output.strip_suffix(ANY)) {
            (Some(name), _) => (name, true),
            (None, Some(name)) => (name, false),
            (None, None) => continue,
        };
        let name = QueueName::of_output(name);
        let queue = queues.entry(name.clone()).or_insert(Queue { name, url: None, dead_letters: None });
        *(if is_dead_letters { &mut queue.dead_letters } else { &mut queue.url }) = Some(url.clone());
    }
    queues
}

/// The queue of this name. People may also name the queue as AWS does (`dev-deliveries-dead-letter`).
pub(crate) fn find<'a>(queues: &'a BTreeMap<QueueName, Queue>, wanted: &str) -> Result<&'a Queue, Failure> {
    let is_it = |queue: &&Queue| {
        let urls = [&queue.url, &queue.dead_letters];
        let physical = urls.into_iter().flatten().any(|url| physical_name(url) == wanted);
        queue.name.as_str() == wanted || physical
    };
    queues.values().find(is_it).ok_or_else(|| Failure::UnknownQueue {
        wanted: wanted.to_owned(),
        known: queues.keys().map(QueueName::as_str).collect::<Vec<_>>().join(", "),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queues() -> BTreeMap<QueueName, Queue> {
        let outputs = [
            ("PushFailuresQueue", "http://q/dev-push-failures"),
            ("PushFailuresDeadLetterQueue", "http://q/dev-push-failures-dead-letter"),
            ("RelayDeadLetterQueue", "http://q/dev-relay-dead-letter"),
            ("ApiUrl", "http://api"),
        ];
        among(&outputs.map(|(name, url)| (name.to_owned(), url.to_owned())).into())
    }

    #[test]
    fn queues_are_known_by_the_names_that_people_use() {
        let queues = queues();
        let names: Vec<_> = queues.keys().map(QueueName::as_str).collect();
        assert_eq!(names, ["push-failures", "relay"]);
        let push_failures = find(&queues, "push-failures").unwrap();
        assert_eq!(push_failures.url.as_deref(), Some("http://q/dev-push-failures"));
        assert_eq!(push_failures.dead_letters.as_deref(), Some("http://q/dev-push-failures-dead-letter"));
        assert_eq!(find(&queues, "relay").unwrap().url, None, "its jobs come from a stream");
        assert_eq!(find(&queues, "dev-relay-dead-letter").unwrap().name.as_str(), "relay");
    }

    #[test]
    fn an_unknown_queue_is_told_which_there_are() {
        let failure = find(&queues(), "relais").unwrap_err();
        assert_eq!(failure.to_string(), "there is no queue relais: name one of push-failures, relay");
    }
}
