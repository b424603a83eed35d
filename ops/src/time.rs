//! Formats times for people.

use paloma::domain::Timestamp;

/// `2026-11-25 12:03:04.123`, in UTC.
pub fn moment(time: Timestamp) -> String {
    formatted(time, "%Y-%m-%d %H:%M:%S%.3f")
}

/// `12:03:04`, in UTC.
pub fn second(time: Timestamp) -> String {
    formatted(time, "%H:%M:%S")
}

/// `12:03:04.123`, in UTC.
pub fn clock(time: Timestamp) -> String {
    formatted(time, "%H:%M:%S%.3f")
}

fn formatted(time: Timestamp, format: &str) -> String {
    let millis = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    let formatted = jiff::Timestamp::from_millisecond(millis).map(|time| time.strftime(format).to_string());
    formatted.unwrap_or_else(|_| time.as_millis().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_printed_with_their_milliseconds() {
        assert_eq!(moment(Timestamp::from_millis(1_700_000_000_007)), "2023-11-14 22:13:20.007");
        assert_eq!(clock(Timestamp::from_millis(1_700_000_000_000)), "22:13:20.000");
        assert_eq!(moment(Timestamp::from_millis(u64::MAX)), u64::MAX.to_string());
    }
}
