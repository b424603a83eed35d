//! The delivery of status events to sockets. Propagate-status posts them itself, which saves a job, an invocation and
//! the time of both. Fan-out posts those of large audiences, and those that the gateway did not accept at once.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use futures::future::join_all;

use crate::domain::{ChatId, Timestamp, UserId};
use crate::posts::{PostCounts, Poster, Posting, Recipient};
use crate::queue::{Audience, DeliveryJob, JobError, MAX_CHAT_FOR_ALL_EVENTS, Queue};
use crate::store::{Reach, Reachability};

/// Time limit for the posts of a status event to one user. The receipts behind it in the stream wait for that long.
pub const TICK_TIME: Duration = Duration::from_millis(500);

/// Time after a post that the gateway did not accept, in which fan-out posts all status events.
const REST: Duration = Duration::from_secs(5);

/// The delivery of status events.
#[derive(Debug, Clone)]
pub enum TickDelivery {
    /// By fan-out.
    Queued(Queue<DeliveryJob>),
    /// By this function.
    Posted(TickPoster),
}

/// Posts status events.
#[derive(Debug, Clone)]
pub struct TickPoster {
    poster: Poster,
    reachability: Reachability,
    deliveries: Queue<DeliveryJob>,
    /// The end of the rest after the gateway did not accept a post, in epoch milliseconds.
    rests_until: Arc<AtomicU64>,
}

impl TickDelivery {
    /// Delivers status events of a chat. A retry may deliver them again, which changes nothing on a screen.
    ///
    /// # Errors
    /// If a table or the queue fails. A gateway that does not accept frames is no error.
    pub async fn deliver(&self, chat_id: ChatId, jobs: &[DeliveryJob]) -> Result<(), JobError> {
        match self {
            Self::Queued(deliveries) => Ok(deliveries.enqueue_all(chat_id, jobs).await?),
            Self::Posted(poster) => poster.deliver(chat_id, jobs).await,
        }
    }
}

impl TickPoster {
    /// Posts with this poster to the sockets found there, and enqueues what is left to this queue.
    pub fn new(poster: Poster, reachability: Reachability, deliveries: Queue<DeliveryJob>) -> Self {
        Self { poster, reachability, deliveries, rests_until: Arc::default() }
    }

    async fn deliver(&self, chat_id: ChatId, jobs: &[DeliveryJob]) -> Result<(), JobError> {
        let rests = Timestamp::now().as_millis() < self.rests_until.load(Relaxed);
        let (own, mut left): (Vec<_>, Vec<_>) = jobs.iter().cloned().partition(|job| !rests && is_small(job));
        let mut failure = None;
        for outcome in self.post(&own).await? {
            match outcome {
                Ok(rest) => left.extend(rest),
                Err(error) => failure = Some(error),
            }
        }
        self.deliveries.enqueue_all(chat_id, &left).await?;
        failure.map_or(Ok(()), Err)
    }

    /// Posts the events, with one lookup for all of them. Returns for each what the gateway did not accept.
    async fn post(&self, jobs: &[DeliveryJob]) -> Result<Vec<Result<Option<DeliveryJob>, JobError>>, JobError> {
        let users: BTreeSet<_> = jobs.iter().flat_map(users_of).copied().collect();
        if users.is_empty() {
            return Ok(Vec::new());
        }
        let users: Vec<_> = users.into_iter().collect();
        let found = self.reachability.of_users(&users, Timestamp::now()).await?;
        let reach: HashMap<_, _> = found.into_iter().map(|reach| (reach.user_id, reach)).collect();
        Ok(join_all(jobs.iter().map(|job| self.post_one(job, &reach))).await)
    }

    async fn post_one(
        &self,
        job: &DeliveryJob,
        reach: &HashMap<UserId, Reach>,
    ) -> Result<Option<DeliveryJob>, JobError> {
        let recipients = users_of(job).iter().filter_map(|user| reach.get(user)).cloned().map(Recipient::of_user);
        let counts = PostCounts::default();
        self.poster.post(&Posting::of(job, &counts)?, &recipients.collect::<Vec<_>>()).await?;
        let sockets = counts.unavailable();
        if sockets.is_empty() {
            return Ok(None);
        }
        self.rests_until.store(Timestamp::now().plus(REST).as_millis(), Relaxed);
        Ok(Some(job.for_sockets(sockets)))
    }
}

/// Whether this function can post the event to its whole audience in little time.
fn is_small(job: &DeliveryJob) -> bool {
    (1..=MAX_CHAT_FOR_ALL_EVENTS).contains(&users_of(job).len())
}

/// The users who get the event on their sockets. Status events always name them.
fn users_of(job: &DeliveryJob) -> &[UserId] {
    match &job.audience {
        Audience::Only(users) => users,
        Audience::Everyone | Audience::EveryoneBut(_) | Audience::Sockets(_) => &[],
    }
}
