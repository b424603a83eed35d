//! Replaying: a letter is brought to where it should go, and only then leaves the dead-letter queue.
//!
//! Whoever dies in between leaves a job in both places. It is then done twice, which changes nothing (invariant 4), so
//! a replay can be killed at any point and begun again; should both die, the next replay knows them as one and removes
//! the double. The queue itself is all that it remembers: what has been replayed is no longer there, and what has come
//! back bears the replay's id.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::time::Duration;

use paloma::domain::Timestamp;
use paloma::runtime::Environment;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep_until};

use crate::dead_letter_queue::{DeadLetterQueue, MOST_AT_ONCE, MOST_TAKEN};
use crate::destination::{Arrival, Destination};
use crate::error::ReplayError;
use crate::filter::Filter;
use crate::letter::Letter;
use crate::pass::{HOLD, Pass};
use crate::queue_name::QueueName;

/// What is to be replayed, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// The replay. Begun again under the same id, it goes on: what came back from it is not replayed once more.
    pub replay_id: String,
    /// From which dead-letter queue.
    pub queue: QueueName,
    /// Which letters.
    #[serde(default)]
    pub filter: Filter,
    /// How many letters a second, at most.
    pub rate: NonZeroU32,
    /// How many letters altogether, at most; with 0 they are only counted.
    pub most: u64,
    /// When the replay began, in epoch milliseconds. What was laid into the queue later is not meant: a record of a
    /// stream that dies again bears no replay's id.
    pub started_at: Timestamp,
}

/// How a replay stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// Letters that were looked at.
    pub seen: u64,
    /// Letters that were meant.
    pub matched: u64,
    /// Letters that were brought to where they should go, and removed here.
    pub replayed: u64,
    /// Letters that have come back from this replay, as far as they were looked at.
    pub returned: u64,
    /// Letters that were removed because the same job lay there twice.
    pub doubles: u64,
    /// Letters that could not be brought there, and lie here still.
    pub refused: u64,
    /// Places in a stream that has forgotten what was there; they lie here still.
    pub forgotten: u64,
    /// Letters that somebody else held all the time.
    pub held_by_others: u64,
    /// Why letters were refused; of several reasons the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// Whether every letter was looked at.
    pub complete: bool,
}

impl Order {
    /// Whether a letter that was asked for is to be replayed.
    fn wants(&self, letter: &Letter) -> bool {
        !self.came_back(letter) && letter.sent_at <= self.started_at
    }

    fn came_back(&self, letter: &Letter) -> bool {
        letter.replay_id.as_ref() == Some(&self.replay_id)
    }

    /// Replays until nothing is left, or as much as was ordered, or `goes_on` says no. `tell` hears how it stands.
    ///
    /// # Errors
    /// When AWS does not answer, or refuses. Nothing is lost: the letters come back after a while.
    pub async fn carry_out(
        &self,
        environment: &Environment,
        goes_on: impl Fn(&Progress) -> bool,
        mut tell: impl FnMut(&Progress),
    ) -> Result<Progress, ReplayError> {
        let queue = DeadLetterQueue::new(self.queue, environment)?;
        let destination = Destination::of(self.queue, environment)?;
        let mut pass = Pass::taking(&queue).await?;
        let mut progress = Progress::default();
        let done = self.replay(&mut pass, &destination, &mut progress, goes_on, &mut tell).await;
        progress.held_by_others = pass.held_by_others();
        pass.end().await;
        tell(&progress);
        done.map(|()| progress)
    }

    async fn replay(
        &self,
        pass: &mut Pass<'_>,
        destination: &Destination,
        progress: &mut Progress,
        goes_on: impl Fn(&Progress) -> bool,
        tell: &mut impl FnMut(&Progress),
    ) -> Result<(), ReplayError> {
        let mut pace = Pace::of(self.rate);
        let counts_only = self.most == 0;
        let mut twins = Twins::default();
        while goes_on(progress) && (counts_only || progress.replayed < self.most) {
            let letters = pass.next(self.at_once()).await?;
            if letters.is_empty() {
                progress.complete = true;
                break;
            }
            let (now, received_at) = (Timestamp::now(), Instant::now());
            progress.seen += count(&letters);
            // What was not asked for is left alone, whatever twins it has.
            let (ours, mut others): (Vec<_>, Vec<_>) =
                letters.into_iter().partition(|letter| self.filter.takes(letter, now) || self.came_back(letter));
            let (ours, doubles): (Vec<_>, Vec<_>) =
                ours.into_iter().partition(|letter| !twins.has_one_of(letter, received_at));
            if !counts_only {
                progress.doubles += pass.remove(&doubles.iter().collect::<Vec<_>>()).await?;
            }
            progress.returned += count(ours.iter().filter(|letter| self.came_back(letter)));
            let (mut wanted, not_again): (Vec<_>, Vec<_>) = ours.into_iter().partition(|letter| self.wants(letter));
            others.extend(not_again);
            progress.matched += count(&wanted);
            let left = usize::try_from(self.most - progress.replayed.min(self.most)).unwrap_or(usize::MAX);
            others.extend(wanted.split_off(left.min(wanted.len())));
            pass.put_aside(&others).await;
            for batch in wanted.chunks(pace.batch()) {
                pace.wait_for(batch.len()).await;
                if !goes_on(progress) {
                    break;
                }
                for letter in self.bring(batch, pass, destination, progress).await? {
                    // What comes back from here on is this very job, and no double.
                    twins.forget(letter);
                }
                tell(progress);
            }
        }
        Ok(())
    }

