//! The time at which a mute ends.

use std::time::Duration;

use paloma::domain::{LATEST_MUTE, Timestamp};

/// A time in the past by at most this much is accepted, since a client's clock may be behind.
const CLOCK_SKEW: Duration = Duration::from_secs(60);

/// A plausible time for the end of a mute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MuteEnd(Timestamp);

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MuteEndError {
    /// For example epoch seconds: read as milliseconds they are in January 1970.
    #[error("has passed: give epoch milliseconds, or null to unmute")]
    Past,
    /// For example epoch microseconds.
    #[error("must be before the year 10000: give epoch milliseconds, or null to unmute")]
    TooLate,
}

impl MuteEnd {
    pub fn new(until: Timestamp, now: Timestamp) -> Result<Self, MuteEndError> {
        if until.plus(CLOCK_SKEW) < now {
            Err(MuteEndError::Past)
        } else if until > LATEST_MUTE {
            Err(MuteEndError::TooLate)
        } else {
            Ok(Self(until))
        }
    }

    pub fn timestamp(self) -> Timestamp {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mute_ends_between_a_minute_ago_and_the_year_10000() {
        let now = 1_780_000_000_000;
        let end =
            |millis| MuteEnd::new(Timestamp::from_millis(millis), Timestamp::from_millis(now)).map(MuteEnd::timestamp);
        for good in [now - 60_000, now, now + 1, now + 3_600_000, 253_402_300_799_999] {
            assert_eq!(end(good), Ok(Timestamp::from_millis(good)));
        }
        // More than the clock skew ago, an hour from now in epoch seconds, zero.
        for past in [now - 60_001, (now + 3_600_000) / 1_000, 0, 1] {
            assert_eq!(end(past), Err(MuteEndError::Past), "{past}");
        }
        // The year 10000, an hour from now in epoch microseconds.
        for late in [253_402_300_800_000, (now + 3_600_000) * 1_000, u64::MAX] {
            assert_eq!(end(late), Err(MuteEndError::TooLate), "{late}");
        }
    }
}
