//! Time as the API tells it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// A moment: milliseconds since 1970-01-01T00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(u64);

impl Timestamp {
    /// Now, by this machine's clock.
    pub fn now() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
    }

    /// The moment that is this many milliseconds after the epoch.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down: what DynamoDB's TTL is told in.
    pub const fn as_secs(self) -> u64 {
        self.0 / 1000
    }

    /// The beginning of the next whole second.
    #[must_use]
    pub const fn next_second(self) -> Self {
        Self((self.as_secs() + 1).saturating_mul(1000))
    }

    /// This moment and a while.
    #[must_use]
    pub fn plus(self, while_: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(while_.as_millis()).unwrap_or(u64::MAX)))
    }

    /// This moment less a while; the epoch at the earliest.
    #[must_use]
    pub fn minus(self, while_: Duration) -> Self {
        Self(self.0.saturating_sub(u64::try_from(while_.as_millis()).unwrap_or(u64::MAX)))
    }

    /// Milliseconds from this moment to a later one; 0 when it is not later (clocks differ between machines).
    pub fn millis_until(self, later: Self) -> u64 {
        later.0.saturating_sub(self.0)
    }

    /// The whole minutes since the epoch: what "at most once a minute" is measured in.
    pub const fn minute(self) -> u64 {
        self.0 / 60_000
    }
}
