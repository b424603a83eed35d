//! The time for which a deployment keeps messages.

use std::time::Duration;

use super::{Head, LastMessage, Member, Message, Timestamp, Watermark};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The time for which messages are kept: a whole number of days, or for ever.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Retention(Option<Duration>);

/// The error for a text that is no number of days.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number of days from 0 to {}, where 0 keeps messages for ever", Retention::MAX_DAYS)]
pub struct RetentionError;

impl Retention {
    /// Messages are kept for ever.
    pub const FOREVER: Self = Self(None);

    /// The limit of days: ten years.
    pub const MAX_DAYS: u32 = 3_650;

    /// The time before which messages are too old to be shown; `None` if none is.
    pub fn oldest_shown(self, now: Timestamp) -> Option<Timestamp> {
        self.0.map(|kept| now.minus(kept))
    }

    /// Whether a message of this time is shown.
    pub fn shows(self, sent: Timestamp, now: Timestamp) -> bool {
        self.oldest_shown(now).is_none_or(|oldest| sent >= oldest)
    }

    /// The time from which DynamoDB may remove a message of this time, in whole seconds: it is hidden before that.
    pub fn removal_of(self, sent: Timestamp) -> Option<Timestamp> {
        self.0.map(|kept| sent.plus(kept).next_second())
    }
}

impl std::str::FromStr for Retention {
    type Err = RetentionError;

    fn from_str(text: &str) -> Result<Self, RetentionError> {
        match text.parse().map_err(|_| RetentionError)? {
            0 => Ok(Self::FOREVER),
            days @ 1..=Self::MAX_DAYS => Ok(Self(Some(DAY * days))),
            _ => Err(RetentionError),
        }
    }
}

/// The messages of a chat that are too old to be shown: all up to a mark. A member sees the chat as if they had cleared
/// it up to there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expired {
    /// The last of these messages.
    pub upto: Watermark,
    /// The number of messages up to there that count as unread.
    pub count: u64,
}

impl Expired {
    /// All messages before this one, the first that is shown.
    pub fn before(first: &Message) -> Self {
        let upto = Watermark::at(u64::from(first.seq) - 1);
        let count = first.count.unwrap_or(first.seq.into());
        // A system message has the count of the message before it.
        Self { upto, count: if first.body.notice().is_some() { count } else { count.saturating_sub(1) } }
    }
}

impl Head {
    /// The messages of which the head itself tells that they are too old: all, those up to the summary, or none. There
    /// may be more.
    pub fn expired(&self, oldest_shown: Option<Timestamp>) -> Expired {
        let Some(oldest) = oldest_shown else { return Expired::default() };
        if self.last_timestamp < oldest {
            return Expired { upto: self.last_seq, count: self.count() };
        }
        let upto = |last: &LastMessage| Expired { upto: last.seq.into(), count: last.count.unwrap_or(last.seq.into()) };
        self.last_message.as_ref().filter(|last| last.timestamp < oldest).map(upto).unwrap_or_default()
    }
}

impl Member {
    /// This member, who does not see these messages any more.
    #[must_use]
    pub fn without_expired(mut self, expired: Expired) -> Self {
        self.hiding.cleared_seq = self.hiding.cleared_seq.max(expired.upto);
        self.hiding.cleared_count = self.hiding.cleared_count.max(expired.count);
        self
    }
}

#[cfg(test)]
#[path = "retention_tests.rs"]
mod tests;
