//! A push as each platform wants it. What is about one chat replaces what was: one push per chat on the screen.

use paloma::domain::{ChatId, Platform, Watermark};
use paloma::phones::Push;
use serde_json::{Value, json};

use crate::news::News;

/// How long a push service keeps trying a phone that is off, in seconds: a week. After that the catch-up tells more.
const LIFE_SECONDS: u32 = 7 * 24 * 3600;

/// SNS' names of the attributes that say how long Apple keeps trying.
const APNS_TTL: &str = "AWS.SNS.MOBILE.APNS.TTL";
const APNS_SANDBOX_TTL: &str = "AWS.SNS.MOBILE.APNS_SANDBOX.TTL";

/// The push for a device of this platform, with the number on its icon.
pub(crate) fn push(platform: Platform, news: &News, badge: u64) -> Push {
    match platform {
        Platform::Fcm => fcm(news, badge),
        Platform::Apns => apns("APNS", APNS_TTL, news, badge),
        Platform::ApnsSandbox => apns("APNS_SANDBOX", APNS_SANDBOX_TTL, news, badge),
    }
}

/// FCM's HTTP v1 message, which also says what an iPhone or a browser behind FCM needs. (SNS calls FCM by its old name.)
fn fcm(News { chat_id, message, title, body }: &News, badge: u64) -> Push {
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

/// Apple's payload.
fn apns(platform: &str, life: &'static str, News { chat_id, message, title, body }: &News, badge: u64) -> Push {
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
    Push { message: for_sns(platform, &payload), attributes: apns_attributes(chat_id.to_string(), life) }
}

/// What badges that wait for a phone that is off replace: the last one is enough, whatever chat was read.
const BADGE: &str = "badge";

/// The push that corrects the number on the icon, and shows nothing. An app may also take away what it shows of the chat
/// up to `readSeq`.
///
/// Apple throttles background pushes, so it is an alert push that has a badge alone. FCM knows no such thing on Android:
/// there it is data, which the app turns into a badge.
pub(crate) fn badge(platform: Platform, chat_id: ChatId, read_seq: Watermark, badge: u64) -> Push {
    let apns = |platform: &str, life: &'static str| {
        let payload = json!({ "aps": { "badge": badge }, "chatId": chat_id, "readSeq": read_seq });
        Push { message: for_sns(platform, &payload), attributes: apns_attributes(BADGE.to_owned(), life) }
    };
    match platform {
        Platform::Fcm => {
            let message = json!({
                // FCM takes texts alone here.
                "data": { "chatId": chat_id, "readSeq": read_seq.to_string(), "badge": badge.to_string() },
                "android": { "priority": "normal", "collapse_key": BADGE, "ttl": format!("{LIFE_SECONDS}s") },
                "apns": {
                    "headers": { "apns-collapse-id": BADGE, "apns-priority": "10", "apns-push-type": "alert" },
                    "payload": { "aps": { "badge": badge } },
                },
                "webpush": { "headers": { "TTL": LIFE_SECONDS.to_string(), "Urgency": "low", "Topic": BADGE } },
            });
            Push { message: for_sns("GCM", &json!({ "fcmV1Message": { "message": message } })), attributes: Vec::new() }
        }
        Platform::Apns => apns("APNS", APNS_TTL),
        Platform::ApnsSandbox => apns("APNS_SANDBOX", APNS_SANDBOX_TTL),
    }
}

/// The headers that SNS takes as attributes.
fn apns_attributes(collapses: String, life: &'static str) -> Vec<(&'static str, String)> {
    vec![
        ("AWS.SNS.MOBILE.APNS.COLLAPSE_ID", collapses),
        ("AWS.SNS.MOBILE.APNS.PRIORITY", "10".to_owned()),
        ("AWS.SNS.MOBILE.APNS.PUSH_TYPE", "alert".to_owned()),
        (life, LIFE_SECONDS.to_string()),
    ]
}

/// SNS' `MessageStructure=json`: each platform's JSON is a text inside the JSON.
fn for_sns(platform: &str, payload: &Value) -> String {
    json!({ platform: payload.to_string() }).to_string()
}

