//! The windows of a member: the ranges of `seq` that the member may see (invariant 11).

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Bounds, Seq, Watermark};

/// The limit of windows in a member's row. A member who rejoins more often loses the oldest one.
pub const MAX_WINDOWS: usize = 32;

/// A range of messages, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct Window {
    /// The first message: the one about the user's joining, or message 1.
    pub from: Seq,
    /// The last message: the one about the user's leaving. Absent while the user is a member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Seq>,
}

/// The windows of a member, in the order of seq and disjoint. A member without any window sees everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct Windows(Vec<Window>);

impl Window {
    const ALL: Self = Self { from: Seq::FIRST, to: None };

    fn shows(self, seq: Seq) -> bool {
        self.from <= seq && self.to.is_none_or(|to| seq <= to)
    }
}

impl Windows {
    /// The windows of a user who joins with message `at` for the first time.
    pub fn joining(at: Seq, history: bool) -> Self {
        if history { Self::default() } else { Self(vec![Window { from: at, to: None }]) }
    }

    /// These windows of a user who has left, after joining again with message `at`. With `history` the user also sees
    /// everything before the first leaving; the times away stay hidden.
    #[must_use]
    pub fn rejoining(mut self, at: Seq, history: bool) -> Self {
        if let Some(first) = self.0.first_mut().filter(|_| history) {
            first.from = Seq::FIRST;
        }
        self.0.push(Window { from: at, to: None });
        let excess = self.0.len().saturating_sub(MAX_WINDOWS);
        self.0.drain(..excess);
        self
    }

    /// These windows of a member, after leaving with message `at`.
    #[must_use]
    pub fn leaving(mut self, at: Seq) -> Self {
        match self.0.last_mut() {
            None => self.0.push(Window { from: Seq::FIRST, to: Some(at) }),
            Some(last) if last.to.is_none() => last.to = Some(at),
            Some(_) => {}
        }
        self
    }

    /// These windows without the messages up to a mark. If none is left, the last one ends before it begins.
    #[must_use]
    pub fn after(mut self, mark: Watermark) -> Self {
        if mark.is_start() {
            return self;
        }
        let from = mark.next();
        if self.is_unlimited() {
            return Self(vec![Window { from, to: None }]);
        }
        let last = self.0.last().and_then(|window| window.to);
        self.0.retain(|window| window.to.is_none_or(|to| to >= from));
        if let Some(first) = self.0.first_mut() {
            first.from = first.from.max(from);
        } else {
            self.0.push(Window { from, to: last });
        }
        self
    }

    /// These windows of a user who has blocked the other member of a direct chat, after the end of the block: the user
    /// sees messages from `at` on again. Without a message during the block nothing is hidden.
    #[must_use]
    pub fn reopening(mut self, at: Seq) -> Self {
        match self.0.last_mut() {
            Some(last) if last.to.is_some_and(|to| Watermark::from(to).next() == at) => last.to = None,
            _ => self = self.rejoining(at, false),
        }
        if self.0.as_slice() == [Window::ALL] { Self::default() } else { self }
    }

    /// Whether the last window is open: the user is a member.
    pub fn is_open(&self) -> bool {
        self.0.last().is_none_or(|last| last.to.is_none())
    }

