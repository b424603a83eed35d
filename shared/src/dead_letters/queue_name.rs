//! The dead-letter queues, by the names that operators use.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A dead-letter queue, named after the queue or the function that its dead letters come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum QueueName {
    /// Jobs of fan-out.
    Deliveries,
    /// Jobs of update-summaries.
    Summaries,
    /// Jobs of push.
    Notifications,
    /// Jobs of track-presence.
    Presence,
    /// Reports of SNS about pushes that failed, for push-feedback.
    PushFailures,
    /// Records of the MessageStatus stream, for propagate-status.
    PropagateStatus,
    /// Records of the tables' streams, for relay.
    Relay,
    /// Records of the Reactions stream, for summarise-reactions.
    SummariseReactions,
}

/// The kind of source that the jobs of a dead-letter queue come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// An SQS queue: a replay sends the job to that queue.
    Queue,
    /// A DynamoDB stream: nothing can be written to it, so a replay invokes the function that reads it.
    Stream,
}

/// A name that no dead-letter queue has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no dead-letter queue {0:?}: there are {known}",
    known = QueueName::ALL.map(QueueName::as_str).join(", ")
)]
pub struct UnknownQueue(pub String);

impl QueueName {
    /// All dead-letter queues, in the order of the pipeline.
    pub const ALL: [Self; 8] = [
        Self::Deliveries,
        Self::Summaries,
        Self::Notifications,
        Self::PushFailures,
        Self::Presence,
        Self::PropagateStatus,
        Self::Relay,
        Self::SummariseReactions,
    ];

    /// The name as operators write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deliveries => "deliveries",
            Self::Summaries => "summaries",
            Self::Notifications => "notifications",
            Self::Presence => "presence",
            Self::PushFailures => "push-failures",
            Self::PropagateStatus => "propagate-status",
            Self::Relay => "relay",
            Self::SummariseReactions => "summarise-reactions",
        }
    }

    /// The kind of source that its jobs come from.
    pub const fn source_kind(self) -> SourceKind {
        match self {
            Self::PropagateStatus | Self::Relay | Self::SummariseReactions => SourceKind::Stream,
            _ => SourceKind::Queue,
        }
    }

    /// The prefix of this queue's environment variables, such as `PUSH_FAILURES`.
    pub fn variable(self) -> String {
        self.as_str().replace('-', "_").to_uppercase()
    }
}

impl FromStr for QueueName {
    type Err = UnknownQueue;

    fn from_str(text: &str) -> Result<Self, UnknownQueue> {
        Self::ALL.into_iter().find(|name| name.as_str() == text).ok_or_else(|| UnknownQueue(text.to_owned()))
    }
}

impl TryFrom<String> for QueueName {
    type Error = UnknownQueue;

    fn try_from(text: String) -> Result<Self, UnknownQueue> {
        text.parse()
    }
}

impl From<QueueName> for String {
    fn from(name: QueueName) -> Self {
        name.as_str().to_owned()
    }
}

impl fmt::Display for QueueName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_about_an_unknown_name_lists_the_known_names() {
        assert!(QueueName::ALL.into_iter().all(|name| name.as_str().parse() == Ok(name)));
        let error = "delivery".parse::<QueueName>().unwrap_err().to_string();
        assert_eq!(
            error,
            "there is no dead-letter queue \"delivery\": there are deliveries, summaries, notifications, \
             push-failures, presence, propagate-status, relay, summarise-reactions"
        );
        assert_eq!(QueueName::PushFailures.variable(), "PUSH_FAILURES");
    }
}
