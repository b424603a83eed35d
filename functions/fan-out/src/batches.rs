//! Delivers to many users: one call looks up a hundred of them, and the posts to them begin at once.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use futures::future::join_all;
use paloma::domain::{Timestamp, UserId};
use paloma::posts::{PostCounts, Posting, Recipient, RecipientOutcome};
use paloma::queue::{DeliveryJob, JobError, MAX_RECIPIENTS_PER_SHARD};
use tokio::sync::Semaphore;

use crate::{FanOut, notify};

/// Batches looked up at once.
const LOOKUPS_AT_ONCE: usize = 4;

/// Open sockets after which a batch gets a job of its own, so that several instances post to a large audience.
const SOCKETS_PER_JOB: usize = 200;

/// The outcome of a job for many users.
pub(crate) struct Delivered {
    pub outcomes: Vec<RecipientOutcome>,
    /// The first failure of a batch.
    pub failure: Option<JobError>,
    /// The users of the failed batches.
    pub left: Vec<UserId>,
}

/// A job for many users, while its batches are delivered.
struct Delivery<'a> {
    job: &'a DeliveryJob,
    posting: Posting<'a>,
    lookups: Semaphore,
    /// The open sockets of the batches that were looked up.
    sockets: AtomicUsize,
}

impl FanOut {
    /// Delivers to these users. A batch without an open socket and without a phone costs one call. A batch that fails
    /// stops no other one, and is all that is left to do.
    pub(crate) async fn deliver_to_users(
        &self,
        job: &DeliveryJob,
        users: &[UserId],
        counts: &PostCounts,
    ) -> Result<Delivered, JobError> {
        let delivery = Delivery {
            job,
            posting: Posting::of(job, counts)?,
            lookups: Semaphore::new(LOOKUPS_AT_ONCE),
            sockets: AtomicUsize::new(0),
        };
        let batches = users.chunks(MAX_RECIPIENTS_PER_SHARD);
        let done = join_all(batches.clone().map(|batch| self.deliver_to_batch(&delivery, batch))).await;
        let mut delivered = Delivered { outcomes: Vec::new(), failure: None, left: Vec::new() };
        for (batch, result) in batches.zip(done) {
            match result {
                Ok(outcomes) => delivered.outcomes.extend(outcomes),
                Err(error) => {
                    delivered.failure.get_or_insert(error);
                    delivered.left.extend(batch);
                }
            }
        }
        Ok(delivered)
    }

    async fn deliver_to_batch(
        &self,
        delivery: &Delivery<'_>,
        users: &[UserId],
    ) -> Result<Vec<RecipientOutcome>, JobError> {
        let job = delivery.job;
        let recipients = self.look_up(delivery, users).await?;
        let sockets = recipients.iter().map(Recipient::sockets).sum();
        // The first batch is always delivered here, so that a job of one batch is never split again.
        if delivery.sockets.fetch_add(sockets, Relaxed) >= SOCKETS_PER_JOB && sockets > 0 {
            self.deliveries.enqueue(job.group(), &job.for_users(users.to_vec())).await?;
            return Ok(Vec::new());
        }
        let (enqueued, posted) = futures::join!(
            notify::enqueue_pushes(&self.notifications, job, &recipients),
            self.poster.post(&delivery.posting, &recipients)
        );
        enqueued?;
        let outcomes = posted?;
        notify::enqueue_missed_pushes(&self.notifications, job, &outcomes).await?;
        Ok(outcomes)
    }

    async fn look_up(&self, delivery: &Delivery<'_>, users: &[UserId]) -> Result<Vec<Recipient>, JobError> {
        // The semaphore is never closed.
        let _slot = delivery.lookups.acquire().await.map_err(JobError::new)?;
        let reached = self.reachability.of_users(users, Timestamp::now()).await?;
        Ok(reached.into_iter().map(Recipient::of_user).collect())
    }
}
