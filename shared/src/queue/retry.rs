//! The decision about a failed job: its next try, or its end.
//!
//! A poison job fails for itself, and gets five tries. A job that fails because of an outage waits for the end of the
//! outage: it is tried for six hours, with pauses that double up to ten minutes. SQS counts the receipts of a message,
//! and its redrive policy ends a job that is received too often. So every fourth try ends with a copy of the job, which
//! SQS counts from the beginning. The copy carries the time of the first try, and the number of tries before it.

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::domain::Timestamp;

/// Tries of a job that fails for itself, before it moves to the dead-letter queue (invariant 7). Same as
/// `maxReceiveCount` in the template.
pub(super) const MAX_TRIES: u64 = 5;

/// Receipts after which a job that waits for the end of an outage is copied. SQS allows one more, so a copy that SQS
/// does not accept gets another chance. More copies would enqueue a message more than five times an hour.
const TRIES_PER_COPY: u64 = 4;

/// Longest pause between two tries during an outage, and so the time after an outage until everything has arrived.
const MAX_PAUSE: Duration = Duration::from_secs(600);

/// Time after its first try for which a job waits for the end of an outage.
pub(super) const OUTAGE_TIME: Duration = Duration::from_secs(6 * 60 * 60);

/// The tries of a job until now, including the one that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tries {
    /// Receipts of this copy of the job.
    pub receipts: u64,
    /// Tries of the copies before this one.
    pub before: u64,
    /// Time of the first try of the first copy.
    pub first_at: Timestamp,
}

/// The next step of a failed job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NextStep {
    /// SQS keeps the job, and shows it again after this time.
    TryAgain(Duration),
    /// A copy of the job is enqueued with this delay, and the job is deleted.
    Copy(Duration),
    /// The job moves to the dead-letter queue.
    GiveUp,
}

impl Tries {
    /// All tries, those of earlier copies included.
    pub fn total(self) -> u64 {
        self.before + self.receipts
    }

    /// Whether SQS would soon move the job, so that its next try must be a copy.
    pub fn is_due_for_a_copy(self) -> bool {
        self.receipts >= TRIES_PER_COPY
    }

    /// Whether an outage has lasted too long for this job.
    pub fn has_waited_enough(self, now: Timestamp) -> bool {
        self.first_at.plus(OUTAGE_TIME) <= now
    }

    /// The next step after a failure of the job itself.
    pub fn after_poison(self) -> NextStep {
        if self.receipts >= MAX_TRIES {
            return NextStep::GiveUp;
        }
        NextStep::TryAgain(Duration::from_secs(1 << self.receipts.saturating_sub(1).min(6)))
    }

    /// The next step after a failure because of an outage. With `part_is_done`, the next try is for the rest of the job
    /// only, so it must be a copy.
    pub fn after_outage(self, now: Timestamp, part_is_done: bool) -> NextStep {
        if self.has_waited_enough(now) {
            return NextStep::GiveUp;
        }
        let pause = self.pause();
        if part_is_done || self.is_due_for_a_copy() { NextStep::Copy(pause) } else { NextStep::TryAgain(pause) }
    }

    /// A random pause of 1 to 2 s, 2 to 4 s, 4 to 8 s … up to 5 to 10 minutes. It is random so that the jobs of an
    /// outage do not return together, and at least half of its limit so that there are few copies in an hour.
    fn pause(self) -> Duration {
        Duration::from_secs(fastrand::u64(self.pauses()))
    }

