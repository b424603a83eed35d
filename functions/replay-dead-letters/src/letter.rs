//! A dead letter, and what is known of its death.

use std::collections::HashMap;

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use paloma::domain::Timestamp;
use paloma::queue::{DeadLetterAttribute, Subject};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::stream_place::StreamPlace;

/// A job, or a record of a stream, that could not be done.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Letter {
    /// Its id in the dead-letter queue, for as long as it lies there. Replayed and dead again, it has another.
    pub id: String,
    /// What it is about.
    #[serde(flatten)]
    pub subject: Subject,
    /// How it died.
    #[serde(flatten)]
    pub death: Death,
    /// The replay that it came back from, if it was replayed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay_id: Option<String>,
    /// How often it has been replayed.
    pub replays: u64,
    /// Its id when it died first: its own, unless it has been replayed; of a record of a stream, the record's. Two
    /// letters with the same are one job.
    pub first_id: String,
    /// When it was laid into the queue, in epoch milliseconds. When SQS did that by itself, when the job was enqueued.
    pub sent_at: Timestamp,
    /// As it was, to the letter.
    #[serde(skip)]
    pub body: String,
    /// The group that it was in: its chat.
    #[serde(skip)]
    pub group: Option<String>,
    /// What SQS gives out for this time of holding it.
    #[serde(skip)]
    pub(crate) receipt_handle: String,
}

/// How a letter died, as far as anybody could say.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Death {
    /// Why.
    pub cause: String,
    /// The function that gave up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// Its last invocation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// How often it was tried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tries: Option<u64>,
    /// When it was tried first, in epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_tried_at: Option<Timestamp>,
    /// When it was tried last, in epoch milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_tried_at: Option<Timestamp>,
}

/// What SQS' own redrive, or SNS', leaves behind.
const CAUSE_UNKNOWN: &str =
    "unknown: the function died before it could say why (time-out? out of memory?), see its log";

impl Letter {
    /// Reads what SQS hands out. Whatever it is, it is a letter.
    pub(crate) fn of(message: Message) -> Self {
        let body = message.body.unwrap_or_default();
        let attributes = message.message_attributes.unwrap_or_default();
        let system = message.attributes.unwrap_or_default();
        let json = serde_json::from_str::<Value>(&body).ok();
        let place = StreamPlace::of(&body);
        let id = message.message_id.unwrap_or_default();
        // A record of a stream that dies again is laid there by the function, without notes of its earlier death.
        let event_id = json.as_ref().and_then(|record| record.get("eventID")?.as_str());
        Self {
            first_id: DeadLetterAttribute::FirstLetterId.read(&attributes).or(event_id).unwrap_or(&id).to_owned(),
            id,
            subject: json.as_ref().map(Subject::of_value).unwrap_or_default(),
            death: place.as_ref().map_or_else(|| Death::noted(&attributes, &system), StreamPlace::death),
            replay_id: DeadLetterAttribute::ReplayId.read(&attributes).map(str::to_owned),
            replays: DeadLetterAttribute::Replays
                .read(&attributes)
                .and_then(|count| count.parse().ok())
                .unwrap_or_default(),
            sent_at: time(system.get(&MessageSystemAttributeName::SentTimestamp)).unwrap_or(Timestamp::from_millis(0)),
            group: system.get(&MessageSystemAttributeName::MessageGroupId).cloned(),
            receipt_handle: message.receipt_handle.unwrap_or_default(),
            body,
        }
    }

    /// All that is noted on it, for laying it into the queue once more.
    pub(crate) fn notes(&self) -> Vec<(DeadLetterAttribute, String)> {
        let death = &self.death;
        let moment = |moment: Option<Timestamp>| moment.map(|moment| moment.as_millis().to_string());
        let noted = [
            (DeadLetterAttribute::Cause, Some(death.cause.clone())),
            (DeadLetterAttribute::Function, death.function.clone()),
            (DeadLetterAttribute::RequestId, death.request_id.clone()),
            (DeadLetterAttribute::Tries, death.tries.map(|tries| tries.to_string())),
            (DeadLetterAttribute::FirstTriedAt, moment(death.first_tried_at)),
            (DeadLetterAttribute::LastTriedAt, moment(Some(self.died_at()))),
            (DeadLetterAttribute::ReplayId, self.replay_id.clone()),
            (DeadLetterAttribute::Replays, (self.replays > 0).then(|| self.replays.to_string())),
            (DeadLetterAttribute::FirstLetterId, Some(self.first_id.clone())),
        ];
        noted.into_iter().filter_map(|(note, text)| Some((note, text?))).collect()
    }

