//! Consuming a batch of a table's stream: each record alone, so that a poison record fails alone (invariant 7).
//!
//! The batch reports each record that failed. Lambda then reads the stream again from that record, and this function
//! gets the records after it again, which changes nothing. Lambda isolates the record by bisecting the batch, and after
//! five tries sends the record's position in the stream to the dead-letter queue. A record that cannot be parsed goes
//! to the dead-letter queue at once, with its body and its cause: it would fail five times, and Lambda would store only
//! its position.

use std::collections::BTreeSet;

use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};

use crate::call_error::FailureKind;
use crate::domain::Timestamp;
use crate::queue::{DeadLetterSender, FailedJob, JobError};

/// A batch with its parsed records.
#[derive(Debug)]
pub struct Records<T> {
    /// The parsed records, in the order of the stream.
    pub read: Vec<Record<T>>,
    unreadable: Vec<(usize, EventRecord, JobError)>,
    failed: BTreeSet<usize>,
    sequence_numbers: Vec<Option<String>>,
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
        let mut records = Self {
            read: Vec::new(),
            unreadable: Vec::new(),
            failed: BTreeSet::new(),
            sequence_numbers: event.records.iter().map(|record| record.change.sequence_number.clone()).collect(),
        };
        for (index, record) in event.records.into_iter().enumerate() {
            match read(&record) {
                Ok(Some(change)) => records.read.push(Record { change, index }),
                Ok(None) => {}
                Err(error) => records.unreadable.push((index, record, error.into())),
            }
        }
        records
    }

    /// Logs that the record with this index failed, and reports it when the batch ends.
    pub fn fail(&mut self, stage: &str, index: usize, error: &JobError) {
        let record = self.sequence_numbers.get(index).cloned().flatten();
        let kind = error.kind().map(FailureKind::as_str);
        tracing::error!(stage, outcome = "failed", record, cause = %error, causeKind = kind, FailedJobs = 1_u64);
        self.failed.insert(index);
    }

    /// Ends the batch: sends unreadable records to the dead-letter queue, and reports the failed records to Lambda.
    pub async fn finish(
        mut self,
        stage: &str,
        dead_letters: &DeadLetterSender,
        request_id: &str,
    ) -> DynamoDbEventResponse {
        for (index, record, cause) in std::mem::take(&mut self.unreadable) {
            let kind = cause.kind().map(FailureKind::as_str);
            tracing::error!(
                stage,
                outcome = "moved to the dead-letter queue",
                cause = %cause,
                causeKind = kind,
                requestId = request_id,
                FailedJobs = 1_u64,
            );
            if let Err(error) = send_failed_record(&record, &cause, dead_letters, request_id).await {
                self.fail(stage, index, &error);
            }
        }
        let numbers = self.failed.iter().map(|index| self.sequence_numbers.get(*index).cloned().flatten());
        let mut response = DynamoDbEventResponse::default();
        response.batch_item_failures = numbers.map(item_failure).collect();
        response
    }
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