    /// Whether the user may see everything.
    pub fn is_unlimited(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the user may see this message.
    pub fn shows(&self, seq: Seq) -> bool {
        self.is_unlimited() || self.0.iter().any(|window| window.shows(seq))
    }

    /// The last message that the user may see, in a chat with this last message.
    pub fn last_visible(&self, last: Watermark) -> Watermark {
        let newest_first = self.ranges(Bounds::Newest, last);
        newest_first.first().map_or(Watermark::START, |(_, upto)| *upto)
    }

    /// The number of messages after a mark, up to another one, that the user may see.
    pub fn count_between(&self, after: Watermark, upto: Watermark) -> u64 {
        self.ranges(Bounds::After(after), upto).iter().map(|(after, upto)| after.missing_to(*upto)).sum()
    }

    /// The parts of a range that the user may see. Each is the first message of its window, unless that is message 1,
    /// and the last message of the part.
    pub fn segments(&self, (after, upto): (Watermark, Watermark)) -> impl Iterator<Item = (Option<Seq>, Seq)> {
        let end = |(_, upto): (Watermark, Watermark)| Seq::try_from(upto.as_u64()).ok();
        self.ranges(Bounds::After(after), upto).into_iter().filter_map(end).map(|last| {
            let window = self.0.iter().find(|window| window.shows(last));
            (window.map(|window| window.from).filter(|from| *from > Seq::FIRST), last)
        })
    }

    /// The ranges of a page in the order in which it reads them, each after a mark and up to a mark.
    pub fn ranges(&self, bounds: Bounds, last: Watermark) -> Vec<(Watermark, Watermark)> {
        let (after, upto) = match bounds {
            Bounds::Newest => (Watermark::START, last),
            Bounds::Before(seq) => (Watermark::START, Watermark::at(seq.as_u64().saturating_sub(1)).min(last)),
            Bounds::After(seq) => (seq, last),
        };
        let clipped = |window: &Window| {
            let from = after.max(Watermark::at(u64::from(window.from) - 1));
            let to = window.to.map_or(upto, |to| upto.min(to.into()));
            (from < to).then_some((from, to))
        };
        let windows = if self.is_unlimited() { &[Window::ALL][..] } else { &self.0 };
        let mut ranges: Vec<_> = windows.iter().filter_map(clipped).collect();
        if !matches!(bounds, Bounds::After(_)) {
            ranges.reverse();
        }
        ranges
    }
}

/// As reports for operators print it: `2–4, 7–`, or `all`.
impl fmt::Display for Windows {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let window = |Window { from, to }: &Window| {
            let to = to.map_or_else(String::new, |to| to.to_string());
            format!("{from}–{to}")
        };
        let windows: Vec<_> = self.0.iter().map(window).collect();
        let windows = if windows.is_empty() { "all".to_owned() } else { windows.join(", ") };
        formatter.write_str(&windows)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seq(seq: u64) -> Seq {
        seq.try_into().unwrap()
    }

    fn shown(windows: &Windows, last: u64) -> Vec<u64> {
        (1..=last).filter(|number| windows.shows(seq(*number))).collect()
    }

