//! Where jobs go that cannot be done: as they were, with the cause, for an operator to read and to replay.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::MessageAttributeValue;

use super::{JobError, QueueError};
use crate::domain::Timestamp;

/// The longest cause that goes along, in bytes.
const MAX_CAUSE_BYTES: usize = 1_024;

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
            ("cause", legible(&letter.cause.to_string())),
            ("function", std::env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default()),
            ("requestId", letter.request_id.to_owned()),
            ("tries", letter.tries.to_string()),
            ("firstTriedAt", letter.first_tried_at.to_string()),
            ("lastTriedAt", Timestamp::now().as_millis().to_string()),
        ];
        let notes = notes.into_iter().filter_map(|(name, text)| Some((name.to_owned(), note(&text)?))).collect();
        self.client
            .send_message()
            .queue_url(&self.url)
            // SQS refuses an empty body, as a job may have been.
            .message_body(if letter.body.is_empty() { " " } else { letter.body })
            .set_message_group_id(letter.group.map(str::to_owned))
            .set_message_attributes(Some(notes))
            .send()
            .await
            .map_err(|error| QueueError::Call { cause: DisplayErrorContext(&error).to_string() })?;
        Ok(())
    }
}

/// A message attribute. SQS refuses empty ones.
fn note(text: &str) -> Option<MessageAttributeValue> {
    let text = if text.is_empty() { "unknown" } else { text };
    MessageAttributeValue::builder().data_type("String").string_value(text).build().ok()
}

/// The cause without control characters, which SQS refuses, and not longer than an attribute should be.
fn legible(cause: &str) -> String {
    let refused = |letter: char| letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}');
    let mut cause: String = cause.chars().map(|letter| if refused(letter) { ' ' } else { letter }).collect();
    cause.truncate(cause.floor_char_boundary(MAX_CAUSE_BYTES));
    cause
}