    /// When it died, in epoch milliseconds.
    pub fn died_at(&self) -> Timestamp {
        self.death.last_tried_at.unwrap_or(self.sent_at)
    }

    /// What it was, in a word: the kind of a job, the type of an event, a record, a place in a stream.
    pub fn kind(&self) -> String {
        if StreamPlace::of(&self.body).is_some() {
            return "place in a stream".to_owned();
        }
        let Ok(body) = serde_json::from_str::<Value>(&self.body) else { return "no JSON".to_owned() };
        let known = ["/kind", "/event/type", "/eventName", "/EventType"];
        known
            .iter()
            .find_map(|path| body.pointer(path)?.as_str())
            .map_or_else(|| "unknown job".to_owned(), str::to_owned)
    }
}

impl Death {
    fn noted(
        attributes: &HashMap<String, aws_sdk_sqs::types::MessageAttributeValue>,
        system: &HashMap<MessageSystemAttributeName, String>,
    ) -> Self {
        let note = |note: DeadLetterAttribute| note.read(attributes).map(str::to_owned);
        let moment = |note: DeadLetterAttribute| time(note.read(attributes));
        Self {
            cause: note(DeadLetterAttribute::Cause).unwrap_or_else(|| CAUSE_UNKNOWN.to_owned()),
            function: note(DeadLetterAttribute::Function),
            request_id: note(DeadLetterAttribute::RequestId),
            tries: note(DeadLetterAttribute::Tries).and_then(|tries| tries.parse().ok()),
            first_tried_at: moment(DeadLetterAttribute::FirstTriedAt)
                .or_else(|| time(system.get(&MessageSystemAttributeName::ApproximateFirstReceiveTimestamp))),
            last_tried_at: moment(DeadLetterAttribute::LastTriedAt),
        }
    }

    /// The cause without what differs from letter to letter (ids, numbers), to count by.
    pub fn reason(&self) -> String {
        let mut reason = String::with_capacity(self.cause.len());
        for word in self.cause.split_inclusive(' ') {
            let is_id = word.trim_end().len() >= 8 && word.contains(|letter: char| letter.is_ascii_digit());
            let is_number = word.trim_end_matches([' ', ',', '.', ':']).parse::<u64>().is_ok();
            if is_id || is_number {
                reason.push('…');
                reason.push_str(if word.ends_with(' ') { " " } else { "" });
            } else {
                reason.push_str(word);
            }
        }
        reason
    }
}

fn time(text: Option<impl AsRef<str>>) -> Option<Timestamp> {
    text?.as_ref().parse().ok().map(Timestamp::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_with_the_same_reason_count_together() {
        let reason = |cause: &str| Death { cause: cause.to_owned(), ..Death::default() }.reason();
        assert_eq!(reason("chat 6f1c1b9e-4f5e-4f0a-9d3c-2b7a5e8d9c10 does not exist"), "chat … does not exist");
        assert_eq!(reason("it is no JSON, at line 1 column 22"), "it is no JSON, at line … column …");
        assert_eq!(reason("SNS: EndpointDisabled"), "SNS: EndpointDisabled");
    }

    #[test]
    fn what_sqs_moved_by_itself_is_a_letter_too() {
        let letter = Letter::of(Message::builder().message_id("7").body("x").build());
        assert_eq!((letter.death.cause.as_str(), letter.kind().as_str()), (CAUSE_UNKNOWN, "no JSON"));
        assert_eq!((letter.replays, letter.replay_id), (0, None));
    }
}
