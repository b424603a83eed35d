//! Pushes as a phone receives them, in one form for both platforms.

use paloma_local::Push;
use serde_json::Value;

/// A push that shows a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Epoch milliseconds.
    pub time: u64,
    /// The chat id of the message.
    pub chat: String,
    /// The seq of the message.
    pub seq: u64,
    pub title: String,
    pub body: String,
    /// The number on the icon of the app.
    pub badge: u64,
    /// The collapse key: a push replaces an earlier one with the same key.
    pub collapses: String,
}

/// A push that corrects the badge, and shows nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadgeUpdate {
    /// Epoch milliseconds.
    pub time: u64,
    /// The number on the icon of the app.
    pub badge: u64,
    /// The chat that the user has read on another device.
    pub chat: String,
    /// The `readSeq` in that chat.
    pub read: u64,
}

pub(crate) fn is_alert(push: &Push) -> bool {
    push.message["fcmV1Message"]["message"]["notification"].is_object() || push.message["aps"]["alert"].is_object()
}

impl BadgeUpdate {
    pub(crate) fn of(push: &Push, platform: &str) -> Self {
        let (data, badge) = if platform == "fcm" {
            let data = &push.message["fcmV1Message"]["message"]["data"];
            (data, &data["badge"])
        } else {
            (&push.message, &push.message["aps"]["badge"])
        };
        Self {
            time: push.time,
            badge: number(badge),
            chat: data["chatId"].as_str().expect("a chat").to_owned(),
            read: number(&data["readSeq"]),
        }
    }
}

impl Alert {
    /// Reads a push, and checks what every alert must have on its platform.
    pub(crate) fn of(push: &Push, platform: &str) -> Self {
        if platform == "fcm" { Self::of_fcm(push) } else { Self::of_apns(push, platform) }
    }

    fn of_fcm(push: &Push) -> Self {
        let message = &push.message["fcmV1Message"]["message"];
        let collapses = text(push, &message["android"]["collapse_key"]);
        assert_eq!(message["android"]["notification"]["tag"], collapses, "{push:?}");
        assert_eq!(message["android"]["priority"], "high", "{push:?}");
        assert!(message["android"]["ttl"].as_str().is_some_and(|ttl| ttl.ends_with('s')), "{push:?}");
        let count = &message["android"]["notification"]["notification_count"];
        assert_eq!(number(&message["data"]["badge"]), number(count));
        Self {
            time: push.time,
            chat: text(push, &message["data"]["chatId"]),
            seq: number(&message["data"]["seq"]),
            title: text(push, &message["notification"]["title"]),
            body: text(push, &message["notification"]["body"]),
            badge: number(&message["data"]["badge"]),
            collapses,
        }
    }

    fn of_apns(push: &Push, platform: &str) -> Self {
        let collapses = push.attributes["AWS.SNS.MOBILE.APNS.COLLAPSE_ID"].clone();
        assert_eq!(push.message["aps"]["thread-id"], collapses, "{push:?}");
        assert_eq!(push.attributes["AWS.SNS.MOBILE.APNS.PRIORITY"], "10");
        assert_eq!(push.attributes["AWS.SNS.MOBILE.APNS.PUSH_TYPE"], "alert");
        let ttl = format!("AWS.SNS.MOBILE.{}.TTL", platform.to_uppercase());
        assert!(push.attributes[&ttl].parse::<u32>().is_ok_and(|seconds| seconds > 0));
        Self {
            time: push.time,
            chat: text(push, &push.message["chatId"]),
            seq: number(&push.message["seq"]),
            title: text(push, &push.message["aps"]["alert"]["title"]),
            body: text(push, &push.message["aps"]["alert"]["body"]),
            badge: number(&push.message["aps"]["badge"]),
            collapses,
        }
    }
}

fn text(push: &Push, value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text is missing in {push:?}")).to_owned()
}

/// A number. FCM carries numbers as strings.
fn number(value: &Value) -> u64 {
    value.as_u64().or_else(|| value.as_str()?.parse().ok()).expect("a number")
}
