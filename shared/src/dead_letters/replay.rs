//! Replays the dead letters of one queue.
//!
//! A dead letter leaves the dead-letter queue only after its destination has accepted the job. A replay that is killed
//! between the two calls leaves the job in both places: it then runs twice, which changes nothing (invariant 4). So a
//! replay can be killed at any point and started again. If both copies fail again, the next replay recognises them as
//! one job and removes the duplicate.
//!
//! A replay stores no progress outside of the queue: replayed dead letters are no longer in it, and those that have
//! failed again carry the replay's id.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep_until};

use super::dead_letter::DeadLetter;
use super::destination::{Destination, ReplayOutcome};
use super::error::ReplayError;
use super::filter::Filter;
use super::queue::{DeadLetterQueue, MAX_RECEIVED};
use super::queue_name::QueueName;
use super::queue_scan::{HOLD, QueueScan};
use super::sending::MAX_BATCH;
use crate::domain::Timestamp;
use crate::runtime::Environment;

/// The dead letters to replay, and the limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplayRequest {
    /// The replay's id. A request with the same id continues that replay: dead letters that have returned from it are
    /// not replayed again.
    pub replay_id: String,
    /// The dead-letter queue.
    pub queue: QueueName,
    /// The conditions that dead letters must meet.
    #[serde(default)]
    pub filter: Filter,
    /// Dead letters per second, at most.
    pub rate: NonZeroU32,
    /// Dead letters in total, at most. With 0, they are only counted.
    pub most: u64,
    /// The time at which the replay began, in epoch milliseconds. Later dead letters are not replayed: a record of a
    /// stream that fails again carries no replay id.
    pub started_at: Timestamp,
}

/// The counts of a replay so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplayProgress {
    /// Dead letters that were read.
    pub seen: u64,
    /// Dead letters that the request selects.
    pub matched: u64,
    /// Dead letters that their destination accepted, and that left the queue.
    pub replayed: u64,
    /// Dead letters of this replay that have failed again, among those that were read.
    pub returned: u64,
    /// Dead letters that were removed because another one held the same job.
    pub duplicates: u64,
    /// Dead letters that their destination rejected. They stay in the queue.
    pub rejected: u64,
    /// Dead letters that name records which have expired from their stream. They stay in the queue.
    pub expired: u64,
    /// Dead letters that other receivers held all the time.
    pub held_by_others: u64,
    /// The reason of the latest rejection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rejection: Option<String>,
    /// Whether every dead letter was read.
    pub complete: bool,
}

/// Received dead letters, sorted by what the replay does with them.
struct Sorted {
    to_replay: Vec<DeadLetter>,
    to_keep: Vec<DeadLetter>,
    duplicates: Vec<DeadLetter>,
}

impl ReplayRequest {
    /// Replays until no dead letter is left, the limit is reached, or `may_continue` returns false. It reports the
    /// counts to `report` after each batch.
    ///
    /// # Errors
    /// No dead letter is lost: those that were not replayed become visible again.
    pub async fn run(
        &self,
        environment: &Environment,
        may_continue: impl Fn(&ReplayProgress) -> bool,
        mut report: impl FnMut(&ReplayProgress),
    ) -> Result<ReplayProgress, ReplayError> {
        let queue = DeadLetterQueue::new(self.queue, environment)?;
        let destination = Destination::of(self.queue, environment)?;
        let mut scan = QueueScan::removing(&queue).await?;
        let mut progress = ReplayProgress::default();
        let result = self.replay_all(&mut scan, &destination, &mut progress, may_continue, &mut report).await;
        progress.held_by_others = scan.held_by_others();
        scan.end().await;
        report(&progress);
        result.map(|()| progress)
    }

    async fn replay_all(
        &self,
        scan: &mut QueueScan<'_>,
        destination: &Destination,
        progress: &mut ReplayProgress,
        may_continue: impl Fn(&ReplayProgress) -> bool,
        report: &mut impl FnMut(&ReplayProgress),
    ) -> Result<(), ReplayError> {
        let mut pace = Pace::of(self.rate);
        let mut jobs = HeldJobs::default();
        while may_continue(progress) && (self.counts_only() || progress.replayed < self.most) {
            let dead_letters = scan.next(self.receive_size()).await?;
            if dead_letters.is_empty() {
                progress.complete = true;
                break;
            }
            let sorted = self.sort(dead_letters, &mut jobs, progress);
            if !self.counts_only() {
                progress.duplicates += scan.remove(&sorted.duplicates.iter().collect::<Vec<_>>()).await?;
            }
            scan.set_aside(&sorted.to_keep).await;
            for batch in sorted.to_replay.chunks(pace.batch_size()) {
                pace.wait_for(batch.len()).await;
                if !may_continue(progress) {
                    break;
                }
                for dead_letter in replay_batch(&self.replay_id, batch, scan, destination, progress).await? {
                    // If the job fails again, its new dead letter is no duplicate.
                    jobs.remove(dead_letter);
                }
                report(progress);
            }
        }
        Ok(())
    }

