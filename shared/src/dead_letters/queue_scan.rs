//! Reads a whole dead-letter queue once, without losing or changing a dead letter.
//!
//! SQS shows a message only to a receiver, and hides it from all other receivers for a while. A scan gives back what it
//! received when it ends. If its process is killed, SQS makes the dead letters visible again, at the latest when their
//! hold ends.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use super::dead_letter::DeadLetter;
use super::error::ReplayError;
use super::queue::{DeadLetterQueue, Depth, MAX_RECEIVED};

/// Time for which a dead letter is held at first.
pub const HOLD: Duration = Duration::from_secs(30);

/// The lowest speed of a scan. It bounds the duration of a scan, and a scan must hold what it has seen for that long:
/// otherwise it would receive the same dead letters again and again.
const MIN_PER_SECOND: u64 = 100;

/// The longest visibility timeout of SQS.
const MAX_HOLD: Duration = Duration::from_secs(12 * 60 * 60);

/// One scan of a queue.
#[derive(Debug)]
pub struct QueueScan<'a> {
    queue: &'a DeadLetterQueue,
    depth: Depth,
    /// Hold of each dead letter when it is received.
    hold: Duration,
    seen_ids: HashSet<String>,
    /// The receipt handle of each dead letter that this scan holds, by id.
    held: HashMap<String, String>,
    /// Until then, the scan waits for dead letters that other receivers hold.
    waits_until: Option<Instant>,
    held_by_others: u64,
}

impl<'a> QueueScan<'a> {
    /// A scan that looks at every visible dead letter and removes none. It does not wait for other receivers.
    pub async fn read_only(queue: &'a DeadLetterQueue) -> Result<Self, ReplayError> {
        let depth = queue.depth().await?;
        Ok(Self::new(queue, depth, max_duration(depth), None))
    }

    /// A scan that removes dead letters. It waits for dead letters that other receivers hold, such as a scan that was
    /// killed.
    pub async fn removing(queue: &'a DeadLetterQueue) -> Result<Self, ReplayError> {
        let depth = queue.depth().await?;
        Ok(Self::new(queue, depth, HOLD, Some(Instant::now() + max_duration(depth) + HOLD)))
    }

    fn new(queue: &'a DeadLetterQueue, depth: Depth, hold: Duration, waits_until: Option<Instant>) -> Self {
        Self { queue, depth, hold, seen_ids: HashSet::new(), held: HashMap::new(), waits_until, held_by_others: 0 }
    }

    /// The number of dead letters when the scan began.
    pub fn depth(&self) -> Depth {
        self.depth
    }

    /// The number of dead letters that other receivers held at the end, and that the scan therefore did not see.
    pub fn held_by_others(&self) -> u64 {
        self.held_by_others
    }

    /// The next dead letters, at most `max`, each id once. Empty at the end of the queue.
    pub async fn next(&mut self, max: usize) -> Result<Vec<DeadLetter>, ReplayError> {
        loop {
            let mut dead_letters = self.queue.receive(max.clamp(1, MAX_RECEIVED), self.hold).await?;
            if dead_letters.is_empty() && !self.is_waiting_for_others().await? {
                return Ok(dead_letters);
            }
            self.held.extend(dead_letters.iter().map(|each| (each.id.clone(), each.receipt_handle.clone())));
            dead_letters.retain(|dead_letter| self.seen_ids.insert(dead_letter.id.clone()));
            if !dead_letters.is_empty() {
                return Ok(dead_letters);
            }
        }
    }

    /// Whether other receivers hold dead letters, and the time to wait for them is not over.
    async fn is_waiting_for_others(&mut self) -> Result<bool, ReplayError> {
        let held = self.queue.depth().await?.held;
        self.held_by_others = held.saturating_sub(u64::try_from(self.held.len()).unwrap_or(u64::MAX));
        Ok(self.held_by_others > 0 && self.waits_until.is_some_and(|end| Instant::now() < end))
    }

    /// Holds dead letters that stay in the queue until the scan ends, so that it does not receive them again.
    pub async fn set_aside(&self, dead_letters: &[DeadLetter]) {
        let max_duration = max_duration(self.depth);
        // The scan of a short queue ends within the first hold.
        if max_duration > 2 * self.hold {
            let receipt_handles: Vec<_> = dead_letters.iter().map(|each| each.receipt_handle.clone()).collect();
            self.queue.hold(&receipt_handles, max_duration).await;
        }
    }

    /// Removes dead letters for good, and returns their number.
    ///
    /// # Errors
    /// After an error, those that SQS did not delete become visible again.
    pub async fn remove(&mut self, dead_letters: &[&DeadLetter]) -> Result<u64, ReplayError> {
        let removed_ids = self.queue.remove(dead_letters).await?;
        removed_ids.iter().for_each(|id| drop(self.held.remove(id)));
        Ok(u64::try_from(removed_ids.len()).unwrap_or(u64::MAX))
    }

    /// Ends the scan: makes the dead letters that it holds visible again.
    pub async fn end(self) {
        let receipt_handles: Vec<_> = self.held.into_values().collect();
        self.queue.hold(&receipt_handles, Duration::ZERO).await;
    }
}

/// The longest that a scan of so many dead letters takes.
fn max_duration(depth: Depth) -> Duration {
    (HOLD + Duration::from_secs((depth.visible + depth.held) / MIN_PER_SECOND)).min(MAX_HOLD)
}