    /// The shortest and the longest next pause, in seconds.
    fn pauses(self) -> RangeInclusive<u64> {
        let longest = MAX_PAUSE.as_secs().min(1 << self.total().min(20));
        longest.div_ceil(2)..=longest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_millis(1_000_000_000);

    /// The outcome of a job that meets an outage of this length: the times of its tries and of its copies, and the time
    /// at which it succeeds; `None` if it becomes a dead letter.
    struct Outage {
        tries: Vec<Duration>,
        copies: Vec<Duration>,
        succeeds_at: Option<Duration>,
    }

    const FIRST: Tries = Tries { receipts: 1, before: 0, first_at: START };

    fn outage_of(length: Duration) -> Outage {
        simulate(length, |_, pause| pause)
    }

    /// Simulates an outage in which each pause is `pause_of` the tries so far and of the random pause.
    fn simulate(length: Duration, pause_of: impl Fn(Tries, Duration) -> Duration) -> Outage {
        let mut outage = Outage { tries: Vec::new(), copies: Vec::new(), succeeds_at: None };
        let mut tries = FIRST;
        let mut since = Duration::ZERO;
        while since < length {
            outage.tries.push(since);
            assert!(tries.receipts <= MAX_TRIES, "SQS would have moved the job");
            match tries.after_outage(START.plus(since), false) {
                NextStep::TryAgain(pause) => {
                    since += pause_of(tries, pause);
                    tries.receipts += 1;
                }
                NextStep::Copy(pause) => {
                    outage.copies.push(since);
                    since += pause_of(tries, pause);
                    tries = Tries { receipts: 1, before: tries.total(), ..tries };
                }
                NextStep::GiveUp => return outage,
            }
        }
        outage.succeeds_at = Some(since);
        outage
    }

    #[test]
    fn a_job_survives_every_outage_of_less_than_six_hours_and_ends_soon_after_it() {
        for _ in 0..200 {
            for minutes in [1, 15, 60, 345] {
                let length = Duration::from_secs(60 * minutes);
                let outage = outage_of(length);
                let end = outage.succeeds_at.expect("the job ends well");
                // At most as long again as the outage, and at most ten minutes.
                assert!(end - length <= MAX_PAUSE.min(length + Duration::from_secs(4)), "{minutes}: {end:?}");
            }
            assert_eq!(outage_of(OUTAGE_TIME + MAX_PAUSE).succeeds_at, None, "a dead letter after six hours");
        }
    }

    #[test]
    fn the_tries_of_a_minute_and_of_fifteen_minutes_with_the_shortest_and_with_the_longest_pauses() {
        let shortest = |tries: Tries, _| Duration::from_secs(*tries.pauses().start());
        let longest = |tries: Tries, _| Duration::from_secs(*tries.pauses().end());
        let figures = |minutes: u64, pause_of: &dyn Fn(Tries, Duration) -> Duration| {
            let outage = simulate(Duration::from_secs(60 * minutes), pause_of);
            (outage.tries.len(), outage.copies.len(), outage.succeeds_at.expect("the job ends well").as_secs())
        };
        // The tries that fail, the copies, and the second of the try that succeeds.
        assert_eq!(figures(1, &shortest), (6, 1, 63));
        assert_eq!(figures(1, &longest), (5, 1, 62));
        assert_eq!(figures(15, &shortest), (11, 2, 1_111));
        assert_eq!(figures(15, &longest), (9, 2, 1_022));
    }

    #[test]
    fn an_outage_enqueues_a_job_at_most_four_times_an_hour() {
        for _ in 0..200 {
            let copies = outage_of(OUTAGE_TIME).copies;
            for first in &copies {
                let hour = *first..*first + Duration::from_secs(3_600);
                assert!(copies.iter().filter(|at| hour.contains(*at)).count() <= 4, "{copies:?}");
            }
        }
    }

    #[test]
    fn the_jobs_of_an_outage_do_not_return_together() {
        let tries = Tries { receipts: 4, before: 4, first_at: START };
        let pauses: std::collections::BTreeSet<_> = (0..100).map(|_| tries.pause()).collect();
        assert!(pauses.len() > 20, "{pauses:?}");
        assert!(pauses.iter().all(|pause| (128..=256).contains(&pause.as_secs())), "{pauses:?}");
    }

    #[test]
    fn a_poison_job_ends_at_its_fifth_try() {
        let steps: Vec<_> =
            (1..=5).map(|receipts| Tries { receipts, before: 12, first_at: START }.after_poison()).collect();
        let again = |seconds| NextStep::TryAgain(Duration::from_secs(seconds));
        assert_eq!(steps, [again(1), again(2), again(4), again(8), NextStep::GiveUp]);
    }

    #[test]
    fn the_rest_of_a_job_is_a_copy_at_once() {
        let step = FIRST.after_outage(START, true);
        assert!(matches!(step, NextStep::Copy(pause) if pause <= Duration::from_secs(2)), "{step:?}");
        // Its first try is the second one of the job, so the next pause is the second one too.
        let step = Tries { before: FIRST.total(), ..FIRST }.after_outage(START, true);
        assert!(matches!(step, NextStep::Copy(pause) if pause <= Duration::from_secs(4)), "{step:?}");
    }
}
