//! Records of a DynamoDB stream that Lambda gave up on. Lambda's report names their position in the stream, not their
//! contents.

use aws_lambda_events::dynamodb::EventRecord;
use aws_sdk_dynamodbstreams::Client;
use aws_sdk_dynamodbstreams::error::ProvideErrorMetadata;
use aws_sdk_dynamodbstreams::types::{Record, ShardIteratorType};
use serde::Deserialize;

use super::error::ReplayError;
use super::failure_details::FailureDetails;

/// Pages of a stream that are read for one batch, at most. A batch has at most 100 records here, a page up to 1,000.
const MAX_PAGES: usize = 50;

/// Lambda's report in the on-failure queue of a stream: the batch that failed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StreamBatch {
    request_context: RequestContext,
    #[serde(rename = "DDBStreamBatchInfo")]
    position: Position,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext {
    request_id: String,
    function_arn: String,
    condition: String,
    approximate_invoke_count: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Position {
    shard_id: String,
    start_sequence_number: String,
    end_sequence_number: String,
    batch_size: u64,
    stream_arn: String,
}

/// The records of a batch, read from the stream again.
#[derive(Debug)]
pub enum StreamRecords {
    /// The records as the stream first had them.
    Found(Vec<EventRecord>),
    /// The records are older than 24 hours: DynamoDB has removed them from the stream.
    Expired,
}

impl StreamBatch {
    /// Reads the body of a dead letter. `None` if it is no such report.
    pub fn of(body: &str) -> Option<Self> {
        serde_json::from_str(body).ok()
    }

    /// The failure as Lambda reports it. The function's log has the cause, under the same request id.
    pub fn failure_details(&self) -> FailureDetails {
        let context = &self.request_context;
        FailureDetails {
            cause: format!("{} of {} records in {}", context.condition, self.position.batch_size, self.table()),
            function: context.function_arn.split(':').nth(6).map(str::to_owned),
            request_id: Some(context.request_id.clone()),
            tries: Some(context.approximate_invoke_count),
            first_tried_at: None,
            last_tried_at: None,
        }
    }

    /// The name in `arn:aws:dynamodb:region:account:table/NAME/stream/…`.
    fn table(&self) -> &str {
        self.position.stream_arn.split('/').nth(1).unwrap_or("a table")
    }

    /// Reads the records from the stream again. It leaves out deletions, as the filters of the event sources do.
    pub async fn read_records(&self, streams: &Client) -> Result<StreamRecords, ReplayError> {
        let Some(mut iterator) = self.shard_iterator(streams).await? else { return Ok(StreamRecords::Expired) };
        let mut found = Vec::new();
        // A page may be empty although more records follow.
        for _ in 0..MAX_PAGES {
            let page = match streams.get_records().shard_iterator(iterator).send().await {
                Ok(page) => page,
                Err(error) if is_expired(error.code()) => return Ok(StreamRecords::Expired),
                Err(error) => return Err(ReplayError::call("dynamodb:GetRecords")(error)),
            };
            let records = page.records.unwrap_or_default();
            let is_last = |record| sequence_number(record) == Some(&self.position.end_sequence_number);
            let is_end = records.iter().any(|record| is_last(record) || !self.contains(record));
            found.extend(records.into_iter().filter(|record| self.contains(record)));
            match page.next_shard_iterator {
                Some(next) if !is_end => iterator = next,
                _ => break,
            }
        }
        if found.is_empty() {
            return Ok(StreamRecords::Expired);
        }
        Ok(StreamRecords::Found(found.into_iter().filter_map(|record| self.event_record(record)).collect()))
    }

    /// An iterator at the first record of the batch. `None` if the record has expired.
    async fn shard_iterator(&self, streams: &Client) -> Result<Option<String>, ReplayError> {
        let answer = streams
            .get_shard_iterator()
            .stream_arn(&self.position.stream_arn)
            .shard_id(&self.position.shard_id)
            .shard_iterator_type(ShardIteratorType::AtSequenceNumber)
            .sequence_number(&self.position.start_sequence_number)
            .send()
            .await;
        match answer {
            Ok(answer) => Ok(answer.shard_iterator),
            Err(error) if is_expired(error.code()) => Ok(None),
            Err(error) => Err(ReplayError::call("dynamodb:GetShardIterator")(error)),
        }
    }

    /// Whether a record belongs to the batch. Sequence numbers are decimal numbers of up to 40 digits: they compare by
    /// length, then as text.
    fn contains(&self, record: &Record) -> bool {
        let rank = |number: &str| (number.trim_start_matches('0').len(), number.trim_start_matches('0').to_owned());
        sequence_number(record).is_some_and(|number| {
            rank(number) >= rank(&self.position.start_sequence_number)
                && rank(number) <= rank(&self.position.end_sequence_number)
        })
    }

    /// The record as an event source hands it to a function. `None` for a deletion.
    fn event_record(&self, record: Record) -> Option<EventRecord> {
        let kind = record.event_name.as_ref()?.as_str().to_owned();
        let change = record.dynamodb?;
        if kind == "REMOVE" {
            return None;
        }
        let mut event: EventRecord = serde_json::from_value(serde_json::json!({
            "eventID": record.event_id,
            "eventName": kind,
            "eventVersion": record.event_version,
            "eventSource": record.event_source,
            "awsRegion": record.aws_region.unwrap_or_default(),
            "eventSourceARN": self.position.stream_arn,
            "dynamodb": {
                "SequenceNumber": change.sequence_number,
                "SizeBytes": change.size_bytes.unwrap_or_default(),
                "StreamViewType": change.stream_view_type.as_ref().map(|view| view.as_str()),
            },
        }))
        .ok()?;
        event.change.keys = change.keys.unwrap_or_default().into();
        event.change.new_image = change.new_image.unwrap_or_default().into();
        event.change.old_image = change.old_image.unwrap_or_default().into();
        Some(event)
    }
}

/// Whether an error code means that the stream no longer has the records.
fn is_expired(code: Option<&str>) -> bool {
    // DynamoDB answers ResourceNotFoundException when the stream or the shard is gone.
    matches!(code, Some("TrimmedDataAccessException" | "ResourceNotFoundException"))
}

fn sequence_number(record: &Record) -> Option<&String> {
    record.dynamodb.as_ref()?.sequence_number.as_ref()
}
