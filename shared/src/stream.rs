//! Consuming a batch of a table's stream: each record alone, so that a poison one fails alone (invariant 7).
//!
//! A record that fails is reported: the stream goes back to it (what follows it comes again, and changes nothing),
//! isolates it by bisecting, and tells the dead-letter queue where it was after five tries. A record that does not
//! even read is laid there at once, whole and with its cause: it would fail alike five times, and the stream would
//! tell no more than its place.

use std::collections::BTreeSet;

use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};

use crate::call_error::FailureKind;
use crate::domain::Timestamp;
use crate::queue::{DeadLetterSender, FailedJob, JobError};

/// A batch whose records have been read one by one.
#[derive(Debug)]
pub struct Records<T> {
    /// What could be read, in the order of the stream.
    pub read: Vec<Record<T>>,
    unreadable: Vec<(EventRecord, JobError)>,
    failed: BTreeSet<usize>,
    sequence_numbers: Vec<Option<String>>,
}

/// What one record tells.
#[derive(Debug)]
pub struct Record<T> {
    /// What it tells.
    pub fact: T,
    /// Its place in the batch, to report it by.
    pub place: usize,
}

impl<T> Records<T> {
    /// Reads a batch; `read` says what a record tells, or `None` if it is nothing that interests.
    pub fn read<E: Into<JobError>>(event: Event, read: impl Fn(&EventRecord) -> Result<Option<T>, E>) -> Self {
        let mut records = Self {
            read: Vec::new(),
            unreadable: Vec::new(),
            failed: BTreeSet::new(),
            sequence_numbers: event.records.iter().map(|record| record.change.sequence_number.clone()).collect(),
        };
        for (place, record) in event.records.into_iter().enumerate() {
            match read(&record) {
                Ok(Some(fact)) => records.read.push(Record { fact, place }),
                Ok(None) => {}
                Err(error) => records.unreadable.push((record, error.into())),
            }
        }
        records
    }

    /// Notes that the record at this place failed.
    pub fn fail(&mut self, stage: &str, place: usize, error: &JobError) {
        let record = self.sequence_numbers.get(place).cloned().flatten();
        let kind = error.kind().map(FailureKind::as_str);
        tracing::error!(stage, outcome = "failed", record, cause = %error, causeKind = kind, FailedJobs = 1_u64);
        self.failed.insert(place);
    }

    /// Ends the batch: buries what could not be read, and tells the stream what failed.
    pub async fn finish(
        mut self,
        stage: &str,
        dead_letters: &DeadLetterSender,
        request_id: &str,
    ) -> DynamoDbEventResponse {
        for (record, cause) in std::mem::take(&mut self.unreadable) {
            tracing::error!(stage, outcome = "buried", cause = %cause, requestId = request_id, FailedJobs = 1_u64);
            if let Err(error) = send_failed_record(&record, &cause, dead_letters, request_id).await {
                let number = record.change.sequence_number.as_ref();
                let place = self.sequence_numbers.iter().position(|other| other.as_ref() == number);
                self.fail(stage, place.unwrap_or_default(), &error);
            }
        }
        let mut response = DynamoDbEventResponse::default();
        response.batch_item_failures = self
            .failed
            .iter()
            .map(|place| {
                let mut failure = DynamoDbBatchItemFailure::default();
                failure.item_identifier = self.sequence_numbers.get(*place).cloned().flatten();
                failure
            })
            .collect();
        response
    }
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
