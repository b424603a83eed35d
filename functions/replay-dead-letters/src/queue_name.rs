//! Which dead-letter queue is meant, in the words of an operator.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A dead-letter queue, by what its letters were on the way to.
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
    /// What SNS could not bring to phones, on the way to push-feedback.
    PushFailures,
    /// Records of the MessageStatus stream, on the way to propagate-status.
    PropagateStatus,
    /// Records of the tables' streams, on the way to the relay.
    Relay,
}

/// Where its letters go when they are replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// Back into the queue that they came from.
    Queue,
    /// To the function itself: no queue takes back what came from a stream.
    Function,
}

/// A name that no dead-letter queue has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no dead-letter queue {0:?}: there are {known}", known = QueueName::ALL.map(QueueName::as_str).join(", "))]
pub struct UnknownQueue(pub String);

impl QueueName {
    /// All of them, in the order of the pipeline.
    pub const ALL: [Self; 7] = [
        Self::Deliveries,
        Self::Summaries,
        Self::Notifications,
        Self::PushFailures,
        Self::Presence,
        Self::PropagateStatus,
        Self::Relay,
    ];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deliveries => "deliveries",
            Self::Summaries => "summaries",
            Self::Notifications => "notifications",
            Self::Presence => "presence",
            Self::PushFailures => "push-failures",
            Self::PropagateStatus => "propagate-status",
            Self::Relay => "relay",
        }
    }

    /// Where its letters go when they are replayed.
    pub const fn home(self) -> Home {
        match self {
            Self::PropagateStatus | Self::Relay => Home::Function,
            _ => Home::Queue,
        }
    }

    /// What the environment variables of this queue begin with, such as `PUSH_FAILURES`.
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
    fn a_wrong_name_is_answered_with_the_right_ones() {
        assert!(QueueName::ALL.into_iter().all(|name| name.as_str().parse() == Ok(name)));
        let error = "delivery".parse::<QueueName>().unwrap_err().to_string();
        assert_eq!(
            error,
            "there is no dead-letter queue \"delivery\": there are deliveries, summaries, notifications, \
             push-failures, presence, propagate-status, relay"
        );
        assert_eq!(QueueName::PushFailures.variable(), "PUSH_FAILURES");
    }
}
