//! Consumes a batch of a table's stream. A poison record fails alone (invariant 7).
//!
//! A failed record is reported to the stream. The stream delivers it and the records after it again, which changes
//! nothing, and isolates it by bisecting the batch. After five tries it writes the record's position to the dead-letter
//! queue. An unreadable record moves to that queue at once, with its content and its cause: five tries would fail in
//! the same way, and the stream would store its position alone.

use std::collections::BTreeSet;

use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};

use crate::call_error::FailureKind;
use crate::domain::Timestamp;
use crate::queue::{DeadLetterSender, FailedJob, JobError};

/// A batch, with each record read by itself.
#[derive(Debug)]
pub struct Records<T> {
    /// The readable records, in the order of the stream.
    pub read: Vec<Record<T>>,
    unreadable: Vec<(EventRecord, JobError)>,
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
    /// Reads a batch. `read` returns the change that a record reports, or `None` if its consumer ignores it.
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
                Err(error) => records.unreadable.push((record, error.into())),
            }
        }
        records
    }

    /// Reports the failure of the record with this index.
    pub fn fail(&mut self, stage: &str, index: usize, error: &JobError) {
        let record = self.sequence_numbers.get(index).cloned().flatten();
        let kind = error.kind().map(FailureKind::as_str);
        tracing::error!(stage, outcome = "failed", record, cause = %error, causeKind = kind, FailedJobs = 1_u64);
        self.failed.insert(index);
    }

    /// Ends the batch: moves unreadable records to the dead-letter queue, and returns the failed records to the stream.
    pub async fn finish(
        mut self,
        stage: &str,
        dead_letters: &DeadLetterSender,
        request_id: &str,
    ) -> DynamoDbEventResponse {
        for (record, cause) in std::mem::take(&mut self.unreadable) {
            tracing::error!(
                stage,
                outcome = "moved to the dead-letter queue",
                cause = %cause,
                causeKind = cause.kind().map(FailureKind::as_str),
                requestId = request_id,
                FailedJobs = 1_u64,
            );
            if let Err(error) = send_failed_record(&record, &cause, dead_letters, request_id).await {
                let number = record.change.sequence_number.as_ref();
                let index = self.sequence_numbers.iter().position(|other| other.as_ref() == number);
                self.fail(stage, index.unwrap_or_default(), &error);
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
