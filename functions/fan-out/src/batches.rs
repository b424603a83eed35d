//! Delivers to many users: one call looks up a hundred of them, and the posts to them begin at once.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use futures::future::join_all;
use paloma::domain::{Timestamp, UserId};
use paloma::queue::{DeliveryJob, JobError, MAX_RECIPIENTS_PER_SHARD};
use tokio::sync::Semaphore;

use crate::posts::{PostCounts, Posting, Recipient, RecipientOutcome};
use crate::{FanOut, notify};

/// Batches looked up at once.
const LOOKUPS_AT_ONCE: usize = 4;

/// Open sockets after which a batch gets a job of its own, so that several instances post to a large audience.
const SOCKETS_PER_JOB: usize = 200;

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
    /// stops no other one; the job then fails with the first failure.
    pub(crate) async fn deliver_to_users(
        &self,
        job: &DeliveryJob,
        users: &[UserId],
        counts: &PostCounts,
    ) -> Result<Vec<RecipientOutcome>, JobError> {
        let delivery = Delivery {
            job,
            posting: Posting::of(job, counts)?,
            lookups: Semaphore::new(LOOKUPS_AT_ONCE),
            sockets: AtomicUsize::new(0),
        };
        let batches = users.chunks(MAX_RECIPIENTS_PER_SHARD).map(|batch| self.deliver_to_batch(&delivery, batch));
        let outcomes = join_all(batches).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(outcomes.concat())
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
