//! Where records of a stream are that Lambda gave up: it tells their place, and not what they hold.

use aws_lambda_events::dynamodb::EventRecord;
use aws_sdk_dynamodbstreams::Client;
use aws_sdk_dynamodbstreams::error::ProvideErrorMetadata;
use aws_sdk_dynamodbstreams::types::{Record, ShardIteratorType};
use serde::Deserialize;

use crate::error::ReplayError;
use crate::letter::Death;

/// How many pages of a stream are read for one place: a batch has at most 100 records here, a page up to 1,000.
const MOST_PAGES: usize = 50;

/// What Lambda lays into the on-failure queue of a stream.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StreamPlace {
    request_context: RequestContext,
    #[serde(rename = "DDBStreamBatchInfo")]
    batch: BatchInfo,
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
struct BatchInfo {
    shard_id: String,
    start_sequence_number: String,
    end_sequence_number: String,
    batch_size: u64,
    stream_arn: String,
}

/// What reading records again came to.
#[derive(Debug)]
pub enum ReadAgain {
    /// They are as they were.
    Records(Vec<EventRecord>),
    /// A stream keeps records for 24 hours (DynamoDB's limit), and these are older.
    Forgotten,
}

impl StreamPlace {
    /// The place that a letter tells of, if it is one.
    pub fn of(body: &str) -> Option<Self> {
        serde_json::from_str(body).ok()
    }

    /// What Lambda says of their death. Why the function failed is in its log, under that request.
    pub fn death(&self) -> Death {
        let context = &self.request_context;
        Death {
            cause: format!("{} of {} records in {}", context.condition, self.batch.batch_size, self.table()),
            function: context.function_arn.split(':').nth(6).map(str::to_owned),
            request_id: Some(context.request_id.clone()),
            tries: Some(context.approximate_invoke_count),
            first_tried_at: None,
            last_tried_at: None,
        }
    }

    /// The name in `arn:aws:dynamodb:region:account:table/NAME/stream/…`.
    fn table(&self) -> &str {
        self.batch.stream_arn.split('/').nth(1).unwrap_or("a table")
    }

    /// Reads the records from the stream once more. Deletions are left out, as the sources' filters do.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn read_again(&self, streams: &Client) -> Result<ReadAgain, ReplayError> {
        let begun = streams
            .get_shard_iterator()
            .stream_arn(&self.batch.stream_arn)
            .shard_id(&self.batch.shard_id)
            .shard_iterator_type(ShardIteratorType::AtSequenceNumber)
            .sequence_number(&self.batch.start_sequence_number)
            .send()
            .await;
        let mut iterator = match begun {
            Ok(begun) => begun.shard_iterator,
            Err(error) if is_forgotten(error.code()) => return Ok(ReadAgain::Forgotten),
            Err(error) => return Err(ReplayError::call("dynamodb:GetShardIterator")(error)),
        };
        let mut found = Vec::new();
        // A page may be empty although more follows.
        for _ in 0..MOST_PAGES {
            let Some(next) = iterator else { break };
            let page = match streams.get_records().shard_iterator(next).send().await {
                Ok(page) => page,
                Err(error) if is_forgotten(error.code()) => return Ok(ReadAgain::Forgotten),
                Err(error) => return Err(ReplayError::call("dynamodb:GetRecords")(error)),
            };
            let records = page.records.unwrap_or_default();
            let is_last = |record| number_of(record) == Some(&self.batch.end_sequence_number);
            let ends = records.iter().any(|record| is_last(record) || !self.holds(record));
            found.extend(records.into_iter().filter(|record| self.holds(record)));
            if ends {
                break;
            }
            iterator = page.next_shard_iterator;
        }
        if found.is_empty() {
            return Ok(ReadAgain::Forgotten);
        }
        Ok(ReadAgain::Records(found.into_iter().filter_map(|record| self.event_record(record)).collect()))
    }

    /// Whether a record lies between the first and the last, both included. Sequence numbers are decimal numbers of up
    /// to 40 digits, so they compare by length and then by text.
    fn holds(&self, record: &Record) -> bool {
        let rank = |number: &str| (number.trim_start_matches('0').len(), number.trim_start_matches('0').to_owned());
        number_of(record).is_some_and(|number| {
            rank(number) >= rank(&self.batch.start_sequence_number)
                && rank(number) <= rank(&self.batch.end_sequence_number)
        })
    }

    /// The record as an event source hands it to a function.
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
            "eventSourceARN": self.batch.stream_arn,
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

/// Whether a stream has forgotten what it is asked for.
fn is_forgotten(code: Option<&str>) -> bool {
    // The second is what is said of a stream, or of a shard, that is gone altogether.
    matches!(code, Some("TrimmedDataAccessException" | "ResourceNotFoundException"))
}

fn number_of(record: &Record) -> Option<&String> {
    record.dynamodb.as_ref()?.sequence_number.as_ref()
}
