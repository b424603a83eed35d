//! A dead letter: a job, or a record of a stream, that failed for good.

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::failure_details::{FailureDetails, timestamp};
use super::stream_batch::StreamBatch;
use crate::domain::Timestamp;
use crate::queue::{DeadLetterAttribute, Subject};

/// One message of a dead-letter queue.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeadLetter {
    /// Its SQS message id in the dead-letter queue. A job that fails again after a replay gets a new id.
    pub id: String,
    /// The chat, the message and the users that the job names.
    #[serde(flatten)]
    pub subject: Subject,
    /// The job's last failure.
    #[serde(flatten)]
    pub failure: FailureDetails,
    /// The latest replay of this job; none if it was never replayed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay_id: Option<String>,
    /// The number of replays of this job so far.
    pub replays: u64,
    /// Identifies the job across replays: the id of its first dead letter, or the event id of a record of a stream.
    /// Two dead letters with the same `first_id` are the same job.
    pub first_id: String,
    /// The time at which it entered the dead-letter queue, in epoch milliseconds. If SQS' own redrive moved it, this is
    /// the time at which the job was enqueued.
    pub sent_at: Timestamp,
    /// The job, byte for byte.
    #[serde(skip)]
    pub body: String,
    /// The message group id of the job, which is its chat.
    #[serde(skip)]
    pub group: Option<String>,
    /// The handle that SQS gave out for this receive.
    #[serde(skip)]
    pub(crate) receipt_handle: String,
}

impl DeadLetter {
    /// Reads a message of a dead-letter queue. It accepts every message: dead letters may hold anything.
    pub(crate) fn of(message: Message) -> Self {
        let body = message.body.unwrap_or_default();
        let attributes = message.message_attributes.unwrap_or_default();
        let system = message.attributes.unwrap_or_default();
        let json = serde_json::from_str::<Value>(&body).ok();
        let id = message.message_id.unwrap_or_default();
        // A function that fails a record of a stream again sends it without the attributes of the earlier dead letter.
        let event_id = json.as_ref().and_then(|record| record.get("eventID")?.as_str());
        Self {
            first_id: DeadLetterAttribute::FirstDeadLetterId.read(&attributes).or(event_id).unwrap_or(&id).to_owned(),
            id,
            subject: json.as_ref().map(Subject::of_value).unwrap_or_default(),
            failure: StreamBatch::of(&body)
                .map_or_else(|| FailureDetails::from_attributes(&attributes, &system), |batch| batch.failure_details()),
            replay_id: DeadLetterAttribute::ReplayId.read(&attributes).map(str::to_owned),
            replays: DeadLetterAttribute::Replays
                .read(&attributes)
                .and_then(|count| count.parse().ok())
                .unwrap_or_default(),
            sent_at: timestamp(system.get(&MessageSystemAttributeName::SentTimestamp))
                .unwrap_or(Timestamp::from_millis(0)),
            group: system.get(&MessageSystemAttributeName::MessageGroupId).cloned(),
            receipt_handle: message.receipt_handle.unwrap_or_default(),
            body,
        }
    }

    /// The attributes with which `paloma dlq restore` sends it to its dead-letter queue again.
    pub(crate) fn attributes(&self) -> Vec<(DeadLetterAttribute, String)> {
        let failure = &self.failure;
        let millis = |time: Option<Timestamp>| time.map(|time| time.as_millis().to_string());
        let attributes = [
            (DeadLetterAttribute::Cause, Some(failure.cause.clone())),
            (DeadLetterAttribute::Function, failure.function.clone()),
            (DeadLetterAttribute::RequestId, failure.request_id.clone()),
            (DeadLetterAttribute::Tries, failure.tries.map(|tries| tries.to_string())),
            (DeadLetterAttribute::FirstTriedAt, millis(failure.first_tried_at)),
            (DeadLetterAttribute::LastTriedAt, millis(Some(self.failed_at()))),
            (DeadLetterAttribute::ReplayId, self.replay_id.clone()),
            (DeadLetterAttribute::Replays, (self.replays > 0).then(|| self.replays.to_string())),
            (DeadLetterAttribute::FirstDeadLetterId, Some(self.first_id.clone())),
        ];
        attributes.into_iter().filter_map(|(name, text)| Some((name, text?))).collect()
    }

    /// The time of the last failure.
    pub fn failed_at(&self) -> Timestamp {
        self.failure.last_tried_at.unwrap_or(self.sent_at)
    }

    /// The kind of a job, the type of an event, the name of a stream record's change, or `batch of a stream`.
    pub fn kind(&self) -> String {
        if StreamBatch::of(&self.body).is_some() {
            return "batch of a stream".to_owned();
        }
        let Ok(body) = serde_json::from_str::<Value>(&self.body) else { return "no JSON".to_owned() };
        let known = ["/kind", "/event/type", "/eventName", "/EventType"];
        known
            .iter()
            .find_map(|path| body.pointer(path)?.as_str())
            .map_or_else(|| "unknown job".to_owned(), str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dead_letters::failure_details::CAUSE_UNKNOWN;

    #[test]
    fn a_message_that_sqs_moved_by_itself_is_a_dead_letter_with_an_unknown_cause() {
        let dead_letter = DeadLetter::of(Message::builder().message_id("7").body("x").build());
        assert_eq!((dead_letter.failure.cause.as_str(), dead_letter.kind().as_str()), (CAUSE_UNKNOWN, "no JSON"));
        assert_eq!((dead_letter.replays, dead_letter.replay_id), (0, None));
    }
}
