//! A queue that a function consumes: retries, copies and dead letters of its failed jobs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use aws_lambda_events::sqs::SqsMessage;
use aws_sdk_sqs::Client;
use serde::Serialize;

use super::dead_letters::{DeadLetterAttribute, DeadLetterSender, FailedJob};
use super::retry::{NextStep, Tries};
use super::subject::Subject;
use super::{JobError, QueueError, body_of};
use crate::call_error::{CallError, Dependency, FailureKind};
use crate::domain::Timestamp;

/// Wait of a job that was held back, after the outage.
const RELEASE_WAIT: Duration = Duration::from_secs(1);

/// A queue that a function consumes, and its dead-letter queue.
#[derive(Debug, Clone)]
pub struct ConsumedQueue {
    client: Client,
    url: String,
    dead_letters: DeadLetterSender,
    /// Whether the last batch of this process met an outage.
    in_outage: Arc<AtomicBool>,
}

/// A failed try of a job.
#[derive(Debug)]
pub struct JobFailure {
    /// The error.
    pub error: JobError,
    /// The body of the job for the part that failed, if the other part is done. It runs later in place of the job.
    pub rest: Option<String>,
}

impl JobFailure {
    /// The failure of a job of which `rest` is still to do. A rest that cannot be written is the whole job.
    pub fn with_rest(error: impl Into<JobError>, rest: &impl Serialize) -> Self {
        Self { error: error.into(), rest: body_of(rest).ok() }
    }
}

impl From<JobError> for JobFailure {
    fn from(error: JobError) -> Self {
        Self { error, rest: None }
    }
}

impl ConsumedQueue {
    /// The queue at this URL, and its dead-letter queue.
    pub fn new(client: Client, url: String, dead_letters: DeadLetterSender) -> Self {
        Self { client, url, dead_letters, in_outage: Arc::default() }
    }

    /// Whether the last batch of this process met an outage.
    pub(super) fn is_in_outage(&self) -> bool {
        self.in_outage.load(Relaxed)
    }

    pub(super) fn set_in_outage(&self, in_outage: bool) {
        self.in_outage.store(in_outage, Relaxed);
    }

    /// Lets a job run that was held back: the outage is over. Returns whether SQS must keep it.
    pub(super) async fn release(&self, record: &SqsMessage) -> bool {
        if tries_of(record).is_due_for_a_copy() && self.copy(record, None, RELEASE_WAIT).await.is_ok() {
            return false;
        }
        self.back_off(record, RELEASE_WAIT).await;
        true
    }

    /// Retries a failed job later, or moves it to the dead-letter queue. Returns whether SQS must keep it.
    pub(super) async fn handle_failure(&self, record: &SqsMessage, failure: &JobFailure, request_id: &str) -> bool {
        let (tries, now, error) = (tries_of(record), Timestamp::now(), &failure.error);
        let is_outage = error.is_outage();
        log(record, error, tries, request_id);
        let step = if is_outage { tries.after_outage(now, failure.rest.is_some()) } else { tries.after_poison() };
        match step {
            NextStep::TryAgain(pause) => {
                self.back_off(record, pause).await;
                true
            }
            NextStep::Copy(pause) => {
                let copied = self.copy(record, failure.rest.as_deref(), pause).await;
                if let Err(error) = &copied {
                    tracing::warn!(stage = "job", outcome = "not copied", cause = %error);
                    self.back_off(record, pause).await;
                }
                copied.is_err()
            }
            NextStep::GiveUp => self.give_up(record, failure, request_id).await,
        }
    }

    /// Makes the job visible again after this time. If this call fails, the visibility timeout does it later.
    async fn back_off(&self, record: &SqsMessage, pause: Duration) {
        let changed = self
            .client
            .change_message_visibility()
            .queue_url(&self.url)
            .receipt_handle(record.receipt_handle.as_deref().unwrap_or_default())
            .visibility_timeout(seconds(pause))
            .send()
            .await;
        if let Err(error) = changed.map_err(CallError::of("ChangeMessageVisibility")) {
            tracing::warn!(stage = "job", outcome = "not backed off", cause = %error);
        }
    }

