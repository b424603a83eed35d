//! Times in the format of the API.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// A time in epoch milliseconds (since 1970-01-01T00:00Z).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema), schemars(extend("examples" = [1_780_000_000_000_u64])))]
pub struct Timestamp(u64);

impl Timestamp {
    /// The current time by this machine's clock.
    pub fn now() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
    }

    /// The time that is this many milliseconds after the epoch.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down: the unit of DynamoDB's TTL.
    pub const fn as_secs(self) -> u64 {
        self.0 / 1000
    }

    /// The beginning of the next whole second.
    #[must_use]
    pub const fn next_second(self) -> Self {
        Self((self.as_secs() + 1).saturating_mul(1000))
    }

    /// The time that is `duration` later.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)))
    }

    /// The time that is `duration` earlier; the epoch at the earliest.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)))
    }

    /// Milliseconds from this time to a later one; 0 if it is not later, since clocks of machines differ.
    pub fn millis_until(self, later: Self) -> u64 {
        later.0.saturating_sub(self.0)
    }

    /// Whole periods of this length since the epoch, to do something at most once in each.
    pub const fn periods(self, length: Duration) -> u128 {
        self.0 as u128 / length.as_millis()
    }
}