    /// Brings letters to where they should go, and removes those that have arrived. Answers these.
    async fn bring<'a>(
        &self,
        letters: &'a [Letter],
        pass: &mut Pass<'_>,
        destination: &Destination,
        progress: &mut Progress,
    ) -> Result<Vec<&'a Letter>, ReplayError> {
        let letters: Vec<&Letter> = letters.iter().collect();
        let arrivals = destination.deliver(&letters, &self.replay_id).await?;
        let mut arrived = Vec::with_capacity(letters.len());
        for (letter, arrival) in letters.into_iter().zip(arrivals) {
            match arrival {
                Arrival::Arrived => arrived.push(letter),
                Arrival::Forgotten => progress.forgotten += 1,
                Arrival::Refused(why) => {
                    progress.refused += 1;
                    progress.refusal = Some(why);
                }
            }
        }
        progress.replayed += pass.remove(&arrived).await?;
        Ok(arrived)
    }

    /// How many letters are taken at once: no more than are brought away well before they come back by themselves.
    fn at_once(&self) -> usize {
        if self.most == 0 {
            MOST_TAKEN
        } else {
            usize::try_from(self.rate.get().saturating_mul(4)).unwrap_or(MOST_TAKEN)
        }
    }
}

/// Knows of two letters when they are one job.
///
/// Only while the first of them is held for certain may the second go: after that, somebody else may have replayed the
/// first, and the second be what came back of it.
#[derive(Default)]
struct Twins {
    held_until: HashMap<String, Instant>,
}

impl Twins {
    /// Whether a letter that was just received has a twin that is held. Otherwise it is remembered.
    fn has_one_of(&mut self, letter: &Letter, now: Instant) -> bool {
        if self.held_until.get(&letter.first_id).is_some_and(|until| now < *until) {
            return true;
        }
        // Half of it: receiving takes its time, and so does removing.
        self.held_until.insert(letter.first_id.clone(), now + HOLD / 2);
        false
    }

    /// Forgets a letter that has left the queue.
    fn forget(&mut self, letter: &Letter) {
        self.held_until.remove(&letter.first_id);
    }
}

/// Spreads letters over time.
struct Pace {
    rate: NonZeroU32,
    next_at: Instant,
}

impl Pace {
    fn of(rate: NonZeroU32) -> Self {
        Self { rate, next_at: Instant::now() }
    }

    /// How many letters go together: as many as a call takes, or as go in a second.
    fn batch(&self) -> usize {
        usize::try_from(self.rate.get()).unwrap_or(MOST_AT_ONCE).min(MOST_AT_ONCE)
    }

    async fn wait_for(&mut self, letters: usize) {
        sleep_until(self.next_at).await;
        let letters = u32::try_from(letters).unwrap_or(u32::MAX);
        self.next_at = Instant::now().max(self.next_at) + Duration::from_secs(1) * letters / self.rate.get();
    }
}

fn count<I: IntoIterator>(items: I) -> u64 {
    u64::try_from(items.into_iter().count()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use aws_sdk_sqs::types::Message;
    use paloma::queue::DeadLetterAttribute;

    use super::*;

    fn letter(id: &str, first_id: &str) -> Letter {
        let note = DeadLetterAttribute::FirstLetterId.attribute(first_id).into_iter().collect();
        Letter::of(Message::builder().message_id(id).set_message_attributes(Some(note)).body("x").build())
    }

    #[test]
    fn a_twin_is_one_only_while_the_other_is_held_and_here() {
        let (mut twins, one, other, now) = (Twins::default(), letter("1", "1"), letter("2", "1"), Instant::now());
        assert!(!twins.has_one_of(&one, now));
        assert!(twins.has_one_of(&other, now), "both lie here");
        assert!(!twins.has_one_of(&letter("3", "3"), now), "another job");
        twins.forget(&one);
        assert!(!twins.has_one_of(&other, now), "what came back of a replay is the job itself");
        assert!(!twins.has_one_of(&one, now + HOLD), "somebody else may have replayed the other meanwhile");
    }
}
