//! What a job is about, as far as its text tells: for logs, and for operators who look for a dead letter.

use std::collections::BTreeSet;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::{ChatId, MessageId, UserId};

/// Names under which jobs, events and rows of streams name a person.
const OF_ONE_PERSON: [&str; 5] = ["userId", "senderId", "createdBy", "everyoneBut", "watchedUserId"];

/// Names under which they name several.
const OF_PEOPLE: [&str; 3] = ["people", "only", "participants"];

/// The ids that a job names. It need not be a job that somebody understands: whatever is JSON tells what it can.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subject {
    /// The chat; of several the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chat_id: Option<ChatId>,
    /// The message; of several the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    /// Everybody who is named.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub user_ids: BTreeSet<UserId>,
}

impl Subject {
    /// What this text is about; nothing if it is not JSON.
    pub fn of(body: &str) -> Self {
        serde_json::from_str(body).map(|body| Self::of_value(&body)).unwrap_or_default()
    }

    /// What this JSON is about.
    pub fn of_value(body: &Value) -> Self {
        let mut subject = Self::default();
        subject.read(body);
        subject
    }

    fn read(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| self.note(name, value)),
            Value::Array(items) => items.iter().for_each(|item| self.read(item)),
            _ => {}
        }
    }

    fn note(&mut self, name: &str, value: &Value) {
        match name {
            "chatId" => self.chat_id = self.chat_id.or_else(|| parse(value)),
            "messageId" => self.message_id = self.message_id.or_else(|| parse(value)),
            name if OF_ONE_PERSON.contains(&name) => self.user_ids.extend(parse::<UserId>(value)),
            name if OF_PEOPLE.contains(&name) => {
                let people = value.as_array().or_else(|| value.get("L")?.as_array());
                self.user_ids.extend(people.into_iter().flatten().filter_map(parse::<UserId>));
            }
            _ => self.read(value),
        }
    }
}

/// An id, written as JSON has it or as DynamoDB has it (`{"S": …}`); the key of a chat's other rows begins with it
/// (`chatId#head`).
fn parse<T: FromStr>(value: &Value) -> Option<T> {
    let text = value.as_str().or_else(|| value.get("S")?.as_str())?;
    text.split('#').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_job_and_a_row_of_a_stream_name_the_same() {
        let (chat, message, ana, bruno) = (
            ChatId::random(),
            "6f1c1b9e-4f5e-4f0a-9d3c-2b7a5e8d9c10".parse::<MessageId>().unwrap(),
            UserId::random(),
            UserId::random(),
        );
        let job = json!({
            "chatId": chat,
            "audience": { "only": [bruno] },
            "event": { "type": "message", "message": { "messageId": message, "senderId": ana, "content": "x" } },
        });
        let record = json!({ "dynamodb": { "NewImage": {
            "chatId": { "S": format!("{chat}#head") }, "messageId": { "S": message }, "senderId": { "S": ana },
            "participants": { "L": [{ "S": bruno }] },
        } } });
        let expected =
            Subject { chat_id: Some(chat), message_id: Some(message), user_ids: BTreeSet::from([ana, bruno]) };
        assert_eq!(Subject::of_value(&job), expected);
        assert_eq!(Subject::of_value(&record), expected);
        assert_eq!(Subject::of("no JSON"), Subject::default());
        assert_eq!(Subject::of(r#"{"chatId": 7, "userId": "nobody"}"#), Subject::default());
    }
}
