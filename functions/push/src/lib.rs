//! Consumes the notifications queue: pushes to the phones that have not acknowledged a message (invariant 8).
//!
//! A batch is sorted first (`batch`): of several messages in one chat, the newest is pushed. Each job then runs a round
//! of these steps (`notify`):
//!
//! 1. `recipients` selects the members who have not read, have not muted, and have no push for this or a later message;
//! 2. `phones` looks up their devices, without those that have acknowledged themselves;
//! 3. `content` reads the chat as it is now, not as it was when the job was enqueued;
//! 4. `phones` reads each member's badge and pushes to each device, in its platform's format (`payload`);
//! 5. `publish` publishes the events;
//! 6. `settle` gives each failed device a job of its own, deletes devices that SNS reports as gone, and moves the
//!    member's mark `pushedSeq`.
//!
//! The mark `pushedSeq` = n means: each device of the member has acknowledged message n itself, has got a push for it,
//! or has a job of its own for it. So a retry for one member or device pushes to no other.
//!
//! Pushes of one chat replace each other on the phone, so the last one must be the newest. Jobs run in any order, and
//! several run at once. A round that finds in step 6 that another push went out meanwhile ends as `Crossed`, and the
//! next round pushes the newest message again.
//!
//! The queue also carries badge corrections (`badge`) and events that EventBridge did not accept at first.

mod badge;
mod batch;
mod content;
mod delivery;
mod notify;
mod payload;
#[cfg(test)]
mod payload_snapshots;
mod phones;
mod publish;
mod pusher;
mod recipients;
mod report;
mod round;
mod settle;

use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use futures::future::join_all;
use lambda_runtime::{Error, LambdaEvent};
use paloma::queue::{Batch, JobError, NotificationJob};
use tokio::time::Instant;

use crate::batch::{PushTask, sequences};
pub use crate::pusher::Pusher;

/// Time limit for SNS per invocation, which may take 60 s. Devices not reached by then are re-enqueued.
const SNS_TIME: Duration = Duration::from_secs(25);

impl Pusher {
    pub async fn handle(&self, event: LambdaEvent<SqsEvent>) -> Result<SqsBatchResponse, Error> {
        let deadline = Instant::now() + SNS_TIME;
        let mut batch = Batch::decode(event.payload, &self.source);
        let done = join_all(sequences(&batch.jobs).into_iter().map(async |sequence| {
            let mut done = Vec::new();
            for task in sequence {
                done.push((task.job.id.clone(), self.consume(task, deadline).await));
            }
            done
        }))
        .await;
        for (id, result) in done.into_iter().flatten() {
            if let Err(error) = result {
                batch.fail(id, error);
            }
        }
        Ok(batch.finish(&self.source, &event.context.request_id).await)
    }

    async fn consume(&self, task: PushTask<'_>, deadline: Instant) -> Result<(), JobError> {
        let is_last_try = task.job.is_last_try;
        match &task.job.work {
            NotificationJob::Notify(job) => self.notify(job, task.scope(job), deadline).await,
            NotificationJob::Badge(job) => self.correct_badge(job, is_last_try, deadline).await,
            NotificationJob::Publish { events } => Ok(self.bus.publish(events).await?),
        }
    }
}
