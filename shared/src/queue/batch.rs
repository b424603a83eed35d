//! Consumes a batch of jobs. A poison job fails alone, and the other jobs of its batch continue (invariant 7).
//!
//! A failed job becomes visible again after a back-off of seconds, not after the queue's visibility timeout. The fifth
//! failure moves it to the dead-letter queue together with its cause, which the redrive policy of SQS would lose. That
//! policy is still needed, for jobs that end the process before it can report a cause. A job that failed because of an
//! outage waits for its end instead (`retry`). After such a failure the next batch runs one job, and holds back the
//! others until that one succeeds, so that a service that is down gets few calls.

use std::collections::HashSet;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use futures::future::join_all;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::JobError;
use super::consumed::{ConsumedQueue, JobFailure, tries_of};
use super::retry::MAX_TRIES;
use crate::call_error::Dependency;
use crate::domain::Timestamp;

/// One job of a batch.
#[derive(Debug)]
pub struct Job<J> {
    /// The job itself.
    pub work: J,
    /// The SQS message id. It changes when the job is replayed, so nothing may be stored under it.
    pub id: String,
    /// Tries so far, including this one.
    pub tries: u64,
    /// Whether a failure now moves the job to the dead-letter queue.
    pub is_last_try: bool,
}

impl<J> Job<J> {
    /// A job that runs for the first time.
    pub fn first_try(id: impl Into<String>, work: J) -> Self {
        Self { work, id: id.into(), tries: 1, is_last_try: false }
    }

    fn of(record: &SqsMessage, work: J) -> Self {
        let tries = tries_of(record);
        let is_last_try = tries.receipts >= MAX_TRIES || tries.has_waited_enough(Timestamp::now());
        Self { work, id: record.message_id.clone().unwrap_or_default(), tries: tries.total(), is_last_try }
    }
}

/// A batch, with each record decoded by itself.
pub struct Batch<J> {
    /// The readable jobs.
    pub jobs: Vec<Job<J>>,
    records: Vec<SqsMessage>,
    failures: Vec<(String, JobFailure)>,
    /// The ids of the jobs that do not run, because the last batch met an outage.
    held: Vec<String>,
}

impl<J: DeserializeOwned> Batch<J> {
    /// Decodes a batch of this queue. An unreadable record counts as a failed job. If the last batch met an outage,
    /// this batch has one job only.
    pub fn decode(event: SqsEvent, source: &ConsumedQueue) -> Self {
        let mut batch = Self { jobs: Vec::new(), failures: Vec::new(), held: Vec::new(), records: event.records };
        for record in &batch.records {
            match serde_json::from_str(record.body.as_deref().unwrap_or_default()) {
                Ok(work) => batch.jobs.push(Job::of(record, work)),
                Err(error) => {
                    let failure = unreadable(&error).into();
                    batch.failures.push((record.message_id.clone().unwrap_or_default(), failure));
                }
            }
        }
        if source.is_in_outage() {
            let held = batch.jobs.drain(batch.jobs.len().min(1)..);
            batch.held = held.map(|job| job.id).collect();
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
        self.failures.push((id, error.into()));
    }

    /// Ends the batch. Failed jobs are retried later or, after their last try, moved to the dead-letter queue with
    /// their causes. The response names the jobs that SQS must keep.
    pub async fn finish(mut self, source: &ConsumedQueue, request_id: &str) -> SqsBatchResponse {
        let outage =
            self.failures.iter().map(|(_, failure)| &failure.error).find(|error| is_of_all_jobs(error)).cloned();
        source.set_in_outage(outage.is_some());
        let mut released = Vec::new();
        match outage {
            Some(error) => self.failures.extend(self.held.into_iter().map(|id| (id, error.clone().into()))),
            None => released = self.held,
        }
        let record_of = |id: &String| self.records.iter().find(|record| record.message_id.as_ref() == Some(id));
        let handled = self.failures.iter().filter_map(|(id, failure)| {
            let record = record_of(id)?;
            Some(async move { source.handle_failure(record, failure, request_id).await.then(|| id.clone()) })
        });
        let released = released.iter().filter_map(|id| {
            let record = record_of(id)?;
            Some(async move { source.release(record).await.then(|| id.clone()) })
        });
        let (handled, released) = futures::join!(join_all(handled), join_all(released));
        let kept: HashSet<String> = handled.into_iter().chain(released).flatten().collect();
        let mut response = SqsBatchResponse::default();
        response.set_failures(kept);
        response
    }
}

/// Whether a failure concerns all jobs of a queue: a table, a queue or the bus does not answer. A socket or a phone may
/// fail alone.
fn is_of_all_jobs(error: &JobError) -> bool {
    let shared = [Dependency::DynamoDb, Dependency::Sqs, Dependency::EventBridge];
    error.is_outage() && error.dependency().is_some_and(|service| shared.contains(&service))
}

/// Runs all jobs of a batch at once. Each succeeds or fails by itself.
pub async fn consume_each<J, F, E>(event: SqsEvent, source: &ConsumedQueue, work: F) -> Batch<J>
where
    J: DeserializeOwned,
    F: AsyncFn(&J) -> Result<(), E>,
    E: Into<JobFailure>,
{
    let mut batch = Batch::decode(event, source);
    let done = join_all(batch.jobs.iter().map(|job| async { (job.id.clone(), work(&job.work).await) })).await;
    for (id, result) in done {
        if let Err(failure) = result {
            batch.failures.push((id, failure.into()));
        }
    }
    batch
}
