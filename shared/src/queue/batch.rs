//! Consumes a batch of jobs. A poison job fails alone, and the other jobs of its batch continue (invariant 7).
//!
//! A failed job becomes visible again after a back-off of seconds, not after the queue's visibility timeout. The fifth
//! failure moves it to the dead-letter queue together with its cause, which the redrive policy of SQS would lose. That
//! policy is still needed, for jobs that end the process before it can report a cause.

use std::collections::HashSet;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use aws_sdk_sqs::Client;
use futures::future::join_all;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::JobError;
use super::dead_letters::{DeadLetterAttribute, DeadLetterSender, FailedJob};
use super::subject::Subject;
use crate::call_error::{CallError, FailureKind};

/// Tries of a job before it moves to the dead-letter queue (invariant 7). Same as `maxReceiveCount` in the template.
const MAX_TRIES: u64 = 5;

/// One job of a batch.
#[derive(Debug)]
pub struct Job<J> {
    /// The job itself.
    pub work: J,
    /// The SQS message id. It changes when the job is replayed, so nothing may be stored under it.
    pub id: String,
    /// Tries so far, including this one.
    pub tries: u64,
}

impl<J> Job<J> {
    /// Whether a failure now moves the job to the dead-letter queue.
    pub fn is_last_try(&self) -> bool {
        self.tries >= MAX_TRIES
    }
}

/// A batch, with each record decoded by itself.
pub struct Batch<J> {
    /// The readable jobs.
    pub jobs: Vec<Job<J>>,
    records: Vec<SqsMessage>,
    failures: Vec<(String, JobError)>,
}

impl<J: DeserializeOwned> Batch<J> {
    /// Decodes a batch. An unreadable record counts as a failed job.
    pub fn decode(event: SqsEvent) -> Self {
        let mut batch = Self { jobs: Vec::new(), failures: Vec::new(), records: event.records };
        for record in &batch.records {
            let id = record.message_id.clone().unwrap_or_default();
            match serde_json::from_str(record.body.as_deref().unwrap_or_default()) {
                Ok(work) => batch.jobs.push(Job { work, id, tries: tries_of(record) }),
                Err(error) => batch.failures.push((id, unreadable(&error))),
            }
        }
        batch
    }
}

/// The kind and position of a syntax error. The message of serde is left out, since it may quote a user's content.
fn unreadable(error: &serde_json::Error) -> JobError {
    let reason = match error.classify() {
        Category::Syntax => "it is not JSON",
        Category::Eof => "it is incomplete",
        Category::Data => "it is JSON, but not a job of this queue",
        Category::Io => "it could not be read",
    };
    JobError::new(format!("the job is unreadable: {reason}, at line {} column {}", error.line(), error.column()))
}

impl<J> Batch<J> {
    /// Reports the failure of the job with this id.
    pub fn fail(&mut self, id: String, error: JobError) {
        self.failures.push((id, error));
    }

    /// Ends the batch. Failed jobs are backed off or, after their last try, moved to the dead-letter queue with their
    /// causes. The response names the jobs that SQS must keep.
    pub async fn finish(self, source: &ConsumedQueue, request_id: &str) -> SqsBatchResponse {
        let handled = self.failures.iter().filter_map(|(id, error)| {
            let record = self.records.iter().find(|record| record.message_id.as_deref() == Some(id))?;
            Some(async move { source.handle_failure(record, error, request_id).await.then(|| id.clone()) })
        });
        let kept: HashSet<String> = join_all(handled).await.into_iter().flatten().collect();
        let mut response = SqsBatchResponse::default();
        response.set_failures(kept);
        response
    }
}

/// Runs all jobs of a batch at once. Each succeeds or fails by itself.
pub async fn consume_each<J, F>(event: SqsEvent, work: F) -> Batch<J>
where
    J: DeserializeOwned,
    F: AsyncFn(&J) -> Result<(), JobError>,
{
    let mut batch = Batch::decode(event);
    let done = join_all(batch.jobs.iter().map(|job| async { (job.id.clone(), work(&job.work).await) })).await;
    for (id, result) in done {
        if let Err(error) = result {
            batch.fail(id, error);
        }
    }
    batch
}

/// A queue that a function consumes, and its dead-letter queue.
#[derive(Debug, Clone)]
pub struct ConsumedQueue {
    client: Client,
    url: String,
    dead_letters: DeadLetterSender,
}

impl ConsumedQueue {
    /// The queue at this URL, and its dead-letter queue.
    pub fn new(client: Client, url: String, dead_letters: DeadLetterSender) -> Self {
        Self { client, url, dead_letters }
    }

    /// Backs a failed job off, or moves it to the dead-letter queue. Returns whether SQS must keep it.
    async fn handle_failure(&self, record: &SqsMessage, error: &JobError, request_id: &str) -> bool {
        let tries = tries_of(record);
        let id = record.message_id.as_deref().unwrap_or_default();
        let subject = Subject::of(record.body.as_deref().unwrap_or_default());
        tracing::error!(
            stage = "job",
            outcome = "failed",
            jobId = id,
            chatId = subject.chat_id.map(tracing::field::display),
            messageId = subject.message_id.map(tracing::field::display),
            tries,
            cause = %error,
            causeKind = error.kind().map(FailureKind::as_str),
            requestId = request_id,
            FailedJobs = 1_u64,
        );
        if tries < MAX_TRIES {
            self.back_off(record, tries).await;
            return true;
        }
        let moved = self.dead_letters.send(failed_job(record, error, request_id)).await;
        if let Err(error) = &moved {
            // SQS keeps the job, and its redrive policy moves it without the cause.
            tracing::error!(stage = "job", outcome = "not moved to the dead-letter queue", jobId = id, cause = %error);
        }
        moved.is_err()
    }

    /// Makes the job visible again after 1, 2, 4 … seconds. If this call fails, the visibility timeout does it later.
    async fn back_off(&self, record: &SqsMessage, tries: u64) {
        let wait = 1 << (tries - 1).min(6);
        let changed = self
            .client
            .change_message_visibility()
            .queue_url(&self.url)
            .receipt_handle(record.receipt_handle.as_deref().unwrap_or_default())
            .visibility_timeout(wait)
            .send()
            .await;
        if let Err(error) = changed.map_err(CallError::of("ChangeMessageVisibility")) {
            tracing::warn!(stage = "job", outcome = "not backed off", cause = %error);
        }
    }
}

fn failed_job<'a>(record: &'a SqsMessage, cause: &'a JobError, request_id: &'a str) -> FailedJob<'a> {
    let kept = DeadLetterAttribute::KEPT.into_iter();
    FailedJob {
        body: record.body.as_deref().unwrap_or_default(),
        group: record.attributes.get("MessageGroupId").map(String::as_str),
        cause,
        request_id,
        tries: tries_of(record),
        first_tried_at: attribute(record, "ApproximateFirstReceiveTimestamp").unwrap_or_default(),
        kept: kept.filter_map(|name| Some((name, message_attribute(record, name)?))).collect(),
    }
}

fn tries_of(record: &SqsMessage) -> u64 {
    attribute(record, "ApproximateReceiveCount").unwrap_or(1)
}

fn attribute(record: &SqsMessage, name: &str) -> Option<u64> {
    record.attributes.get(name)?.parse().ok()
}

fn message_attribute(record: &SqsMessage, name: DeadLetterAttribute) -> Option<String> {
    record.message_attributes.get(name.name())?.string_value.clone()
}
