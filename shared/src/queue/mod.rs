//! The SQS queues. They are standard queues: a job may come twice, late, out of order or replayed by an operator, so
//! running a job twice must change nothing.

mod batch;
mod dead_letters;
mod deliveries;
mod missing;
mod notifications;
mod presence;
mod subject;
mod summaries;

pub use batch::{Batch, Job, Source, consume_each};
pub use dead_letters::{DeadLetterAttribute, DeadLetterSender, FailedJob};
pub use deliveries::{Audience, DeliveryJob, MAX_RECIPIENTS_PER_SHARD, QUIET_ABOVE};
pub use missing::MissingChat;
pub use notifications::{BADGE_WAIT, BadgeJob, GRACE, Notification, NotificationJob, PushTarget};
pub use presence::{ConnectionCheck, ConnectionClosed, PresenceJob, SETTLING, SessionsEnded, WatchStarted};
pub use subject::Subject;
pub use summaries::{Summary, SummaryCheck, SummaryJob};

use std::fmt::Display;
use std::marker::PhantomData;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{BuildError, DisplayErrorContext};
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use serde::Serialize;

use crate::bus::BusError;
use crate::store::StoreError;

/// Longest delay of a job (a limit of SQS).
const MAX_WAIT: Duration = Duration::from_secs(15 * 60);

/// Jobs per `SendMessageBatch` (a limit of SQS).
const MAX_BATCH: usize = 10;

/// Why a job could not be enqueued.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The job does not write as JSON.
    #[error("a job does not write as JSON: {0}")]
    Encode(#[from] serde_json::Error),
    /// SQS refused, throttled, or could not be reached.
    #[error("SendMessage failed: {cause}")]
    Call {
        /// The whole chain of causes.
        cause: String,
    },
    /// SQS took some jobs of a call, and not all.
    #[error("SendMessageBatch left out {left_out} of its jobs: {cause}")]
    LeftOut {
        /// How many.
        left_out: usize,
        /// Why the first of them.
        cause: String,
    },
}

/// Why a job failed, in words that an operator reads in the dead-letter queue.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct JobError(String);

impl JobError {
    /// The failure with this cause.
    pub fn new(cause: impl Display) -> Self {
        Self(cause.to_string())
    }
}

impl From<StoreError> for JobError {
    fn from(error: StoreError) -> Self {
        Self::new(error)
    }
}

impl From<QueueError> for JobError {
    fn from(error: QueueError) -> Self {
        Self::new(error)
    }
}

impl From<BusError> for JobError {
    fn from(error: BusError) -> Self {
        Self::new(error)
    }
}

/// A queue of jobs of one kind.
#[derive(Debug)]
pub struct Queue<J> {
    client: Client,
    url: String,
    jobs: PhantomData<fn(J)>,
}

impl<J> Clone for Queue<J> {
    fn clone(&self) -> Self {
        Self { client: self.client.clone(), url: self.url.clone(), jobs: PhantomData }
    }
}

impl<J: Serialize> Queue<J> {
    /// A client of the queue at this URL.
    pub fn new(client: Client, url: String) -> Self {
        Self { client, url, jobs: PhantomData }
    }

    /// Enqueues a job. `group` is its message group: the id of the chat, or of the user, that the job is about. Fair
    /// queues serve other groups while one is busy.
    pub async fn enqueue(&self, group: impl Display, job: &J) -> Result<(), QueueError> {
        self.enqueue_after(Duration::ZERO, group, job).await
    }

    /// Enqueues a job that becomes visible after `wait`, at most 15 minutes.
    pub async fn enqueue_after(&self, wait: Duration, group: impl Display, job: &J) -> Result<(), QueueError> {
        let wait = i32::try_from(wait.min(MAX_WAIT).as_secs()).unwrap_or_default();
        self.client
            .send_message()
            .queue_url(&self.url)
            .message_group_id(group.to_string())
            .message_body(escaped_for_sqs(serde_json::to_string(job)?))
            .set_delay_seconds((wait > 0).then_some(wait))
            .send()
            .await
            .map_err(|error| QueueError::Call { cause: DisplayErrorContext(&error).to_string() })?;
        Ok(())
    }

    /// Enqueues jobs of one group, ten per call. They must be small: a call may have 256 KB in all.
    ///
    /// # Errors
    /// If SQS accepts only some of the jobs. A retry enqueues those twice, which changes nothing.
    pub async fn enqueue_all(&self, group: impl Display, jobs: &[J]) -> Result<(), QueueError> {
        if let [job] = jobs {
            return self.enqueue(group, job).await;
        }
        let group = group.to_string();
        for jobs in jobs.chunks(MAX_BATCH) {
            let entry = |(number, job): (usize, &J)| {
                let entry = SendMessageBatchRequestEntry::builder().id(number.to_string()).message_group_id(&group);
                let entry = entry.message_body(escaped_for_sqs(serde_json::to_string(job)?));
                entry.build().map_err(|error: BuildError| QueueError::Call { cause: error.to_string() })
            };
            let entries = jobs.iter().enumerate().map(entry).collect::<Result<Vec<_>, _>>()?;
            let batch = self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries));
            let answer = batch.send().await;
            let answer = answer.map_err(|error| QueueError::Call { cause: DisplayErrorContext(&error).to_string() })?;
            if let [first, ..] = answer.failed() {
                let cause = format!("{}: {}", first.code(), first.message().unwrap_or_default());
                return Err(QueueError::LeftOut { left_out: answer.failed().len(), cause });
            }
        }
        Ok(())
    }
}

/// Escapes the two characters that XML 1.0, and so SQS, forbids and JSON does not escape. They occur only inside
/// strings.
fn escaped_for_sqs(json: String) -> String {
    if json.contains(['\u{fffe}', '\u{ffff}']) {
        json.replace('\u{fffe}', "\\ufffe").replace('\u{ffff}', "\\uffff")
    } else {
        json
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_sqs_rejects_are_escaped_and_decode_to_the_same_text() {
        let text = "a\u{fffe}b\u{ffff}c\u{1}";
        let escaped = escaped_for_sqs(serde_json::to_string(text).unwrap());
        assert!(escaped.is_ascii(), "{escaped}");
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), text);
    }
}