    #[test]
    fn a_new_member_sees_messages_from_the_one_about_the_joining_or_everything_with_history() {
        assert_eq!(shown(&Windows::joining(seq(3), false), 5), [3, 4, 5]);
        assert_eq!(shown(&Windows::joining(seq(3), true), 5), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn a_former_member_sees_the_message_about_the_leaving_and_nothing_after_it() {
        let left = Windows::default().leaving(seq(3));
        assert_eq!(shown(&left, 5), [1, 2, 3]);
        assert!(!left.is_open());
        assert_eq!(left.clone().leaving(seq(5)), left, "a user leaves once");
        assert_eq!(left.last_visible(Watermark::at(9)), Watermark::at(3));
        assert_eq!(Windows::default().last_visible(Watermark::at(9)), Watermark::at(9));
    }

    #[test]
    fn a_member_who_rejoins_gets_exactly_the_two_windows() {
        let left = Windows::joining(seq(2), false).leaving(seq(4));
        assert_eq!(shown(&left.clone().rejoining(seq(7), false), 9), [2, 3, 4, 7, 8, 9]);
        assert_eq!(shown(&left.rejoining(seq(7), true), 9), [1, 2, 3, 4, 7, 8, 9], "except the time away");
    }

    #[test]
    fn a_block_hides_the_messages_during_it_and_no_others() {
        let blocking = Windows::default().leaving(seq(3));
        let after = blocking.clone().reopening(seq(6));
        assert_eq!(shown(&after, 8), [1, 2, 3, 6, 7, 8]);
        assert_eq!(after.last_visible(Watermark::at(5)), Watermark::at(3), "messages 4 and 5 are hidden");
        assert_eq!(after.count_between(Watermark::at(2), Watermark::at(7)), 3);
        let segments: Vec<_> = after.segments((Watermark::at(1), Watermark::at(7))).collect();
        assert_eq!(segments, [(None, seq(3)), (Some(seq(6)), seq(7))]);
        assert_eq!(blocking.reopening(seq(4)), Windows::default(), "nothing was sent meanwhile");
    }

    #[test]
    fn windows_are_a_list_of_ranges_and_an_open_one_has_no_end() {
        let windows = Windows::joining(seq(2), false).leaving(seq(4)).rejoining(seq(7), false);
        let json = serde_json::json!([{ "from": 2, "to": 4 }, { "from": 7 }]);
        assert_eq!(serde_json::to_value(&windows).unwrap(), json);
        assert_eq!(serde_json::from_value::<Windows>(json).unwrap(), windows);
        assert_eq!((windows.to_string().as_str(), Windows::default().to_string().as_str()), ("2–4, 7–", "all"));
    }

    proptest! {
        /// Plays joins and leaves, and compares the windows with the messages that the member was there for.
        #[test]
        fn windows_show_exactly_the_times_of_membership(
            steps in prop::collection::vec((1_u64..4, any::<bool>()), 1..60),
        ) {
            let (mut at, mut windows, mut expected) = (1, Windows::joining(seq(1), false), vec![]);
            for (pause, changes) in steps {
                let was_open = windows.is_open();
                if was_open {
                    expected.extend(at..at + pause);
                }
                at += pause;
                if changes && was_open {
                    windows = windows.leaving(seq(at));
                    expected.push(at);
                    at += 1;
                } else if changes {
                    windows = windows.rejoining(seq(at), false);
                }
            }
            prop_assume!(windows.0.len() < MAX_WINDOWS);
            prop_assert_eq!(shown(&windows, at - 1), expected);
            for pair in windows.0.windows(2) {
                prop_assert!(pair[0].to.is_some_and(|to| to < pair[1].from), "disjoint and in order");
            }
        }

        #[test]
        fn windows_after_a_mark_show_exactly_the_later_messages(
            cuts in prop::collection::btree_set(1_u64..40, 0..6),
            mark in 0_u64..50,
        ) {
            let windows = cuts.iter().enumerate().fold(Windows::default(), |windows, (index, cut)| {
                if index % 2 == 0 { windows.leaving(seq(*cut)) } else { windows.rejoining(seq(*cut), false) }
            });
            let mut expected = shown(&windows, 60);
            expected.retain(|number| *number > mark);
            let after = windows.after(Watermark::at(mark));
            prop_assert_eq!(shown(&after, 60), expected.clone());
            let ranges = after.ranges(Bounds::Newest, Watermark::at(60));
            let mut found: Vec<u64> =
                ranges.iter().flat_map(|(after, upto)| after.as_u64() + 1..=upto.as_u64()).collect();
            found.sort_unstable();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn the_ranges_of_a_page_hold_exactly_the_visible_messages_within_the_bounds(
            cuts in prop::collection::btree_set(1_u64..60, 0..8),
            bound in 0_u64..70,
            last in 0_u64..60,
        ) {
            let windows = cuts.iter().enumerate().fold(Windows::joining(seq(1), true), |windows, (index, cut)| {
                if index % 2 == 0 { windows.leaving(seq(*cut)) } else { windows.rejoining(seq(*cut), false) }
            });
            let bound = Watermark::at(bound);
            let newest = (Bounds::Newest, 0..=last);
            let before = (Bounds::Before(bound), 0..=last.min(bound.as_u64().saturating_sub(1)));
            let after = (Bounds::After(bound), bound.as_u64() + 1..=last);
            for (bounds, allowed) in [newest, before, after] {
                let mut found: Vec<u64> = windows
                    .ranges(bounds, Watermark::at(last))
                    .iter()
                    .flat_map(|(after, upto)| after.as_u64() + 1..=upto.as_u64())
                    .collect();
                found.sort_unstable();
                let expected: Vec<u64> =
                    allowed.filter(|number| *number > 0 && windows.shows(seq(*number))).collect();
                prop_assert_eq!(found, expected, "{:?}", bounds);
            }
        }
    }
}
