//! Going through a dead-letter queue once, letter by letter, without losing or changing any.
//!
//! SQS has no way to look at a message without receiving it. What a pass has received is hidden from everybody else
//! for a while, and given back at its end; when it is killed, SQS gives it back by itself after [`HOLD`].

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use crate::dead_letter_queue::{DeadLetterQueue, Depth, MOST_TAKEN};
use crate::error::ReplayError;
use crate::letter::Letter;

/// For how long a letter is held at first.
pub const HOLD: Duration = Duration::from_secs(30);

/// So many letters of a large queue a pass gets through each second, at least; until it is through, it must hold those
/// that it has seen, or it would be handed them again and again.
const SLOWEST_PER_SECOND: u64 = 100;

/// The longest that SQS holds a message.
const LONGEST_HOLD: Duration = Duration::from_secs(12 * 60 * 60);

/// One pass through a queue.
#[derive(Debug)]
pub struct Pass<'a> {
    queue: &'a DeadLetterQueue,
    depth: Depth,
    /// For how long letters are held when they are received.
    hold: Duration,
    seen: HashSet<String>,
    /// The receipt handle of each letter that is held, by its id.
    held: HashMap<String, String>,
    waits_until: Option<Instant>,
    held_by_others: u64,
}

impl<'a> Pass<'a> {
    /// A pass that looks at every letter there is now.
    ///
    /// # Errors
    /// When SQS does not answer.
    pub async fn looking(queue: &'a DeadLetterQueue) -> Result<Self, ReplayError> {
        let depth = queue.depth().await?;
        Ok(Self::new(queue, depth, through(depth), None))
    }

    /// A pass that takes letters away. It waits for those that somebody else holds, such as one that was killed.
    ///
    /// # Errors
    /// When SQS does not answer.
    pub async fn taking(queue: &'a DeadLetterQueue) -> Result<Self, ReplayError> {
        let depth = queue.depth().await?;
        Ok(Self::new(queue, depth, HOLD, Some(Instant::now() + through(depth) + HOLD)))
    }

    fn new(queue: &'a DeadLetterQueue, depth: Depth, hold: Duration, waits_until: Option<Instant>) -> Self {
        Self { queue, depth, hold, seen: HashSet::new(), held: HashMap::new(), waits_until, held_by_others: 0 }
    }

    /// How many letters there were when it began.
    pub fn depth(&self) -> Depth {
        self.depth
    }

    /// How many letters somebody else held at the end, and were not seen.
    pub fn held_by_others(&self) -> u64 {
        self.held_by_others
    }

    /// The next letters, none of them seen before, at most so many. None at the end.
    ///
    /// # Errors
    /// When SQS does not answer.
    pub async fn next(&mut self, most: usize) -> Result<Vec<Letter>, ReplayError> {
        loop {
            let mut letters = self.queue.take(most.clamp(1, MOST_TAKEN), self.hold).await?;
            if letters.is_empty() && !self.others_may_give_back().await? {
                return Ok(letters);
            }
            self.held.extend(letters.iter().map(|letter| (letter.id.clone(), letter.receipt_handle.clone())));
            letters.retain(|letter| self.seen.insert(letter.id.clone()));
            if !letters.is_empty() {
                return Ok(letters);
            }
        }
    }

    /// Whether it is worth waiting for letters that others hold.
    async fn others_may_give_back(&mut self) -> Result<bool, ReplayError> {
        let held = self.queue.depth().await?.held;
        self.held_by_others = held.saturating_sub(u64::try_from(self.held.len()).unwrap_or(u64::MAX));
        Ok(self.held_by_others > 0 && self.waits_until.is_some_and(|end| Instant::now() < end))
    }

    /// Holds letters that nothing is to be done with until the pass is through.
    pub async fn put_aside(&self, letters: &[Letter]) {
        let through = through(self.depth);
        // In a short queue the first hold lasts.
        if through > 2 * self.hold {
            let handles: Vec<_> = letters.iter().map(|letter| letter.receipt_handle.clone()).collect();
            self.queue.hold(&handles, through).await;
        }
    }

    /// Removes letters for good.
    ///
    /// # Errors
    /// When SQS does not answer: then they come back.
    pub async fn remove(&mut self, letters: &[&Letter]) -> Result<u64, ReplayError> {
        let gone = self.queue.remove(letters).await?;
        gone.iter().for_each(|id| drop(self.held.remove(id)));
        Ok(u64::try_from(gone.len()).unwrap_or(u64::MAX))
    }

    /// Ends the pass: gives back what it holds.
    pub async fn end(self) {
        let handles: Vec<_> = self.held.into_values().collect();
        self.queue.hold(&handles, Duration::ZERO).await;
    }
}

/// How long a pass through so many letters takes at most.
fn through(depth: Depth) -> Duration {
    (HOLD + Duration::from_secs((depth.visible + depth.held) / SLOWEST_PER_SECOND)).min(LONGEST_HOLD)
}
