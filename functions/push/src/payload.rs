//! A push as each platform wants it. What is about one chat replaces what was: one push per chat on the screen.

use paloma::domain::ChatKind;
use paloma::domain::Platform;
use paloma::phones::Push;
use paloma::queue::{JobError, Notification};
use paloma::store::{Chats, Users};
use serde_json::{Value, json};

/// How long a push service keeps trying a phone that is off, in seconds: a week. After that the catch-up tells more.
const LIFE_SECONDS: u32 = 7 * 24 * 3600;

/// What a push says instead of content, in deployments that do not tell it.
const WITHOUT_CONTENT: &str = "New message";

/// What a push says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Words {
    title: String,
    body: String,
}

impl Words {
    /// The words about a message: its sender and how it begins, under the name of a group.
    pub async fn of(
        notification: &Notification,
        chats: &Chats,
        users: &Users,
        with_content: bool,
    ) -> Result<Self, JobError> {
        let Some(chat) = chats.chat(notification.chat_id).await? else {
            return Err(JobError::new(format!("chat {} does not exist", notification.chat_id)));
        };
        let sender = users.user(notification.message.sender_id).await?;
        let sender = sender.map_or_else(|| "Somebody".to_owned(), |sender| String::from(sender.name));
        let body = if with_content { notification.message.content.clone() } else { WITHOUT_CONTENT.to_owned() };
        Ok(match chat.kind {
            ChatKind::Direct => Self { title: sender, body },
            ChatKind::Group { name: None } => Self { title: sender, body },
            ChatKind::Group { name: Some(name) } => Self { title: name.into(), body: format!("{sender}: {body}") },
        })
    }
}

/// The push for a device of this platform, with the number on its icon.
pub(crate) fn push(platform: Platform, words: &Words, notification: &Notification, badge: u64) -> Push {
    match platform {
        Platform::Fcm => fcm(words, notification, badge),
        Platform::Apns => apns("APNS", "AWS.SNS.MOBILE.APNS.TTL", words, notification, badge),
        Platform::ApnsSandbox => apns("APNS_SANDBOX", "AWS.SNS.MOBILE.APNS_SANDBOX.TTL", words, notification, badge),
    }
}

/// FCM's HTTP v1 message, which also says what an iPhone or a browser behind FCM needs. (SNS calls FCM by its old name.)
fn fcm(Words { title, body }: &Words, notification: &Notification, badge: u64) -> Push {
    let Notification { chat_id, message, .. } = notification;
    let chat = chat_id.to_string();
    let message = json!({
        "notification": { "title": title, "body": body },
        // FCM takes texts alone here.
        "data": {
            "chatId": chat,
            "messageId": message.message_id,
            "seq": message.seq.to_string(),
            "badge": badge.to_string(),
        },
        "android": {
            "priority": "high",
            "collapse_key": chat,
            "ttl": format!("{LIFE_SECONDS}s"),
            "notification": { "tag": chat, "notification_count": badge },
        },
        "apns": {
            "headers": { "apns-collapse-id": chat, "apns-priority": "10" },
            "payload": { "aps": { "badge": badge, "sound": "default", "thread-id": chat } },
        },
        "webpush": {
            // RFC 8030, 5.4: a topic has at most 32 characters.
            "headers": { "TTL": LIFE_SECONDS.to_string(), "Urgency": "high", "Topic": chat.replace('-', "") },
            "notification": { "tag": chat },
        },
    });
    Push { message: for_sns("GCM", &json!({ "fcmV1Message": { "message": message } })), attributes: Vec::new() }
}

