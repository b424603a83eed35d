//! Who is there: derived from their sockets, and told to those who look at their chat.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// A socket without a sign of life for this long is dead, whatever the gateway says: clients ping within 10 minutes
/// (API Gateway's idle limit).
pub const SILENCE: Duration = Duration::from_secs(11 * 60);

/// By how much the tracking of presence may be late before nobody relies on it.
const LATE: Duration = Duration::from_secs(60);

/// Whether somebody is there, and since when not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Presence {
    /// Whether any of their sockets lives.
    #[serde(default)]
    pub online: bool,
    /// When they were last heard of, in epoch milliseconds; absent for who never was. It rises with every change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Timestamp>,
}

impl Presence {
    /// The moment of a change that follows on this one and of which `sign` tells: a millisecond later at least, since
    /// no two changes may have the same moment. By it they are told apart, and put into order where they cross.
    pub fn moment_after(self, sign: Timestamp) -> Timestamp {
        self.last_seen.map_or(sign, |before| sign.max(before.plus(Duration::from_millis(1))))
    }

    /// This, as others are shown it. While the tracking keeps up, nobody is online without having been heard of
    /// within [`SILENCE`]; when it is behind, that they were seen then is all that is known.
    #[must_use]
    pub fn as_shown(self, now: Timestamp) -> Self {
        let is_known = self.last_seen.is_some_and(|seen| seen.plus(SILENCE).plus(LATE) > now);
        Self { online: self.online && is_known, ..self }
    }

    /// Whether this is news to those who were shown `before`.
    pub fn is_news_after(self, before: Self, now: Timestamp) -> bool {
        self.as_shown(now).online != before.as_shown(now).online
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn no_two_changes_have_the_same_moment() {
        let seen = |millis| Presence { online: true, last_seen: Some(at(millis)) };
        assert_eq!(seen(5).moment_after(at(9)), at(9));
        assert_eq!(seen(5).moment_after(at(5)), at(6));
        assert_eq!(seen(5).moment_after(at(2)), at(6), "nor does it go back");
        assert_eq!(Presence::default().moment_after(at(2)), at(2));
    }

    #[test]
    fn who_has_been_silent_for_too_long_is_not_shown_online() {
        let seen = Presence { online: true, last_seen: Some(at(0)) };
        assert_eq!(seen.as_shown(at(11 * 60_000)), seen);
        assert_eq!(seen.as_shown(at(13 * 60_000)), Presence { online: false, ..seen });
        assert_eq!(Presence::default().as_shown(at(0)), Presence::default());
    }

    #[test]
    fn who_is_heard_of_again_after_too_long_is_news() {
        let now = at(20 * 60_000);
        let online = |millis| Presence { online: true, last_seen: Some(at(millis)) };
        assert!(online(20 * 60_000).is_news_after(online(0), now), "they were shown offline");
        assert!(!online(20 * 60_000).is_news_after(online(19 * 60_000), now));
        assert!(!online(1).is_news_after(online(0), now));
    }
}
