//! Where jobs go that cannot be done: as they were, with the cause, for an operator to read and to replay.

use std::collections::HashMap;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::MessageAttributeValue;

use super::{JobError, QueueError};
use crate::call_error::CallError;
use crate::domain::Timestamp;

/// The longest cause that goes along, in bytes.
const MAX_CAUSE_BYTES: usize = 1_024;

/// What is noted on a dead letter, or on a job that was one: a message attribute each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeadLetterAttribute {
    /// Why it could not be done.
    Cause,
    /// The function that gave up.
    Function,
    /// The invocation that gave up.
    RequestId,
    /// How often it was tried.
    Tries,
    /// When it was tried first, in epoch milliseconds.
    FirstTriedAt,
    /// When it was tried last, in epoch milliseconds.
    LastTriedAt,
    /// The replay that brought it back last. It stays with the job: a replay knows by it what has failed again.
    ReplayId,
    /// How often it has been replayed.
    Replays,
    /// The id of the letter that it was when it died first. A replay that is killed may leave a job twice: by this the
    /// two are known as one.
    FirstLetterId,
}

impl DeadLetterAttribute {
    /// Those that a job keeps when it dies again.
    pub const KEPT: [Self; 3] = [Self::ReplayId, Self::Replays, Self::FirstLetterId];

    /// The name of the attribute.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cause => "cause",
            Self::Function => "function",
            Self::RequestId => "requestId",
            Self::Tries => "tries",
            Self::FirstTriedAt => "firstTriedAt",
            Self::LastTriedAt => "lastTriedAt",
            Self::ReplayId => "replayId",
            Self::Replays => "replays",
            Self::FirstLetterId => "firstLetterId",
        }
    }

    /// The note as an attribute, with its name. SQS refuses empty ones.
    pub fn attribute(self, text: &str) -> Option<(String, MessageAttributeValue)> {
        let text = if text.is_empty() { "unknown" } else { text };
        let value = MessageAttributeValue::builder().data_type("String").string_value(text).build().ok()?;
        Some((self.name().to_owned(), value))
    }

    /// What this note says, among a message's attributes.
    pub fn read(self, attributes: &HashMap<String, MessageAttributeValue>) -> Option<&str> {
        attributes.get(self.name())?.string_value()
    }
}

/// A dead-letter queue.
#[derive(Debug, Clone)]
pub struct DeadLetters {
    client: Client,
    url: String,
}

/// A job that cannot be done.
#[derive(Debug)]
pub struct DeadLetter<'a> {
    /// The job as it was, to the letter.
    pub body: &'a str,
    /// The group it was in: its chat.
    pub group: Option<&'a str>,
    /// Why it cannot be done.
    pub cause: &'a JobError,
    /// The invocation that gave up.
    pub request_id: &'a str,
    /// How often it was tried.
    pub tries: u64,
    /// When it was tried first, in epoch milliseconds.
    pub first_tried_at: u64,
    /// What else is known of it: [`DeadLetterAttribute::KEPT`] of an earlier death.
    pub kept: Vec<(DeadLetterAttribute, String)>,
}

impl DeadLetters {
    /// The dead-letter queue at this URL.
    pub fn new(client: Client, url: String) -> Self {
        Self { client, url }
    }

    /// Lays a job into the queue. Its attributes say what an operator asks first.
    ///
    /// # Errors
    /// When SQS does not take it.
    pub async fn bury(&self, letter: DeadLetter<'_>) -> Result<(), QueueError> {
        let notes = [
            (DeadLetterAttribute::Cause, legible(&letter.cause.to_string())),
            (DeadLetterAttribute::Function, std::env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default()),
            (DeadLetterAttribute::RequestId, letter.request_id.to_owned()),
            (DeadLetterAttribute::Tries, letter.tries.to_string()),
            (DeadLetterAttribute::FirstTriedAt, letter.first_tried_at.to_string()),
            (DeadLetterAttribute::LastTriedAt, Timestamp::now().as_millis().to_string()),
        ];
        let notes = notes.into_iter().chain(letter.kept).filter_map(|(note, text)| note.attribute(&text)).collect();
        self.client
            .send_message()
            .queue_url(&self.url)
            // SQS refuses an empty body, as a job may have been.
            .message_body(if letter.body.is_empty() { " " } else { letter.body })
            .set_message_group_id(letter.group.map(str::to_owned))
            .set_message_attributes(Some(notes))
            .send()
            .await
            .map_err(CallError::of("SendMessage"))?;
        Ok(())
    }
}

/// The cause without control characters, which SQS refuses, and not longer than an attribute should be.
fn legible(cause: &str) -> String {
    let refused = |letter: char| letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}');
    let mut cause: String = cause.chars().map(|letter| if refused(letter) { ' ' } else { letter }).collect();
    cause.truncate(cause.floor_char_boundary(MAX_CAUSE_BYTES));
    cause
}
