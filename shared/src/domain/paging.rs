//! Paging through a list that moves: each chat moves to its top with a message, also while a client reads page by page.
//!
//! A chat that moves up from a page that is still to be read to a page that was read is missed. So every answer has a
//! mark, `asOf`, and what has moved since a mark can be listed by itself. The rule for clients:
//!
//! 1. Read all pages, and keep the `asOf` of the first one.
//! 2. Read all pages with `since=asOf`, and merge. If that took more than one page, do it again with its own `asOf`.
//!
//! Why nothing is missed: a chat leaves its place only for one at the time of its move, which is not before the mark of
//! the pass that is under way. So each chat is either seen in its place by that pass, or listed by the next; and a pass
//! of one page sees all at once, so that nothing can leave its place during it. Each pass lists only what has moved
//! during the one before it, so there are few.

use std::time::Duration;

use super::Timestamp;

/// How much earlier than the clock the mark is: by as much may clocks differ, an index show a move late, and a chat
/// that was just being made have an earlier time. Longer than any function that moves a chat may run (30 s).
const SETTLING: Duration = Duration::from_secs(60);

/// The mark of a paging that begins now. Whatever moves from here on is listed by `since` this mark.
pub fn mark_of_paging(now: Timestamp) -> Timestamp {
    now.minus(SETTLING)
}

/// A mark that a client gives back, to list what has moved since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Since(pub Timestamp);

/// Why a text is no mark.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be the asOf of an earlier answer, in epoch milliseconds")]
pub struct SinceError;

impl std::str::FromStr for Since {
    type Err = SinceError;

    fn from_str(text: &str) -> Result<Self, SinceError> {
        text.parse().map(|millis| Self(Timestamp::from_millis(millis))).map_err(|_| SinceError)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    /// Between two reads of the client pass this many milliseconds.
    const BETWEEN_READS: u64 = 1_000;

    /// A list as an index shows it: the places of chats, each from a moment on.
    struct Script {
        /// By chat: when the index shows it where, in the order of its moves.
        moves: HashMap<usize, Vec<(u64, u64)>>,
        limit: usize,
    }

    /// What the client knows, and how late it is.
    struct Client {
        clock: u64,
        seen: HashMap<usize, u64>,
    }

    impl Script {
        /// A page at a moment: the places below `before`, newest first.
        fn page(&self, clock: u64, since: u64, before: (u64, usize)) -> Vec<(u64, usize)> {
            let shown = self.moves.iter().filter_map(|(chat, moves)| {
                let (_, place) = moves.iter().filter(|(shown, _)| *shown <= clock).max()?;
                Some((*place, *chat))
            });
            let mut rows: Vec<_> = shown.filter(|row| *row < before && row.0 >= since).collect();
            rows.sort_unstable_by(|one, other| other.cmp(one));
            rows.truncate(self.limit);
            rows
        }

        /// All pages since a mark; the mark of this pass, and how many pages it took.
        fn pass(&self, client: &mut Client, since: u64) -> (u64, usize) {
            let mark = mark_of_paging(Timestamp::from_millis(client.clock)).as_millis();
            let (mut before, mut pages) = ((u64::MAX, usize::MAX), 0);
            loop {
                let page = self.page(client.clock, since, before);
                client.seen.extend(page.iter().map(|(place, chat)| (*chat, *place)));
                client.clock += BETWEEN_READS;
                pages += 1;
                match page.last() {
                    Some(last) if page.len() == self.limit => before = *last,
                    _ => return (mark, pages),
                }
            }
        }
    }

    proptest! {
        /// Chats move at any time, some late, some under a clock that is wrong, and the index shows it late.
        #[test]
        fn a_client_that_follows_the_rule_misses_nothing(
            at_first in 1_usize..40,
            limit in 1_usize..8,
            moves in prop::collection::vec((0_usize..40, 0_u64..60_000, 0_u64..50_000, 0_u64..9_000), 0..60),
        ) {
            let start = 1_000_000_u64;
            let mut script = Script { moves: HashMap::new(), limit };
            for chat in 0..at_first {
                script.moves.insert(chat, vec![(0, chat as u64)]);
            }
            let mut moves = moves;
            moves.sort_by_key(|(_, at, ..)| *at);
            for (chat, at, clock_behind, shown_late) in moves {
                // Its place is the time by the mover's clock, and never before the place that it had.
                let (written, of_chat) = (start + at, script.moves.entry(chat).or_default());
                let (shown_before, before) = of_chat.last().copied().unwrap_or_default();
                let place = (written - clock_behind).max(before + 1);
                of_chat.push(((written + shown_late).max(shown_before), place));
            }
            let mut client = Client { clock: start, seen: HashMap::new() };
            let (mut mark, _) = script.pass(&mut client, 0);
            let mut last_read;
            loop {
                last_read = client.clock;
                let (next, pages) = script.pass(&mut client, mark);
                if pages == 1 {
                    break;
                }
                mark = next;
            }
            for (place, chat) in script.page(last_read, 0, (u64::MAX, usize::MAX)) {
                prop_assert_eq!(client.seen.get(&chat), Some(&place), "chat {} is missing or old", chat);
            }
            let all = Script { limit: usize::MAX, ..script };
            for (place, chat) in all.page(last_read, 0, (u64::MAX, usize::MAX)) {
                prop_assert_eq!(client.seen.get(&chat), Some(&place), "chat {} is missing or old", chat);
            }
        }
    }

    #[test]
    fn a_chat_that_moves_up_meanwhile_is_missed_by_the_pages_and_found_by_the_mark() {
        let mut moves: HashMap<_, _> = (0..4).map(|chat| (chat, vec![(0, 100 + chat as u64)])).collect();
        // The lowest chat moves while the second page is still to be read.
        moves.entry(0).or_default().push((1_000_500, 1_000_500));
        let script = Script { moves, limit: 2 };
        let mut client = Client { clock: 1_000_000, seen: HashMap::new() };
        let (mark, pages) = script.pass(&mut client, 0);
        assert_eq!((pages, client.seen.contains_key(&0)), (2, false));
        assert_eq!(script.pass(&mut client, mark).1, 1);
        assert_eq!(client.seen[&0], 1_000_500);
    }

    #[test]
    fn a_mark_is_epoch_milliseconds() {
        assert_eq!("1700000000000".parse(), Ok(Since(Timestamp::from_millis(1_700_000_000_000))));
        for bad in ["", "-1", "1.5", "now"] {
            assert_eq!(bad.parse::<Since>(), Err(SinceError), "{bad}");
        }
    }
}