    /// Enqueues the job again, or the rest of it. SQS counts the receipts of the copy from the beginning.
    async fn copy(&self, record: &SqsMessage, rest: Option<&str>, pause: Duration) -> Result<(), QueueError> {
        let tries = tries_of(record);
        let progress = [
            (DeadLetterAttribute::FirstTriedAt, tries.first_at.as_millis().to_string()),
            (DeadLetterAttribute::TriesBefore, tries.total().to_string()),
        ];
        let attributes = kept(record).into_iter().chain(progress).filter_map(|(name, text)| name.attribute(&text));
        self.client
            .send_message()
            .queue_url(&self.url)
            .message_body(rest.unwrap_or(record.body.as_deref().unwrap_or_default()))
            .set_message_group_id(record.attributes.get("MessageGroupId").cloned())
            .set_message_attributes(Some(attributes.collect()))
            .delay_seconds(seconds(pause))
            .send()
            .await
            .map_err(CallError::of("SendMessage"))?;
        Ok(())
    }

    async fn give_up(&self, record: &SqsMessage, failure: &JobFailure, request_id: &str) -> bool {
        let tries = tries_of(record);
        let job = FailedJob {
            body: failure.rest.as_deref().unwrap_or(record.body.as_deref().unwrap_or_default()),
            group: record.attributes.get("MessageGroupId").map(String::as_str),
            cause: &failure.error,
            request_id,
            tries: tries.total(),
            first_tried_at: tries.first_at.as_millis(),
            kept: kept(record),
        };
        let moved = self.dead_letters.send(job).await;
        if let Err(error) = &moved {
            let id = record.message_id.as_deref();
            // SQS keeps the job, and its redrive policy moves it without the cause.
            tracing::error!(stage = "job", outcome = "not moved to the dead-letter queue", jobId = id, cause = %error);
        }
        moved.is_err()
    }
}

/// Logs a failed try. A try that failed because of an outage is no fault of the job: it counts as waiting.
fn log(record: &SqsMessage, error: &JobError, tries: Tries, request_id: &str) {
    let subject = Subject::of(record.body.as_deref().unwrap_or_default());
    let waiting_for = error.is_outage().then(|| error.dependency().unwrap_or(Dependency::Other).as_str());
    tracing::error!(
        stage = "job",
        outcome = if waiting_for.is_some() { "waits for the end of an outage" } else { "failed" },
        jobId = record.message_id.as_deref(),
        chatId = subject.chat_id.map(tracing::field::display),
        messageId = subject.message_id.map(tracing::field::display),
        tries = tries.total(),
        cause = %error,
        causeKind = error.kind().map(FailureKind::as_str),
        WaitingFor = waiting_for,
        requestId = request_id,
        JobsWaiting = waiting_for.map(|_| 1_u64),
        FailedJobs = if waiting_for.is_some() { None } else { Some(1_u64) },
    );
}

/// The tries of a job, from the attributes of SQS and those of an earlier copy.
pub(super) fn tries_of(record: &SqsMessage) -> Tries {
    let system = |name: &str| record.attributes.get(name)?.parse::<u64>().ok();
    let own = |name| message_attribute(record, name)?.parse::<u64>().ok();
    let first_received_at = || system("ApproximateFirstReceiveTimestamp");
    Tries {
        receipts: system("ApproximateReceiveCount").unwrap_or(1),
        before: own(DeadLetterAttribute::TriesBefore).unwrap_or_default(),
        first_at: own(DeadLetterAttribute::FirstTriedAt)
            .or_else(first_received_at)
            .map_or_else(Timestamp::now, Timestamp::from_millis),
    }
}

fn kept(record: &SqsMessage) -> Vec<(DeadLetterAttribute, String)> {
    let kept = DeadLetterAttribute::KEPT.into_iter();
    kept.filter_map(|name| Some((name, message_attribute(record, name)?))).collect()
}

fn message_attribute(record: &SqsMessage, name: DeadLetterAttribute) -> Option<String> {
    record.message_attributes.get(name.name())?.string_value.clone()
}

fn seconds(pause: Duration) -> i32 {
    i32::try_from(pause.as_secs()).unwrap_or(i32::MAX)
}