/// Apple's payload, and the headers that SNS takes as attributes.
fn apns(
    platform: &str,
    life: &'static str,
    Words { title, body }: &Words,
    notification: &Notification,
    badge: u64,
) -> Push {
    let Notification { chat_id, message, .. } = notification;
    let payload = json!({
        "aps": {
            "alert": { "title": title, "body": body },
            "badge": badge,
            "sound": "default",
            "thread-id": chat_id,
        },
        "chatId": chat_id,
        "messageId": message.message_id,
        "seq": message.seq,
    });
    Push {
        message: for_sns(platform, &payload),
        attributes: vec![
            ("AWS.SNS.MOBILE.APNS.COLLAPSE_ID", chat_id.to_string()),
            ("AWS.SNS.MOBILE.APNS.PRIORITY", "10".to_owned()),
            ("AWS.SNS.MOBILE.APNS.PUSH_TYPE", "alert".to_owned()),
            (life, LIFE_SECONDS.to_string()),
        ],
    }
}

/// SNS' `MessageStructure=json`: each platform's JSON is a text inside the JSON.
fn for_sns(platform: &str, payload: &Value) -> String {
    json!({ platform: payload.to_string() }).to_string()
}

#[cfg(test)]
mod tests {
    use paloma::domain::{ChatId, LastMessage, MessageId, Seq, Timestamp, UserId};
    use paloma::queue::Whose;

    use super::*;

    fn notification(content: &str) -> Notification {
        let (chat_id, ana) = (ChatId::random(), UserId::random());
        let client = "m1".to_owned().try_into().unwrap();
        let message = LastMessage {
            message_id: MessageId::derive(chat_id, ana, &client),
            sender_id: ana,
            seq: Seq::try_from(7).unwrap(),
            timestamp: Timestamp::from_millis(1),
            content: content.to_owned(),
        };
        Notification { chat_id, message, whose: Whose::People(vec![]), accepted_at: Timestamp::from_millis(1) }
    }

    fn payload(push: &Push, platform: &str) -> Value {
        let outer: Value = serde_json::from_str(&push.message).unwrap();
        assert_eq!(outer.as_object().unwrap().len(), 1);
        serde_json::from_str(outer[platform].as_str().expect("JSON as a text")).unwrap()
    }

    #[test]
    fn quiet_a_chat_collapses_on_every_platform() {
        let notification = notification("hello");
        let words = Words { title: "Ana".to_owned(), body: "hello".to_owned() };
        let chat = notification.chat_id.to_string();

        let message = payload(&push(Platform::Fcm, &words, &notification, 3), "GCM")["fcmV1Message"]["message"].clone();
        assert_eq!(message["notification"], json!({ "title": "Ana", "body": "hello" }));
        assert_eq!(message["android"]["collapse_key"], chat);
        assert_eq!(message["android"]["notification"], json!({ "tag": chat, "notification_count": 3 }));
        assert_eq!(message["apns"]["headers"]["apns-collapse-id"], chat);
        assert!(message["webpush"]["headers"]["Topic"].as_str().unwrap().len() <= 32);
        assert!(message["data"].as_object().unwrap().values().all(Value::is_string), "FCM takes texts alone");

        let apns = push(Platform::ApnsSandbox, &words, &notification, 3);
        let aps = payload(&apns, "APNS_SANDBOX")["aps"].clone();
        assert_eq!((&aps["badge"], &aps["thread-id"]), (&json!(3), &json!(chat)));
        assert!(apns.attributes.contains(&("AWS.SNS.MOBILE.APNS.COLLAPSE_ID", chat)));
        assert!(apns.attributes.iter().any(|(name, _)| *name == "AWS.SNS.MOBILE.APNS_SANDBOX.TTL"));
    }

    /// The longest name, the longest preview, in the characters that JSON spells longest.
    #[test]
    fn the_longest_push_fits_what_the_platforms_take() {
        let content = "\u{1}".repeat(256);
        let notification = notification(&content);
        let words = Words { title: "é".repeat(100), body: format!("{}: {content}…", "é".repeat(100)) };
        for (platform, name) in [(Platform::Fcm, "GCM"), (Platform::Apns, "APNS")] {
            let bytes = payload(&push(platform, &words, &notification, 1_000_000), name).to_string().len();
            assert!(bytes <= 4_096, "{bytes} bytes for {name}");
        }
    }
}