#[cfg(test)]
mod tests {
    use paloma::domain::{Body, ChatId, LastMessage, MessageId, Seq, Timestamp, UserId};

    use super::*;

    fn news(title: &str, body: &str) -> News {
        let (chat_id, ana) = (ChatId::random(), UserId::random());
        let message = LastMessage {
            message_id: MessageId::derive(chat_id, ana, &"m1".to_owned().try_into().unwrap()),
            sender_id: ana,
            seq: Seq::try_from(7).unwrap(),
            timestamp: Timestamp::from_millis(1),
            body: Body::Content(body.to_owned()),
        };
        News { chat_id, message, title: title.to_owned(), body: body.to_owned() }
    }

    fn payload(push: &Push, platform: &str) -> Value {
        let outer: Value = serde_json::from_str(&push.message).unwrap();
        assert_eq!(outer.as_object().unwrap().len(), 1);
        serde_json::from_str(outer[platform].as_str().expect("JSON as a text")).unwrap()
    }

    #[test]
    fn quiet_a_chat_collapses_on_every_platform() {
        let news = news("Ana", "hello");
        let chat = news.chat_id.to_string();

        let message = payload(&push(Platform::Fcm, &news, 3), "GCM")["fcmV1Message"]["message"].clone();
        assert_eq!(message["notification"], json!({ "title": "Ana", "body": "hello" }));
        assert_eq!(message["android"]["collapse_key"], chat);
        assert_eq!(message["android"]["notification"], json!({ "tag": chat, "notification_count": 3 }));
        assert_eq!(message["apns"]["headers"]["apns-collapse-id"], chat);
        assert!(message["webpush"]["headers"]["Topic"].as_str().unwrap().len() <= 32);
        assert!(message["data"].as_object().unwrap().values().all(Value::is_string), "FCM takes texts alone");

        let apns = push(Platform::ApnsSandbox, &news, 3);
        let aps = payload(&apns, "APNS_SANDBOX")["aps"].clone();
        assert_eq!((&aps["badge"], &aps["thread-id"]), (&json!(3), &json!(chat)));
        assert!(apns.attributes.contains(&("AWS.SNS.MOBILE.APNS.COLLAPSE_ID", chat)));
        assert!(apns.attributes.iter().any(|(name, _)| *name == "AWS.SNS.MOBILE.APNS_SANDBOX.TTL"));
    }

    #[test]
    fn quiet_a_corrected_badge_shows_nothing() {
        let (chat, read) = (ChatId::random(), Watermark::at(7));
        let message = payload(&badge(Platform::Fcm, chat, read, 0), "GCM")["fcmV1Message"]["message"].clone();
        assert_eq!(message["data"], json!({ "chatId": chat, "readSeq": "7", "badge": "0" }));
        for shown in ["/notification", "/android/notification", "/webpush/notification", "/apns/payload/aps/alert"] {
            assert_eq!(message.pointer(shown), None, "{shown}");
        }
        assert_eq!(message["apns"]["payload"], json!({ "aps": { "badge": 0 } }));

        let apns = badge(Platform::Apns, chat, read, 3);
        let expected = json!({ "aps": { "badge": 3 }, "chatId": chat, "readSeq": 7 });
        assert_eq!(payload(&apns, "APNS"), expected, "no alert, no sound");
        let push_type = ("AWS.SNS.MOBILE.APNS.PUSH_TYPE", "alert".to_owned());
        assert!(apns.attributes.contains(&push_type), "Apple throttles background pushes");
    }

    /// The longest names, the longest preview, in the characters that JSON spells longest.
    #[test]
    fn the_longest_push_fits_what_the_platforms_take() {
        let (name, content) = ("\u{1f600}".repeat(100), "\u{1}".repeat(256));
        let news = news(&name, &format!("{name}: {content}…"));
        for (platform, name) in [(Platform::Fcm, "GCM"), (Platform::Apns, "APNS")] {
            let bytes = payload(&push(platform, &news, 1_000_000), name).to_string().len();
            assert!(bytes <= 4_096, "{bytes} bytes for {name}");
        }
    }
}
