//! Consuming a batch: each job alone, so that a poison one fails alone (invariant 7).
//!
//! A job that fails becomes visible again after a back-off of seconds, not after the queue's whole visibility
//! timeout. The fifth failure moves it to the dead-letter queue together with its cause, which SQS' own redrive
//! would lose. That redrive stays underneath: it takes what killed the function before it could say why.

use std::collections::HashSet;

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use aws_sdk_sqs::Client;
use futures::future::join_all;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::JobError;
use super::dead_letters::{DeadLetterAttribute, DeadLetterSender, FailedJob};
use super::subject::Subject;
use crate::call_error::{CallError, FailureKind};

/// After as many tries a job is dead (invariant 7; `maxReceiveCount` in the template says the same).
const MOST_TRIES: u64 = 5;

/// One job of a batch.
#[derive(Debug)]
pub struct Job<J> {
    /// What is to be done.
    pub work: J,
    /// Its SQS message id, which lives no longer than this try: never key anything on it.
    pub id: String,
    /// How often it has been tried, this try included.
    pub tries: u64,
}

impl<J> Job<J> {
    /// Whether the job is dead if it fails now.
    pub fn is_last_try(&self) -> bool {
        self.tries >= MOST_TRIES
    }
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
                Ok(work) => batch.jobs.push(Job { work, id, tries: tries_of(record) }),
                Err(error) => batch.failures.push((id, unreadable(&error))),
            }
        }
        batch
    }
}

/// What is wrong with a job's text, and where; the error's own words might quote what somebody wrote.
fn unreadable(error: &serde_json::Error) -> JobError {
    let what = match error.classify() {
        Category::Syntax => "it is no JSON",
        Category::Eof => "it is cut off",
        Category::Data => "it is JSON, but no such job",
        Category::Io => "it could not be read",
    };
    JobError::new(format!("the job does not read: {what}, at line {} column {}", error.line(), error.column()))
}

impl<J> Batch<J> {
    /// Notes that the job of this id failed.
    pub fn fail(&mut self, id: String, error: JobError) {
        self.failures.push((id, error));
    }

    /// Ends the batch: what failed is backed off or, after its last try, laid into the dead-letter queue with its
    /// cause; what is answered tells SQS which to keep.
    pub async fn finish(self, source: &Source, request_id: &str) -> SqsBatchResponse {
        let settle = self.failures.iter().filter_map(|(id, error)| {
            let record = self.records.iter().find(|record| record.message_id.as_deref() == Some(id))?;
            Some(async move { source.keep(record, error, request_id).await.then(|| id.clone()) })
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

/// Where jobs come from, and where they go when they die.
#[derive(Debug, Clone)]
pub struct Source {
    client: Client,
    url: String,
    dead_letters: DeadLetterSender,
}

impl Source {
    /// The queue at this URL, and its dead-letter queue.
    pub fn new(client: Client, url: String, dead_letters: DeadLetterSender) -> Self {
        Self { client, url, dead_letters }
    }

    /// Deals with a job that failed; answers whether SQS is to keep it.
    async fn keep(&self, record: &SqsMessage, error: &JobError, request_id: &str) -> bool {
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
        if tries < MOST_TRIES {
            self.back_off(record, tries).await;
            return true;
        }
        let buried = self
            .dead_letters
            .send(FailedJob {
                body: record.body.as_deref().unwrap_or_default(),
                group: record.attributes.get("MessageGroupId").map(String::as_str),
                cause: error,
                request_id,
                tries,
                first_tried_at: attribute(record, "ApproximateFirstReceiveTimestamp").unwrap_or_default(),
                kept: DeadLetterAttribute::KEPT
                    .into_iter()
                    .filter_map(|note| Some((note, note_on(record, note)?)))
                    .collect(),
            })
            .await;
        if let Err(error) = &buried {
            // It is kept, and SQS' own redrive takes it there without its cause.
            tracing::error!(stage = "job", outcome = "not buried", jobId = id, cause = %error);
        }
        buried.is_err()
    }

    /// Makes the job visible again after 1, 2, 4 … seconds. When that fails, the queue's own timeout does it later.
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

fn tries_of(record: &SqsMessage) -> u64 {
    attribute(record, "ApproximateReceiveCount").unwrap_or(1)
}

fn attribute(record: &SqsMessage, name: &str) -> Option<u64> {
    record.attributes.get(name)?.parse().ok()
}

fn note_on(record: &SqsMessage, note: DeadLetterAttribute) -> Option<String> {
    record.message_attributes.get(note.name())?.string_value.clone()
}
