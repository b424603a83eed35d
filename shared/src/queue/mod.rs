//! The queues: standard ones, at least once, in any order, replayed by hand. Every job may be done twice.

mod batch;
mod dead_letters;
mod deliveries;
mod missing;
mod notifications;
mod presence;
mod subject;
mod summaries;

pub use batch::{Batch, Job, Source, consume_each};
pub use dead_letters::{DeadLetter, DeadLetterAttribute, DeadLetters};
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

/// The longest that a job can be made to wait (SQS' limit).
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);

/// How many jobs one call enqueues (SQS' limit).
const MOST_AT_ONCE: usize = 10;

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
    /// The queue at this URL.
    pub fn new(client: Client, url: String) -> Self {
        Self { client, url, jobs: PhantomData }
    }

    /// Enqueues a job. Its chat, or whoever else it is about, is its group: what is busy does not keep the others
    /// waiting (fair queues).
    ///
    /// # Errors
    /// When SQS does not take it.
    pub async fn enqueue(&self, group: impl Display, job: &J) -> Result<(), QueueError> {
        self.enqueue_after(Duration::ZERO, group, job).await
    }

    /// Enqueues a job that is to be done after a while, of at most 15 minutes (SQS' limit).
    ///
    /// # Errors
    /// When SQS does not take it.
    pub async fn enqueue_after(&self, wait: Duration, group: impl Display, job: &J) -> Result<(), QueueError> {
        let wait = i32::try_from(wait.min(LONGEST_WAIT).as_secs()).unwrap_or_default();
        self.client
            .send_message()
            .queue_url(&self.url)
            .message_group_id(group.to_string())
            .message_body(spelled_for_sqs(serde_json::to_string(job)?))
            .set_delay_seconds((wait > 0).then_some(wait))
            .send()
            .await
            .map_err(|error| QueueError::Call { cause: DisplayErrorContext(&error).to_string() })?;
        Ok(())
    }

    /// Enqueues jobs of one group, ten to a call. They must be small: a call takes 256 KB in all.
    ///
    /// # Errors
    /// When SQS does not take all of them. A second try enqueues the others twice, which changes nothing.
    pub async fn enqueue_all(&self, group: impl Display, jobs: &[J]) -> Result<(), QueueError> {
        if let [job] = jobs {
            return self.enqueue(group, job).await;
        }
        let group = group.to_string();
        for jobs in jobs.chunks(MOST_AT_ONCE) {
            let entry = |(number, job): (usize, &J)| {
                let entry = SendMessageBatchRequestEntry::builder().id(number.to_string()).message_group_id(&group);
                let entry = entry.message_body(spelled_for_sqs(serde_json::to_string(job)?));
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

/// SQS takes the characters that XML 1.0 takes. JSON escapes the control characters by itself; these two, which may
/// only be inside its strings, it leaves as they are.
fn spelled_for_sqs(json: String) -> String {
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
    fn what_sqs_refuses_is_spelled_otherwise_and_reads_the_same() {
        let text = "a\u{fffe}b\u{ffff}c\u{1}";
        let spelled = spelled_for_sqs(serde_json::to_string(text).unwrap());
        assert!(spelled.is_ascii(), "{spelled}");
        assert_eq!(serde_json::from_str::<String>(&spelled).unwrap(), text);
    }
}
