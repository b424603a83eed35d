//! Pages of a list that changes: a message moves its chat to the top, also while a client reads page by page.
//!
//! A client misses a chat that moves from a page not yet read to a page already read. So every answer has the time
//! `asOf`, and a client can list the chats that moved since this time. The rule for clients:
//!
//! 1. Read all pages, and keep the `asOf` of the first one.
//! 2. Read all pages with `since=asOf`, and merge. If that took more than one page, do it again with its own `asOf`.
//!
//! With this rule a client misses no chat. A chat moves to the position of the time of its move, which is not before
//! the `asOf` of the current pass. So either the current pass reads the chat in its old position, or the next pass
//! lists it. A pass of one page reads all chats at once, so none can move during it. Each pass lists only the chats
//! that moved during the pass before, so there are few passes.

use std::time::Duration;

use super::Timestamp;

/// The time by which `asOf` is earlier than the clock. It covers differences between clocks, an index that shows a move
/// late, and a new chat with an earlier time. It is longer than the timeout of every function that moves a chat (30 s).
const MARGIN: Duration = Duration::from_secs(60);

/// The `asOf` of a pass that begins now: a list `since` this time has every chat that moves from now on.
pub fn as_of_paging(now: Timestamp) -> Timestamp {
    now.minus(MARGIN)
}

/// An `asOf` from a client, to list the chats that moved since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Since(pub Timestamp);

/// The error for a text that is not a time.
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

    /// Milliseconds between two reads of the client.
    const BETWEEN_READS: u64 = 1_000;

    /// The list of chats as the index shows it over time.
    struct Script {
        /// The moves of each chat: the time from which the index shows it, and the position.
        moves: HashMap<usize, Vec<(u64, u64)>>,
        limit: usize,
    }

    /// The clock, and the positions of chats that the client has read.
    struct Client {
        clock: u64,
        seen: HashMap<usize, u64>,
    }

    impl Script {
        /// The page at this time: the positions below `before`, newest first.
        fn page(&self, clock: u64, since: u64, before: (u64, usize)) -> Vec<(u64, usize)> {
            let shown = self.moves.iter().filter_map(|(chat, moves)| {
                let (_, position) = moves.iter().filter(|(shown, _)| *shown <= clock).max()?;
                Some((*position, *chat))
            });
            let mut rows: Vec<_> = shown.filter(|row| *row < before && row.0 >= since).collect();
            rows.sort_unstable_by(|one, other| other.cmp(one));
            rows.truncate(self.limit);
            rows
        }

        /// Reads all pages since this time; returns the `as_of` of this pass and the number of pages.
        fn pass(&self, client: &mut Client, since: u64) -> (u64, usize) {
            let as_of = as_of_paging(Timestamp::from_millis(client.clock)).as_millis();
            let (mut before, mut pages) = ((u64::MAX, usize::MAX), 0);
            loop {
                let page = self.page(client.clock, since, before);
                client.seen.extend(page.iter().map(|(position, chat)| (*chat, *position)));
                client.clock += BETWEEN_READS;
                pages += 1;
                match page.last() {
                    Some(last) if page.len() == self.limit => before = *last,
                    _ => return (as_of, pages),
                }
            }
        }
    }

    proptest! {
        /// Chats move at any time, some by a wrong clock, and the index shows some moves late.
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
                // The position is the time by the writer's clock, and never before the old position.
                let (written, of_chat) = (start + at, script.moves.entry(chat).or_default());
                let (shown_before, before) = of_chat.last().copied().unwrap_or_default();
                let position = (written - clock_behind).max(before + 1);
                of_chat.push(((written + shown_late).max(shown_before), position));
            }
            let mut client = Client { clock: start, seen: HashMap::new() };
            let (mut as_of, _) = script.pass(&mut client, 0);
            let mut last_read;
            loop {
                last_read = client.clock;
                let (next, pages) = script.pass(&mut client, as_of);
                if pages == 1 {
                    break;
                }
                as_of = next;
            }
            for (position, chat) in script.page(last_read, 0, (u64::MAX, usize::MAX)) {
                prop_assert_eq!(client.seen.get(&chat), Some(&position), "chat {} is missing or old", chat);
            }
            let all = Script { limit: usize::MAX, ..script };
            for (position, chat) in all.page(last_read, 0, (u64::MAX, usize::MAX)) {
                prop_assert_eq!(client.seen.get(&chat), Some(&position), "chat {} is missing or old", chat);
            }
        }
    }

    #[test]
    fn a_pass_misses_a_chat_that_moves_up_meanwhile_and_the_next_pass_lists_it() {
        let mut moves: HashMap<_, _> = (0..4).map(|chat| (chat, vec![(0, 100 + chat as u64)])).collect();
        // The last chat moves before the second page is read.
        moves.entry(0).or_default().push((1_000_500, 1_000_500));
        let script = Script { moves, limit: 2 };
        let mut client = Client { clock: 1_000_000, seen: HashMap::new() };
        let (as_of, pages) = script.pass(&mut client, 0);
        assert_eq!((pages, client.seen.contains_key(&0)), (2, false));
        assert_eq!(script.pass(&mut client, as_of).1, 1);
        assert_eq!(client.seen[&0], 1_000_500);
    }

    #[test]
    fn as_of_is_epoch_milliseconds() {
        assert_eq!("1700000000000".parse(), Ok(Since(Timestamp::from_millis(1_700_000_000_000))));
        for bad in ["", "-1", "1.5", "now"] {
            assert_eq!(bad.parse::<Since>(), Err(SinceError), "{bad}");
        }
    }
}