    /// Sorts dead letters that were just received, and counts them.
    fn sort(&self, dead_letters: Vec<DeadLetter>, jobs: &mut HeldJobs, progress: &mut ReplayProgress) -> Sorted {
        let (now, received_at) = (Timestamp::now(), Instant::now());
        progress.seen += count(&dead_letters);
        // Dead letters that the filter does not select stay in the queue, even if they are duplicates.
        let (selected, mut to_keep): (Vec<_>, Vec<_>) = dead_letters
            .into_iter()
            .partition(|dead_letter| self.filter.selects(dead_letter, now) || self.has_returned(dead_letter));
        let (duplicates, selected): (Vec<_>, Vec<_>) =
            selected.into_iter().partition(|dead_letter| jobs.has_duplicate(dead_letter, received_at));
        progress.returned += count(selected.iter().filter(|dead_letter| self.has_returned(dead_letter)));
        let (mut to_replay, too_late): (Vec<_>, Vec<_>) =
            selected.into_iter().partition(|dead_letter| self.includes(dead_letter));
        to_keep.extend(too_late);
        progress.matched += count(&to_replay);
        let left = usize::try_from(self.most.saturating_sub(progress.replayed)).unwrap_or(usize::MAX);
        to_keep.extend(to_replay.split_off(left.min(to_replay.len())));
        Sorted { to_replay, to_keep, duplicates }
    }

    /// Whether a selected dead letter is to be replayed: it is as old as the replay, and has not returned from it.
    fn includes(&self, dead_letter: &DeadLetter) -> bool {
        !self.has_returned(dead_letter) && dead_letter.sent_at <= self.started_at
    }

    fn has_returned(&self, dead_letter: &DeadLetter) -> bool {
        dead_letter.replay_id.as_ref() == Some(&self.replay_id)
    }

    fn counts_only(&self) -> bool {
        self.most == 0
    }

    /// Dead letters to receive at once: at this rate, all are replayed well before their hold ends.
    fn receive_size(&self) -> usize {
        if self.counts_only() {
            MAX_RECEIVED
        } else {
            usize::try_from(self.rate.get().saturating_mul(4)).unwrap_or(MAX_RECEIVED)
        }
    }
}

/// Replays a batch, and removes from the dead-letter queue what the destination accepted. Returns these dead letters.
async fn replay_batch<'a>(
    replay_id: &str,
    batch: &'a [DeadLetter],
    scan: &mut QueueScan<'_>,
    destination: &Destination,
    progress: &mut ReplayProgress,
) -> Result<Vec<&'a DeadLetter>, ReplayError> {
    let batch: Vec<&DeadLetter> = batch.iter().collect();
    let outcomes = destination.replay(&batch, replay_id).await?;
    let mut replayed = Vec::with_capacity(batch.len());
    for (dead_letter, outcome) in batch.into_iter().zip(outcomes) {
        match outcome {
            ReplayOutcome::Replayed => replayed.push(dead_letter),
            ReplayOutcome::Expired => progress.expired += 1,
            ReplayOutcome::Rejected(reason) => {
                progress.rejected += 1;
                progress.rejection = Some(reason);
            }
        }
    }
    progress.replayed += scan.remove(&replayed).await?;
    Ok(replayed)
}

/// The jobs of which this replay holds a dead letter. A second dead letter of the same job is a duplicate.
///
/// That is certain only while the first one is held. After that, another replay may have replayed it, and the second
/// one may be the job that failed again.
#[derive(Default)]
struct HeldJobs {
    held_until: HashMap<String, Instant>,
}

impl HeldJobs {
    /// Whether a dead letter of the same job is held. Otherwise this one is remembered.
    fn has_duplicate(&mut self, dead_letter: &DeadLetter, now: Instant) -> bool {
        if self.held_until.get(&dead_letter.first_id).is_some_and(|until| now < *until) {
            return true;
        }
        // Half of the hold: receiving and removing take time, too.
        self.held_until.insert(dead_letter.first_id.clone(), now + HOLD / 2);
        false
    }

    /// Removes the job of a dead letter that has left the queue.
    fn remove(&mut self, dead_letter: &DeadLetter) {
        self.held_until.remove(&dead_letter.first_id);
    }
}

/// Spreads dead letters over time, at the requested rate.
struct Pace {
    rate: NonZeroU32,
    next_at: Instant,
}

impl Pace {
    fn of(rate: NonZeroU32) -> Self {
        Self { rate, next_at: Instant::now() }
    }

    /// Dead letters per batch: as many as one call takes, and at most those of one second.
    fn batch_size(&self) -> usize {
        usize::try_from(self.rate.get()).unwrap_or(MAX_BATCH).min(MAX_BATCH)
    }

    async fn wait_for(&mut self, batch_size: usize) {
        sleep_until(self.next_at).await;
        let batch_size = u32::try_from(batch_size).unwrap_or(u32::MAX);
        self.next_at = Instant::now().max(self.next_at) + Duration::from_secs(1) * batch_size / self.rate.get();
    }
}

fn count<I: IntoIterator>(items: I) -> u64 {
    u64::try_from(items.into_iter().count()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use aws_sdk_sqs::types::Message;

    use super::*;
    use crate::queue::DeadLetterAttribute;

    fn dead_letter(id: &str, first_id: &str) -> DeadLetter {
        let attribute = DeadLetterAttribute::FirstDeadLetterId.attribute(first_id).into_iter().collect();
        DeadLetter::of(Message::builder().message_id(id).set_message_attributes(Some(attribute)).body("x").build())
    }

    #[test]
    fn a_dead_letter_is_a_duplicate_only_while_another_one_of_its_job_is_held_in_the_queue() {
        let (mut jobs, one, other, now) =
            (HeldJobs::default(), dead_letter("1", "1"), dead_letter("2", "1"), Instant::now());
        assert!(!jobs.has_duplicate(&one, now));
        assert!(jobs.has_duplicate(&other, now), "both are in the queue");
        assert!(!jobs.has_duplicate(&dead_letter("3", "3"), now), "another job");
        jobs.remove(&one);
        assert!(!jobs.has_duplicate(&other, now), "a dead letter that returned from a replay is the job itself");
        assert!(!jobs.has_duplicate(&one, now + HOLD), "another replay may have replayed the other one meanwhile");
    }
}
