//! Consuming a batch of a table's stream: each record alone, so that a poison record fails alone (invariant 7).
//!
//! A record that cannot succeed goes to the dead-letter queue at once, with its body and its cause. It would block its
//! shard for as long as it is retried, and Lambda would store only its position in the stream, which expires in a day.
//! A record that failed because of an outage is reported to Lambda, which reads the stream again from that record until
//! the record is six hours old. Then this function gets the records after it again, which changes nothing. A record
//! that makes this function panic is poison too: [`isolating_panics`].

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, resume_unwind};

use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use futures::FutureExt;
use lambda_runtime::{Error, LambdaEvent};

use crate::call_error::{Dependency, FailureKind};
use crate::domain::Timestamp;
use crate::queue::{DeadLetterSender, FailedJob, JobError};

/// A batch with its parsed records.
#[derive(Debug)]
pub struct Records<T> {
    /// The parsed records, in the order of the stream.
    pub read: Vec<Record<T>>,
    records: Vec<EventRecord>,
    failures: BTreeMap<usize, JobError>,
}

/// One readable record.
#[derive(Debug)]
pub struct Record<T> {
    /// The change that the record reports.
    pub change: T,
    /// Its index in the batch, for [`Records::fail`].
    pub index: usize,
}

impl<T> Records<T> {
    /// Parses a batch with `read`, which returns `None` for a record that this consumer ignores.
    pub fn read<E: Into<JobError>>(event: Event, read: impl Fn(&EventRecord) -> Result<Option<T>, E>) -> Self {
        let mut records = Self { read: Vec::new(), failures: BTreeMap::new(), records: event.records };
        for (index, record) in records.records.iter().enumerate() {
            match read(record) {
                Ok(Some(change)) => records.read.push(Record { change, index }),
                Ok(None) => {}
                Err(error) => drop(records.failures.insert(index, error.into())),
            }
        }
        records
    }

    /// The record with this index failed. Its first failure counts.
    pub fn fail(&mut self, index: usize, error: JobError) {
        self.failures.entry(index).or_insert(error);
    }

    /// Ends the batch: sends poison records to the dead-letter queue, and reports those that failed because of an
    /// outage to Lambda.
    pub async fn finish(self, stage: &str, dead_letters: &DeadLetterSender, request_id: &str) -> DynamoDbEventResponse {
        let mut response = DynamoDbEventResponse::default();
        for (index, cause) in &self.failures {
            let Some(record) = self.records.get(*index) else { continue };
            log(stage, record, cause, request_id);
            let is_kept = cause.is_outage() || {
                let sent = send_failed_record(record, cause, dead_letters, request_id).await;
                sent.inspect_err(|error| log(stage, record, error, request_id)).is_err()
            };
            if is_kept {
                response.batch_item_failures.push(item_failure(record.change.sequence_number.clone()));
            }
        }
        response
    }
}

/// Runs `work` with a batch. A record that makes it panic is a dead letter: if the batch has other records, the panic
/// fails the invocation, and Lambda splits the batch until the record is alone. Otherwise the record would block its
/// shard for as long as an outage may last.
///
/// # Errors
/// Those of `work`.
pub async fn isolating_panics<W>(
    event: LambdaEvent<Event>,
    stage: &str,
    dead_letters: &DeadLetterSender,
    work: W,
) -> Result<DynamoDbEventResponse, Error>
where
    W: AsyncFnOnce(LambdaEvent<Event>) -> Result<DynamoDbEventResponse, Error>,
{
    let request_id = event.context.request_id.clone();
    let only_record = match event.payload.records.as_slice() {
        [record] => Some(record.clone()),
        _ => None,
    };
    match (AssertUnwindSafe(Box::pin(work(event))).catch_unwind().await, only_record) {
        (Ok(result), _) => result,
        (Err(panic), None) => resume_unwind(panic),
        (Err(_), Some(record)) => {
            let cause = JobError::new(format!(
                "{stage} panicked in request {request_id}: the line before this one in its log has the message"
            ));
            let poison =
                Records::<()> { read: Vec::new(), records: vec![record], failures: BTreeMap::from([(0, cause)]) };
            Ok(poison.finish(stage, dead_letters, &request_id).await)
        }
    }
}

/// Logs a failed record. One that failed because of an outage is no fault of the record: it counts as waiting.
fn log(stage: &str, record: &EventRecord, cause: &JobError, request_id: &str) {
    let waiting_for = cause.is_outage().then(|| cause.dependency().unwrap_or(Dependency::Other).as_str());
    let outcome = waiting_for.map_or("moved to the dead-letter queue", |_| "waits for the end of an outage");
    tracing::error!(
        stage,
        outcome,
        record = record.change.sequence_number.as_deref(),
        cause = %cause,
        causeKind = cause.kind().map(FailureKind::as_str),
        WaitingFor = waiting_for,
        requestId = request_id,
        JobsWaiting = waiting_for.map(|_| 1_u64),
        FailedJobs = if waiting_for.is_some() { None } else { Some(1_u64) },
    );
}

/// The crate has `set_failures` for SQS, and none for DynamoDB.
fn item_failure(sequence_number: Option<String>) -> DynamoDbBatchItemFailure {
    let mut failure = DynamoDbBatchItemFailure::default();
    failure.item_identifier = sequence_number;
    failure
}

async fn send_failed_record(
    record: &EventRecord,
    cause: &JobError,
    dead_letters: &DeadLetterSender,
    request_id: &str,
) -> Result<(), JobError> {
    let body = serde_json::to_string(record).map_err(JobError::new)?;
    let first_tried_at = Timestamp::now().as_millis();
    let job = FailedJob { body: &body, group: None, cause, request_id, tries: 1, first_tried_at, kept: Vec::new() };
    Ok(dead_letters.send(job).await?)
}
