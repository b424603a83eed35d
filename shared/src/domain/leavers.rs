//! The members who left a group within the last minutes, as the head lists them. Reads of several rows are no snapshot:
//! this record overrules a member row that was read before the leaving.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{Timestamp, UserId};

/// The limit of listed leavers: 16 bytes each, so that a head stays below 1,024 bytes.
pub const MAX_LEAVERS: usize = 8;

/// Time for which leavers are listed. It is longer than any function runs.
pub const LEAVERS_LIFE: Duration = Duration::from_secs(5 * 60);

/// The recent leavers of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Leavers {
    /// The listed ones. None of them is a member: a user who rejoins is removed from the list.
    pub listed: BTreeSet<UserId>,
    /// The time of the last leaving, in epoch milliseconds.
    pub last_at: Option<Timestamp>,
    /// Whether more members left than the list holds.
    pub has_more: bool,
}

impl Leavers {
    /// This record after `user` left.
    #[must_use]
    pub fn with(self, user: UserId, now: Timestamp) -> Self {
        let mut next = self.current(now);
        next.has_more |= next.listed.len() >= MAX_LEAVERS && !next.listed.contains(&user);
        if !next.has_more {
            next.listed.insert(user);
        }
        next.last_at = Some(now.max(next.last_at.unwrap_or(now)));
        next
    }

    /// This record after these users joined again.
    #[must_use]
    pub fn without(self, joined: &[UserId], now: Timestamp) -> Self {
        let mut next = self.current(now);
        next.listed.retain(|user| !joined.contains(user));
        next
    }

    /// Whether a member row that was just read may be older than the leaving of its user: more members left than are
    /// listed. Then the row has to be read once more, after the head.
    pub fn may_lack(&self, now: Timestamp) -> bool {
        self.has_more && self.is_recent(now)
    }

    fn is_recent(&self, now: Timestamp) -> bool {
        self.last_at.is_some_and(|last| last.plus(LEAVERS_LIFE) > now)
    }

    fn current(self, now: Timestamp) -> Self {
        if self.is_recent(now) { self } else { Self { last_at: self.last_at, ..Self::default() } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    #[test]
    fn eight_leavers_are_listed_and_of_more_the_record_says_so_for_five_minutes() {
        let users: Vec<_> = (0..=MAX_LEAVERS).map(|_| UserId::random()).collect();
        let eight = users[..MAX_LEAVERS].iter().fold(Leavers::default(), |all, user| all.with(*user, NOW));
        assert_eq!((eight.listed.len(), eight.may_lack(NOW)), (MAX_LEAVERS, false));
        let nine = eight.with(users[MAX_LEAVERS], NOW);
        assert_eq!((nine.listed.len(), nine.may_lack(NOW)), (MAX_LEAVERS, true));
        assert!(!nine.may_lack(NOW.plus(LEAVERS_LIFE)));
    }

    #[test]
    fn old_leavers_make_room_and_a_user_who_rejoins_is_no_leaver() {
        let [ana, bruno] = [UserId::random(), UserId::random()];
        let ana_left = Leavers::default().with(ana, NOW);
        let later = ana_left.clone().with(bruno, NOW.plus(LEAVERS_LIFE));
        assert_eq!(later.listed, BTreeSet::from([bruno]));
        assert_eq!(ana_left.with(bruno, NOW).without(&[ana], NOW).listed, BTreeSet::from([bruno]));
    }
}
