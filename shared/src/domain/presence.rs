//! Presence: it follows from the sockets of a user, and is posted to the clients that watch the user.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// Time without a frame from the client after which a socket counts as dead, also if API Gateway still has it. Clients
/// ping within 10 minutes, the idle timeout of API Gateway.
pub const LIVENESS_TIMEOUT: Duration = Duration::from_secs(11 * 60);

/// Time by which track-presence may be late. After that an online user is shown as offline.
const MAX_DELAY: Duration = Duration::from_secs(60);

/// Whether a user is online, and the time of their last frame.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct Presence {
    /// Whether the user has a live socket.
    #[serde(default)]
    pub online: bool,
    /// The time of the last frame from the user, in epoch milliseconds; absent for a user who was never online. It
    /// rises with every change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Timestamp>,
}

impl Presence {
    /// The time to store with a change that was observed at `observed_at`: at least 1 ms after this presence. No two
    /// changes of a user have the same time, so the time identifies a change and orders them.
    pub fn time_of_next_change(self, observed_at: Timestamp) -> Timestamp {
        self.last_seen.map_or(observed_at, |before| observed_at.max(before.plus(Duration::from_millis(1))))
    }

    /// This presence as other users see it. An online user sends frames within [`LIVENESS_TIMEOUT`]. Without one,
    /// track-presence is late and the user may have left: then the user is shown as offline, with the time of the last
    /// frame.
    #[must_use]
    pub fn as_shown(self, now: Timestamp) -> Self {
        let is_current = self.last_seen.is_some_and(|seen| seen.plus(LIVENESS_TIMEOUT).plus(MAX_DELAY) > now);
        Self { online: self.online && is_current, ..self }
    }

    /// The time at which the user was last seen: now, if the user is online.
    pub fn last_seen_at(self, now: Timestamp) -> Option<Timestamp> {
        let shown = self.as_shown(now);
        if shown.online { Some(now) } else { shown.last_seen }
    }

    /// Whether watchers who saw `before` see a change.
    pub fn is_visible_change_from(self, before: Self, now: Timestamp) -> bool {
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
    fn no_two_changes_have_the_same_time() {
        let seen = |millis| Presence { online: true, last_seen: Some(at(millis)) };
        assert_eq!(seen(5).time_of_next_change(at(9)), at(9));
        assert_eq!(seen(5).time_of_next_change(at(5)), at(6));
        assert_eq!(seen(5).time_of_next_change(at(2)), at(6), "the time never moves back");
        assert_eq!(Presence::default().time_of_next_change(at(2)), at(2));
    }

    #[test]
    fn a_user_without_frames_for_too_long_is_shown_offline() {
        let seen = Presence { online: true, last_seen: Some(at(0)) };
        assert_eq!(seen.as_shown(at(11 * 60_000)), seen);
        assert_eq!(seen.as_shown(at(13 * 60_000)), Presence { online: false, ..seen });
        assert_eq!(Presence::default().as_shown(at(0)), Presence::default());
    }

    #[test]
    fn a_frame_after_too_long_is_a_visible_change() {
        let now = at(20 * 60_000);
        let online = |millis| Presence { online: true, last_seen: Some(at(millis)) };
        assert!(online(20 * 60_000).is_visible_change_from(online(0), now), "the user was shown offline");
        assert!(!online(20 * 60_000).is_visible_change_from(online(19 * 60_000), now));
        assert!(!online(1).is_visible_change_from(online(0), now));
    }
}
