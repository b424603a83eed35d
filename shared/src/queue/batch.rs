//! Consuming a batch: each job alone, so that a poison one fails alone (invariant 7).
//!
//! A job that fails becomes visible again after a back-off of seconds, not after the queue's whole visibility
//! timeout. The fifth failure moves it to the dead-letter queue together with its cause, which SQS' own redrive
//! would lose. That redrive stays underneath: it takes what killed the function before it could say why.

use std::collections::HashSet;
use std::fmt::Display;
use std::time::Duration;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::MessageAttributeValue;
use futures::future::join_all;
use serde::de::DeserializeOwned;

use crate::domain::Timestamp;

/// After as many tries a job is dead (invariant 7; `maxReceiveCount` in the template says the same).
const MOST_TRIES: u32 = 5;

/// The longest cause that goes along into the dead-letter queue, in bytes.
const MAX_CAUSE_BYTES: usize = 1_024;

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

impl From<crate::store::StoreError> for JobError {
    fn from(error: crate::store::StoreError) -> Self {
        Self::new(error)
    }
}

impl From<super::QueueError> for JobError {
    fn from(error: super::QueueError) -> Self {
        Self::new(error)
    }
}

/// One job of a batch.
#[derive(Debug)]
pub struct Job<J> {
    /// What is to be done.
    pub work: J,
    /// Its SQS message id, which lives no longer than this try: never key anything on it.
    pub id: String,
}

/// A batch whose records have been decoded one by one.
pub struct Batch<J> {
    /// The jobs that could be read.
    pub jobs: Vec<Job<J>>,
    records: Vec<SqsMessage>,
    failures: Vec<(String, JobError)>,
}

impl<J: DeserializeOwned> Batch<J> {
    /// Decodes a batch. A record that does not read fails by itself.
    pub fn decode(event: SqsEvent) -> Self {
        let mut batch = Self { jobs: Vec::new(), failures: Vec::new(), records: event.records };
        for record in &batch.records {
            let id = record.message_id.clone().unwrap_or_default();
            match serde_json::from_str(record.body.as_deref().unwrap_or_default()) {
                Ok(work) => batch.jobs.push(Job { work, id }),
                Err(error) => batch.failures.push((id, JobError::new(format!("the job does not read: {error}")))),
            }
        }
        batch
    }
}

impl<J> Batch<J> {
    /// Notes that the job of this id failed.
    pub fn fail(&mut self, id: String, error: JobError) {
        self.failures.push((id, error));
    }

    /// Ends the batch: what failed is backed off or, after its last try, laid into the dead-letter queue with its
    /// cause; what is answered tells SQS which to keep.
    pub async fn finish(
        self,
        client: &Client,
        queue_url: &str,
        dead_letter_url: &str,
        request_id: &str,
    ) -> SqsBatchResponse {
        let settle = self.failures.iter().filter_map(|(id, error)| {
            let record = self.records.iter().find(|record| record.message_id.as_deref() == Some(id))?;
            Some(async move {
                let tries = attribute(record, "ApproximateReceiveCount").unwrap_or(1);
                tracing::error!(stage = "job", outcome = "failed", jobId = %id, tries, cause = %error, requestId = %request_id);
                let kept = if tries >= u64::from(MOST_TRIES) {
                    !bury(client, dead_letter_url, record, error, tries, request_id).await
                } else {
                    back_off(client, queue_url, record, tries).await;
                    true
                };
                kept.then(|| id.clone())
            })
        });
        let kept: HashSet<String> = join_all(settle).await.into_iter().flatten().collect();
        let mut response = SqsBatchResponse::default();
        response.batch_item_failures = kept
            .into_iter()
            .map(|id| {
                let mut failure = BatchItemFailure::default();
                failure.item_identifier = id;
                failure
            })
            .collect();
        response
    }
}

/// Does every job of a batch by itself, all at once.
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

/// Makes the job visible again after 1, 2, 4 … seconds. When that fails, the queue's own timeout does it later.
async fn back_off(client: &Client, queue_url: &str, record: &SqsMessage, tries: u64) {
    let wait = Duration::from_secs(1 << (tries - 1).min(6));
    let changed = client
        .change_message_visibility()
        .queue_url(queue_url)
        .receipt_handle(record.receipt_handle.as_deref().unwrap_or_default())
        .visibility_timeout(i32::try_from(wait.as_secs()).unwrap_or(i32::MAX))
        .send()
        .await;
    if let Err(error) = changed {
        tracing::warn!(stage = "job", outcome = "not backed off", cause = %DisplayErrorContext(&error));
    }
}

/// Lays a job into the dead-letter queue as it was, with its cause; answers whether that worked. When it did not,
/// the job is kept, and SQS' own redrive takes it there without its cause.
async fn bury(client: &Client, url: &str, record: &SqsMessage, error: &JobError, tries: u64, request_id: &str) -> bool {
    let body = record.body.as_deref().filter(|body| !body.is_empty()).unwrap_or(" ");
    let first_tried = attribute(record, "ApproximateFirstReceiveTimestamp").unwrap_or_default();
    let notes = [
        ("cause", legible(&error.to_string())),
        ("function", std::env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default()),
        ("requestId", request_id.to_owned()),
        ("tries", tries.to_string()),
        ("firstTriedAt", first_tried.to_string()),
        ("lastTriedAt", Timestamp::now().as_millis().to_string()),
    ];
    let notes = notes.into_iter().filter_map(|(name, text)| Some((name.to_owned(), note(&text)?))).collect();
    let sent = client
        .send_message()
        .queue_url(url)
        .message_body(body)
        .set_message_group_id(record.attributes.get("MessageGroupId").cloned())
        .set_message_attributes(Some(notes))
        .send()
        .await;
    if let Err(error) = &sent {
        tracing::error!(stage = "job", outcome = "not buried", cause = %DisplayErrorContext(error));
    }
    sent.is_ok()
}

fn attribute(record: &SqsMessage, name: &str) -> Option<u64> {
    record.attributes.get(name)?.parse().ok()
}

/// A message attribute. SQS refuses empty ones.
fn note(text: &str) -> Option<MessageAttributeValue> {
    let text = if text.is_empty() { "unknown" } else { text };
    MessageAttributeValue::builder().data_type("String").string_value(text).build().ok()
}

/// The cause without control characters, which SQS refuses, and not longer than an attribute should be.
fn legible(cause: &str) -> String {
    let mut cause: String = cause.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    cause.truncate(cause.floor_char_boundary(MAX_CAUSE_BYTES));
    cause
}
