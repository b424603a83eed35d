//! Sends jobs that failed for good to a dead-letter queue: unchanged, with the cause, for operators to read and replay.

use std::collections::HashMap;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::MessageAttributeValue;

use super::{JobError, QueueError};
use crate::call_error::CallError;
use crate::domain::Timestamp;

/// Bytes of a cause, at most.
const MAX_CAUSE_BYTES: usize = 1_024;

/// The message attributes of a dead letter. Some stay on the job when it is replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeadLetterAttribute {
    /// The error of the last try.
    Cause,
    /// The function that gave up.
    Function,
    /// The invocation that gave up.
    RequestId,
    /// The number of tries.
    Tries,
    /// The time of the first try, in epoch milliseconds.
    FirstTriedAt,
    /// The time of the last try, in epoch milliseconds.
    LastTriedAt,
    /// The number of tries before this copy of a job that waits for the end of an outage. No dead letter has it.
    TriesBefore,
    /// The latest replay of the job. It stays on the job, so that a replay recognises the jobs that failed again.
    ReplayId,
    /// The number of replays of the job.
    Replays,
    /// The id of the job's first dead letter. A replay that is killed may leave a job in two queues: this id shows that
    /// both are one job.
    FirstDeadLetterId,
}

impl DeadLetterAttribute {
    /// The attributes that a job keeps when it fails again.
    pub const KEPT: [Self; 3] = [Self::ReplayId, Self::Replays, Self::FirstDeadLetterId];

    /// The name of the attribute in SQS.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cause => "cause",
            Self::Function => "function",
            Self::RequestId => "requestId",
            Self::Tries => "tries",
            Self::FirstTriedAt => "firstTriedAt",
            Self::LastTriedAt => "lastTriedAt",
            Self::TriesBefore => "triesBefore",
            Self::ReplayId => "replayId",
            Self::Replays => "replays",
            Self::FirstDeadLetterId => "firstDeadLetterId",
        }
    }

    /// The attribute's name and value. An empty text becomes `unknown`: SQS rejects empty values.
    pub fn attribute(self, text: &str) -> Option<(String, MessageAttributeValue)> {
        let text = if text.is_empty() { "unknown" } else { text };
        let value = MessageAttributeValue::builder().data_type("String").string_value(text).build().ok()?;
        Some((self.name().to_owned(), value))
    }

    /// The attribute's value among a message's attributes.
    pub fn read(self, attributes: &HashMap<String, MessageAttributeValue>) -> Option<&str> {
        attributes.get(self.name())?.string_value()
    }
}

/// Sends to one dead-letter queue.
#[derive(Debug, Clone)]
pub struct DeadLetterSender {
    client: Client,
    url: String,
}

/// A job that failed for good.
#[derive(Debug)]
pub struct FailedJob<'a> {
    /// The job, byte for byte.
    pub body: &'a str,
    /// The job's message group id, which is its chat.
    pub group: Option<&'a str>,
    /// The error of the last try.
    pub cause: &'a JobError,
    /// The invocation that gave up.
    pub request_id: &'a str,
    /// The number of tries.
    pub tries: u64,
    /// The time of the first try, in epoch milliseconds.
    pub first_tried_at: u64,
    /// The job's [`DeadLetterAttribute::KEPT`] attributes, if it was a dead letter before.
    pub kept: Vec<(DeadLetterAttribute, String)>,
}

impl DeadLetterSender {
    /// Sends to the dead-letter queue at this URL.
    pub fn new(client: Client, url: String) -> Self {
        Self { client, url }
    }

    /// Sends a job to the queue, with its failure in the attributes.
    pub async fn send(&self, job: FailedJob<'_>) -> Result<(), QueueError> {
        let attributes = [
            (DeadLetterAttribute::Cause, cause_attribute(&job.cause.to_string())),
            (DeadLetterAttribute::Function, std::env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default()),
            (DeadLetterAttribute::RequestId, job.request_id.to_owned()),
            (DeadLetterAttribute::Tries, job.tries.to_string()),
            (DeadLetterAttribute::FirstTriedAt, job.first_tried_at.to_string()),
            (DeadLetterAttribute::LastTriedAt, Timestamp::now().as_millis().to_string()),
        ];
        let attributes = attributes.into_iter().chain(job.kept).filter_map(|(name, text)| name.attribute(&text));
        self.client
            .send_message()
            .queue_url(&self.url)
            // A job may have an empty body, which SQS rejects.
            .message_body(if job.body.is_empty() { " " } else { job.body })
            .set_message_group_id(job.group.map(str::to_owned))
            .set_message_attributes(Some(attributes.collect()))
            .send()
            .await
            .map_err(CallError::of("SendMessage"))?;
        Ok(())
    }
}

/// The cause with spaces in place of the characters that SQS rejects, cut to [`MAX_CAUSE_BYTES`].
fn cause_attribute(cause: &str) -> String {
    let is_rejected = |character: char| character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}');
    let mut cause = cause.replace(is_rejected, " ");
    cause.truncate(cause.floor_char_boundary(MAX_CAUSE_BYTES));
    cause
}
