//! The ids in a job's body, for logs and for operators who search dead letters.

use std::collections::BTreeSet;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::{ChatId, MessageId, UserId};

/// Fields of jobs, events and stream records that hold one user id.
const USER_FIELDS: [&str; 5] = ["userId", "senderId", "createdBy", "everyoneBut", "watchedUserId"];

/// Fields that hold a list of user ids.
const USER_LIST_FIELDS: [&str; 3] = ["members", "only", "participants"];

/// The ids that a job names. They are found in any JSON, also in a job that its function cannot read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subject {
    /// The first chat id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chat_id: Option<ChatId>,
    /// The first message id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<MessageId>,
    /// All user ids.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub user_ids: BTreeSet<UserId>,
}

impl Subject {
    /// The ids in this text. Text that is not JSON has no ids.
    pub fn of(body: &str) -> Self {
        serde_json::from_str(body).map(|body| Self::of_value(&body)).unwrap_or_default()
    }

    /// The ids in this JSON.
    pub fn of_value(body: &Value) -> Self {
        let mut subject = Self::default();
        subject.read(body);
        subject
    }

    fn read(&mut self, value: &Value) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(name, value)| self.read_field(name, value)),
            Value::Array(items) => items.iter().for_each(|item| self.read(item)),
            _ => {}
        }
    }

    fn read_field(&mut self, name: &str, value: &Value) {
        match name {
            "chatId" => self.chat_id = self.chat_id.or_else(|| parse(value)),
            "messageId" => self.message_id = self.message_id.or_else(|| parse(value)),
            name if USER_FIELDS.contains(&name) => self.user_ids.extend(parse::<UserId>(value)),
            name if USER_LIST_FIELDS.contains(&name) => {
                let users = value.as_array().or_else(|| value.get("L")?.as_array());
                self.user_ids.extend(users.into_iter().flatten().filter_map(parse::<UserId>));
            }
            _ => self.read(value),
        }
    }
}

/// An id as a JSON string, or as a string of DynamoDB (`{"S": …}`). In the key of a head or of a member
/// (`chatId#head`), the id is the part before `#`.
fn parse<T: FromStr>(value: &Value) -> Option<T> {
    let text = value.as_str().or_else(|| value.get("S")?.as_str())?;
    text.split('#').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{Body, ChangeSeq, DeviceId, LastMessage, Seq, Timestamp};
    use crate::queue::{Notification, NotificationJob, PushTarget};

    #[test]
    fn a_push_job_names_its_recipients() {
        let (chat_id, ana, bruno, carla) = (ChatId::random(), UserId::random(), UserId::random(), UserId::random());
        let message = LastMessage {
            message_id: "6f1c1b9e-4f5e-4f0a-9d3c-2b7a5e8d9c10".parse().unwrap(),
            sender_id: ana,
            seq: Seq::try_from(1).unwrap(),
            count: None,
            timestamp: Timestamp::from_millis(1),
            body: Body::Content("x".to_owned()),
        };
        let users = |target| {
            let accepted_at = Timestamp::from_millis(1);
            let job = NotificationJob::Notify(Notification {
                chat_id,
                message: message.clone(),
                target,
                version: ChangeSeq::START,
                replaces: false,
                accepted_at,
            });
            Subject::of_value(&serde_json::to_value(job).unwrap()).user_ids
        };
        assert_eq!(users(PushTarget::Members(vec![bruno, carla])), BTreeSet::from([ana, bruno, carla]));
        let device = PushTarget::Device { user_id: bruno, device_id: DeviceId::random() };
        assert_eq!(users(device), BTreeSet::from([ana, bruno]));
    }

    #[test]
    fn a_job_and_a_stream_record_yield_the_same_ids() {
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
