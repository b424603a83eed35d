//! Reads of a chat's history by `seq`, although its index is sorted by `timestamp`.
//!
//! The timestamp rises with the seq (invariant 1), so a search can find the timestamp of a seq. That saves a second
//! index and its write units. See `docs/decisions.md`.

use super::{Seq, Timestamp, Watermark};

/// The limit of rows in a page: 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageLimit(u8);

/// The error for a text that is not a page limit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from 1 to 100")]
pub struct PageLimitError;

impl PageLimit {
    /// The largest limit.
    pub const MAX: Self = Self(100);

    /// The limit as a number.
    pub fn get(self) -> usize {
        self.0.into()
    }
}

impl TryFrom<usize> for PageLimit {
    type Error = PageLimitError;

    fn try_from(limit: usize) -> Result<Self, PageLimitError> {
        let limit = u8::try_from(limit).map_err(|_| PageLimitError)?;
        if (1..=Self::MAX.0).contains(&limit) { Ok(Self(limit)) } else { Err(PageLimitError) }
    }
}

impl Default for PageLimit {
    fn default() -> Self {
        Self(50)
    }
}

impl std::str::FromStr for PageLimit {
    type Err = PageLimitError;

    fn from_str(text: &str) -> Result<Self, PageLimitError> {
        let limit = text.parse().map_err(|_| PageLimitError)?;
        if (1..=Self::MAX.0).contains(&limit) { Ok(Self(limit)) } else { Err(PageLimitError) }
    }
}

/// The part of a history to read. Bounds are exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bounds {
    /// The newest messages.
    Newest,
    /// The messages right before this seq.
    Before(Watermark),
    /// The messages right after this seq.
    After(Watermark),
}

/// A time that separates two parts of a history: all messages before `seq` are earlier, all others are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryBoundary(pub Timestamp);

/// The search for the [`HistoryBoundary`] of a seq. Until [`Search::found`] returns it, query the index for the first
/// message at or after [`Search::guess`], and pass that message to [`Search::observe`].
#[derive(Debug, Clone)]
pub struct Search {
    target: u64,
    /// The seq and time of a message before the target, or of the creation of the chat.
    low: (u64, u64),
    /// A seq and a time. All messages before the target are earlier than this time.
    high: (u64, u64),
    probes: u32,
}

impl Search {
    /// The search for `target` in a chat that was created at `created_at`. The last message has the seq `last` and the
    /// time `last_timestamp`.
    pub fn new(target: Seq, created_at: Timestamp, last: Watermark, last_timestamp: Timestamp) -> Self {
        let end = last_timestamp.as_millis() + 1;
        Self {
            target: target.into(),
            low: (0, created_at.as_millis().min(end.saturating_sub(1))),
            high: (last.as_u64() + 1, end),
            probes: 0,
        }
    }

    /// The boundary, once no message can be between the bounds.
    pub fn found(&self) -> Option<HistoryBoundary> {
        (self.high.0 == self.target || self.high.1 <= self.low.1 + 1)
            .then(|| HistoryBoundary(Timestamp::from_millis(self.high.1)))
    }

    /// The time for the next query: by interpolation, as if the times of messages were evenly spaced, and every second
    /// time in the middle, since users send messages in bursts.
    pub fn guess(&self) -> Timestamp {
        let (low, high) = (self.low.1, self.high.1);
        let span = high - low;
        let offset = if self.probes.is_multiple_of(2) {
            let seqs = self.high.0.saturating_sub(self.low.0).max(1);
            let wanted = self.target.saturating_sub(self.low.0);
            u64::try_from(u128::from(span) * u128::from(wanted) / u128::from(seqs)).unwrap_or(span / 2)
        } else {
            span / 2
        };
        Timestamp::from_millis(low + offset.clamp(1, (span - 1).max(1)))
    }

    /// Narrows the bounds by the first message at or after `guess`; `None` when there is none.
    pub fn observe(&mut self, guess: Timestamp, first: Option<(Seq, Timestamp)>) {
        self.probes += 1;
        match first {
            Some((seq, timestamp)) if u64::from(seq) < self.target => {
                self.low = (seq.into(), timestamp.as_millis());
            }
            Some((seq, timestamp)) if u64::from(seq) == self.target => {
                self.high = (seq.into(), timestamp.as_millis());
            }
            // No message is between the guess and the one found, so the guess is the tighter bound.
            Some((seq, _)) => self.high = (seq.into(), guess.as_millis()),
            None => self.high.1 = guess.as_millis(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Searches a history of messages with these pauses between them; returns the messages before the boundary, its
    /// time and the number of queries.
    fn search(pauses: &[u64], target: u64) -> (u64, u64, u32) {
        let created_at = 1_000;
        let history: Vec<(u64, u64)> = pauses
            .iter()
            .scan(created_at, |time, pause| {
                *time += pause;
                Some(*time)
            })
            .enumerate()
            .map(|(index, time)| (index as u64 + 1, time))
            .collect();
        let last = history.last().copied().unwrap();
        let mut search = Search::new(
            Seq::try_from(target).unwrap(),
            Timestamp::from_millis(created_at),
            Watermark::at(last.0),
            Timestamp::from_millis(last.1),
        );
        let mut queries = 0;
        loop {
            if let Some(HistoryBoundary(time)) = search.found() {
                let before = history.iter().filter(|(_, at)| *at < time.as_millis()).count() as u64;
                return (before, time.as_millis(), queries);
            }
            queries += 1;
            let guess = search.guess();
            let first = history.iter().find(|(_, time)| *time >= guess.as_millis());
            search
                .observe(guess, first.map(|(seq, time)| (Seq::try_from(*seq).unwrap(), Timestamp::from_millis(*time))));
            assert!(queries < 200, "the search does not end");
        }
    }

    #[test]
    fn in_an_even_history_a_search_takes_at_most_3_queries() {
        let (before, _, queries) = search(&[1_000; 5_000], 2_500);
        assert_eq!(before, 2_499);
        assert!(queries <= 3, "{queries} queries");
    }

    proptest! {
        #[test]
        fn the_boundary_separates_exactly(
            pauses in prop::collection::vec(prop_oneof![1_u64..5, 1_u64..100_000, Just(86_400_000_u64)], 1..200),
            fraction in 0.0..=1.0_f64,
        ) {
            let target = 1 + (fraction * (pauses.len() as f64 - 1.0)) as u64;
            let (before, _, queries) = search(&pauses, target);
            prop_assert_eq!(before, target - 1);
            prop_assert!(queries <= 80);
        }

        #[test]
        fn a_page_has_1_to_100_rows(number in any::<i64>()) {
            prop_assert_eq!(number.to_string().parse::<PageLimit>().is_ok(), (1..=100).contains(&number));
        }
    }
}
