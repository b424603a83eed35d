//! Until when a chat is silent.

use std::time::Duration;

use paloma::domain::Timestamp;

/// The end of the year 9999: what "for ever" is, and the latest that JavaScript's formatters write in four digits.
const LATEST: Timestamp = Timestamp::from_millis(253_402_300_799_999);

/// By how much a client's clock may be behind before a moment that it means is one that has passed.
const SKEW: Duration = Duration::from_secs(60);

/// A moment until which a client may mean a chat to be silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Until(Timestamp);

/// Why a moment cannot be meant.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UntilError {
    /// Such as epoch seconds, which are a moment in 1970 when taken for milliseconds.
    #[error("has passed: give epoch milliseconds, or null to unmute")]
    Past,
    /// Such as epoch microseconds.
    #[error("must be before the year 10000: give epoch milliseconds, or null to unmute")]
    TooLate,
}

impl Until {
    /// # Errors
    /// When no client can mean that moment.
    pub fn new(until: Timestamp, now: Timestamp) -> Result<Self, UntilError> {
        if until.plus(SKEW) < now {
            Err(UntilError::Past)
        } else if until > LATEST {
            Err(UntilError::TooLate)
        } else {
            Ok(Self(until))
        }
    }

    pub fn moment(self) -> Timestamp {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_meant_is_refused() {
        let now = 1_780_000_000_000;
        let until = |millis| Until::new(Timestamp::from_millis(millis), Timestamp::from_millis(now)).map(Until::moment);
        for good in [now - 60_000, now, now + 1, now + 3_600_000, 253_402_300_799_999] {
            assert_eq!(until(good), Ok(Timestamp::from_millis(good)));
        }
        // A second ago by a clock that is a minute behind, an hour from now in seconds, zero.
        for past in [now - 60_001, (now + 3_600_000) / 1_000, 0, 1] {
            assert_eq!(until(past), Err(UntilError::Past), "{past}");
        }
        // The year 10000, an hour from now in microseconds.
        for late in [253_402_300_800_000, (now + 3_600_000) * 1_000, u64::MAX] {
            assert_eq!(until(late), Err(UntilError::TooLate), "{late}");
        }
    }
}
