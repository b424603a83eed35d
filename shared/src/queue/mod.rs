//! The SQS queues. They are standard queues: a consumer may get a job twice, late, out of order or replayed by an
//! operator, so running a job twice must change nothing.

mod batch;
mod consumed;
mod dead_letters;
mod deliveries;
mod late;
mod missing;
mod notifications;
mod presence;
mod retry;
mod subject;
mod summaries;

pub use batch::{Batch, Job, consume_each};
pub use consumed::{ConsumedQueue, JobFailure};
pub use dead_letters::{DeadLetterAttribute, DeadLetterSender, FailedJob};
pub use deliveries::{Audience, DeliveryJob, MAX_CHAT_FOR_ALL_EVENTS, MAX_RECIPIENTS_PER_SHARD};
pub use late::is_late;
pub use missing::MissingChat;
pub use notifications::{BADGE_WAIT, BadgeJob, GRACE, Notification, NotificationJob, PushTarget};
pub use presence::{
    ConnectionCheck, ConnectionClosed, PresenceJob, PresencePrivacy, SETTLING, SessionsEnded, WatchStarted,
};
pub use subject::Subject;
pub use summaries::{Summary, SummaryCheck, SummaryJob};

use std::error::Error;
use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{BatchResultErrorEntry, QueueAttributeName, SendMessageBatchRequestEntry};
use serde::Serialize;

use crate::call_error::{CallError, Cause, Classified, Dependency, FailureKind};

/// Longest delay of a job (a limit of SQS).
const MAX_WAIT: Duration = Duration::from_secs(15 * 60);

/// Jobs per `SendMessageBatch` (a limit of SQS).
const MAX_BATCH: usize = 10;

/// The error of enqueuing a job.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The job cannot be written as JSON.
    #[error("a job cannot be written as JSON: {0}")]
    Encode(#[from] serde_json::Error),
    /// SQS rejected or throttled a call, or could not be reached.
    #[error(transparent)]
    Call(#[from] CallError),
    /// SQS accepted some jobs of a batch and rejected others.
    #[error("SendMessageBatch rejected {rejected} of its jobs: {code}: {message}")]
    Rejected {
        /// The number of rejected jobs.
        rejected: usize,
        /// SQS' error code for the first of them.
        code: String,
        /// SQS' message for the first of them.
        message: String,
        /// The kind of that failure.
        kind: FailureKind,
    },
}

impl Classified for QueueError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Encode(_) => FailureKind::Unreadable,
            Self::Call(error) => error.kind(),
            Self::Rejected { kind, .. } => *kind,
        }
    }

    fn dependency(&self) -> Option<Dependency> {
        match self {
            Self::Encode(_) => None,
            Self::Call(error) => error.dependency(),
            Self::Rejected { .. } => Some(Dependency::Sqs),
        }
    }
}

impl QueueError {
    fn rejected(rejected: usize, first: &BatchResultErrorEntry) -> Self {
        let status = if first.sender_fault() { 400 } else { 500 };
        Self::Rejected {
            rejected,
            code: first.code().to_owned(),
            message: first.message().unwrap_or_default().to_owned(),
            kind: FailureKind::of_answer(Some(first.code()), Some(status)),
        }
    }
}

/// The error of a failed job. Its text is for operators: the log and the dead letter's `cause` show it.
#[derive(Debug, Clone)]
pub struct JobError(Cause);

impl JobError {
    /// The failure with this cause: an error or a text. An error that is [`Classified`] needs no call: `?` converts it.
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(Cause::new(cause))
    }

    /// The kind of the failure, if it is known.
    pub fn kind(&self) -> Option<FailureKind> {
        self.0.kind()
    }

    /// Whether the failure passes with the outage that caused it.
    pub fn is_outage(&self) -> bool {
        self.kind().is_some_and(FailureKind::is_outage)
    }

    /// The service that failed, if it is known.
    pub fn dependency(&self) -> Option<Dependency> {
        self.0.dependency()
    }
}

impl Display for JobError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0)
    }
}

impl Error for JobError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.0.error())
    }
}

impl<E: Classified> From<E> for JobError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl From<Cause> for JobError {
    fn from(cause: Cause) -> Self {
        Self(cause)
    }
}

impl From<JobError> for Cause {
    fn from(error: JobError) -> Self {
        error.0
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
            .message_body(body_of(job)?)
            .set_delay_seconds((wait > 0).then_some(wait))
            .send()
            .await
            .map_err(CallError::of("SendMessage"))?;
        Ok(())
    }

    /// The number of jobs that are ready to be received. SQS approximates it.
    pub async fn backlog(&self) -> Result<u64, QueueError> {
        let ready = QueueAttributeName::ApproximateNumberOfMessages;
        let asked = self.client.get_queue_attributes().queue_url(&self.url).attribute_names(ready.clone());
        let answer = asked.send().await.map_err(CallError::of("GetQueueAttributes"))?;
        let count = answer.attributes().and_then(|attributes| attributes.get(&ready)?.parse().ok());
        Ok(count.unwrap_or_default())
    }

    /// Enqueues jobs of one group, ten per call. They must be small: SQS accepts 1 MiB per call in all.
    ///
    /// # Errors
    /// If SQS accepts only some of the jobs. A retry enqueues those twice, which changes nothing.
    pub async fn enqueue_all(&self, group: impl Display, jobs: &[J]) -> Result<(), QueueError> {
        const OPERATION: &str = "SendMessageBatch";
        if let [job] = jobs {
            return self.enqueue(group, job).await;
        }
        let group = group.to_string();
        for jobs in jobs.chunks(MAX_BATCH) {
            let entry = |(number, job): (usize, &J)| {
                let entry = SendMessageBatchRequestEntry::builder().id(number.to_string()).message_group_id(&group);
                let entry = entry.message_body(body_of(job)?).build();
                Ok(entry.map_err(CallError::unbuilt(OPERATION))?)
            };
            let entries = jobs.iter().enumerate().map(entry).collect::<Result<Vec<_>, QueueError>>()?;
            let batch = self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries));
            let answer = batch.send().await.map_err(CallError::of(OPERATION))?;
            if let [first, ..] = answer.failed() {
                return Err(QueueError::rejected(answer.failed().len(), first));
            }
        }
        Ok(())
    }
}

/// The body of a job's message.
fn body_of(job: &impl Serialize) -> Result<String, serde_json::Error> {
    Ok(escaped_for_sqs(serde_json::to_string(job)?))
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
