//! A push in the format of each platform. Pushes of one chat replace each other, so the screen shows one per chat.

use paloma::domain::{ChatId, Platform, Watermark};
use paloma::phones::{
    Alert, ApnsData, ApnsPayload, Aps, FcmAndroid, FcmAndroidNotification, FcmApns, FcmApnsHeaders, FcmApnsPayload,
    FcmData, FcmMessage, FcmWebpush, FcmWebpushHeaders, FcmWebpushNotification, Push,
};
use serde_json::{Value, json};

use crate::content::PushContent;

/// Time for which a push service retries a phone that is off, in seconds: one week. Later the app's catch-up shows
/// more.
const TTL_SECONDS: u32 = 7 * 24 * 3600;

/// SNS' attributes for the time for which Apple retries.
const APNS_TTL: &str = "AWS.SNS.MOBILE.APNS.TTL";
const APNS_SANDBOX_TTL: &str = "AWS.SNS.MOBILE.APNS_SANDBOX.TTL";

const SOUND: &str = "default";

/// A push that shows a message, with `badge` as the number on the app's icon.
pub(crate) fn push(platform: Platform, content: &PushContent, badge: u64) -> Push {
    match platform {
        Platform::Fcm => fcm(content, badge),
        Platform::Apns => apns("APNS", APNS_TTL, content, badge),
        Platform::ApnsSandbox => apns("APNS_SANDBOX", APNS_SANDBOX_TTL, content, badge),
    }
}

fn sound_of(content: &PushContent) -> Option<&'static str> {
    (!content.is_silent).then_some(SOUND)
}

/// FCM's HTTP v1 message, with sections for iPhones and browsers behind FCM.
fn fcm(content: &PushContent, badge: u64) -> Push {
    let PushContent { chat_id, message, title, text, loc_text, .. } = content;
    let chat = chat_id.to_string();
    let aps = Aps { badge, sound: sound_of(content), thread_id: Some(*chat_id), ..Aps::default() };
    fcm_push(&FcmMessage {
        notification: Some(Alert { title: title.clone(), body: text.clone() }),
        data: FcmData::Message {
            chat_id: *chat_id,
            message_id: message.message_id,
            seq: message.seq.to_string(),
            badge: badge.to_string(),
            loc_key: loc_text.as_ref().map(|text| text.loc_key),
            loc_args: loc_text.as_ref().map(|text| json!(text.loc_args).to_string()),
        },
        android: FcmAndroid {
            priority: "high",
            collapse_key: chat.clone(),
            ttl: format!("{TTL_SECONDS}s"),
            notification: Some(FcmAndroidNotification { tag: chat.clone(), notification_count: badge }),
        },
        apns: FcmApns { headers: fcm_apns_headers(chat.clone(), None), payload: FcmApnsPayload { aps } },
        webpush: FcmWebpush {
            // RFC 8030, 5.4: a topic has at most 32 characters.
            headers: fcm_webpush_headers("high", chat.replace('-', "")),
            notification: Some(FcmWebpushNotification { tag: chat }),
        },
    })
}

fn apns(platform: &str, ttl_attribute: &'static str, content: &PushContent, badge: u64) -> Push {
    let PushContent { chat_id, message, title, text, loc_text, .. } = content;
    let payload = ApnsPayload {
        aps: Aps {
            alert: Some(Alert { title: title.clone(), body: text.clone() }),
            badge,
            sound: sound_of(content),
            thread_id: Some(*chat_id),
            mutable_content: loc_text.as_ref().map(|_| 1),
        },
        data: ApnsData::Message {
            chat_id: *chat_id,
            message_id: message.message_id,
            seq: message.seq,
            text: loc_text.clone(),
        },
    };
    apns_push(platform, &payload, apns_attributes(chat_id.to_string(), ttl_attribute))
}

/// The collapse key of badges, the same for all chats: a phone that was off needs the last badge alone.
const BADGE: &str = "badge";

/// A push that corrects the number on the app's icon and shows nothing. The app may also remove its notification of the
/// chat, if that is about a message up to `readSeq`.
///
/// Apple throttles background pushes, so this is an alert push that has only a badge.
pub(crate) fn badge(platform: Platform, chat_id: ChatId, read_seq: Watermark, badge: u64) -> Push {
    let aps = Aps { badge, ..Aps::default() };
    let apns = |platform: &str, ttl_attribute: &'static str, aps| {
        let payload = ApnsPayload { aps, data: ApnsData::Badge { chat_id, read_seq } };
        apns_push(platform, &payload, apns_attributes(BADGE.to_owned(), ttl_attribute))
    };
    match platform {
        Platform::Fcm => fcm_push(&FcmMessage {
            notification: None,
            data: FcmData::Badge { chat_id, read_seq: read_seq.to_string(), badge: badge.to_string() },
            android: FcmAndroid {
                priority: "normal",
                collapse_key: BADGE.to_owned(),
                ttl: format!("{TTL_SECONDS}s"),
                notification: None,
            },
            apns: FcmApns {
                headers: fcm_apns_headers(BADGE.to_owned(), Some("alert")),
                payload: FcmApnsPayload { aps },
            },
            webpush: FcmWebpush { headers: fcm_webpush_headers("low", BADGE.to_owned()), notification: None },
        }),
        Platform::Apns => apns("APNS", APNS_TTL, aps),
        Platform::ApnsSandbox => apns("APNS_SANDBOX", APNS_SANDBOX_TTL, aps),
    }
}

fn fcm_apns_headers(apns_collapse_id: String, apns_push_type: Option<&'static str>) -> FcmApnsHeaders {
    FcmApnsHeaders { apns_collapse_id, apns_priority: "10", apns_push_type }
}

fn fcm_webpush_headers(urgency: &'static str, topic: String) -> FcmWebpushHeaders {
    FcmWebpushHeaders { ttl: TTL_SECONDS.to_string(), urgency, topic }
}

/// APNs headers, which SNS accepts as message attributes.
fn apns_attributes(collapse_id: String, ttl_attribute: &'static str) -> Vec<(&'static str, String)> {
    vec![
        ("AWS.SNS.MOBILE.APNS.COLLAPSE_ID", collapse_id),
        ("AWS.SNS.MOBILE.APNS.PRIORITY", "10".to_owned()),
        ("AWS.SNS.MOBILE.APNS.PUSH_TYPE", "alert".to_owned()),
        (ttl_attribute, TTL_SECONDS.to_string()),
    ]
}

/// SNS calls FCM by its old name, GCM.
fn fcm_push(message: &FcmMessage) -> Push {
    Push { message: for_sns("GCM", &json!({ "fcmV1Message": { "message": message } })), attributes: Vec::new() }
}

fn apns_push(platform: &str, payload: &ApnsPayload, attributes: Vec<(&'static str, String)>) -> Push {
    Push { message: for_sns(platform, &json!(payload)), attributes }
}

/// `MessageStructure=json` of SNS: each platform's JSON is a string inside the JSON.
fn for_sns(platform: &str, payload: &Value) -> String {
    json!({ platform: payload.to_string() }).to_string()
}

#[cfg(test)]
mod tests {
    use paloma::domain::{Body, ChangeSeq, ChatId, LastMessage, MessageId, Seq, Timestamp, UserId};

    use super::*;

    fn content(title: &str, text: &str) -> PushContent {
        let (chat_id, ana) = (ChatId::random(), UserId::random());
        let message = LastMessage {
            message_id: MessageId::derive(chat_id, ana, &"m1".to_owned().try_into().unwrap()),
            sender_id: ana,
            seq: Seq::try_from(7).unwrap(),
            count: None,
            timestamp: Timestamp::from_millis(1),
            body: Body::Content(text.to_owned()),
        };
        PushContent {
            chat_id,
            message,
            version: ChangeSeq::START,
            title: title.to_owned(),
            text: text.to_owned(),
            loc_text: None,
            is_silent: false,
        }
    }

    fn payload(push: &Push, platform: &str) -> Value {
        let outer: Value = serde_json::from_str(&push.message).unwrap();
        assert_eq!(outer.as_object().unwrap().len(), 1);
        serde_json::from_str(outer[platform].as_str().expect("JSON in a string")).unwrap()
    }

    #[test]
    fn quiet_pushes_of_one_chat_replace_each_other_on_every_platform() {
        let content = content("Ana", "hello");
        let chat = content.chat_id.to_string();

        let message = payload(&push(Platform::Fcm, &content, 3), "GCM")["fcmV1Message"]["message"].clone();
        assert_eq!(message["notification"], json!({ "title": "Ana", "body": "hello" }));
        assert_eq!(message["android"]["collapse_key"], chat);
        assert_eq!(message["android"]["notification"], json!({ "tag": chat, "notification_count": 3 }));
        assert_eq!(message["apns"]["headers"]["apns-collapse-id"], chat);
        assert!(message["webpush"]["headers"]["Topic"].as_str().unwrap().len() <= 32);
        assert!(message["data"].as_object().unwrap().values().all(Value::is_string), "FCM accepts only strings");

        let apns = push(Platform::ApnsSandbox, &content, 3);
        let aps = payload(&apns, "APNS_SANDBOX")["aps"].clone();
        assert_eq!((&aps["badge"], &aps["thread-id"]), (&json!(3), &json!(chat)));
        assert!(apns.attributes.contains(&("AWS.SNS.MOBILE.APNS.COLLAPSE_ID", chat)));
        assert!(apns.attributes.iter().any(|(name, _)| *name == "AWS.SNS.MOBILE.APNS_SANDBOX.TTL"));
    }

    #[test]
    fn quiet_a_badge_correction_shows_no_notification() {
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

    /// The longest names and the longest preview, in the characters that JSON encodes in the most bytes.
    #[test]
    fn the_longest_push_fits_in_the_4096_bytes_that_platforms_accept() {
        let (name, preview) = ("\u{1f600}".repeat(100), "\u{1}".repeat(256));
        let content = content(&name, &format!("{name}: {preview}…"));
        for (platform, name) in [(Platform::Fcm, "GCM"), (Platform::Apns, "APNS")] {
            let bytes = payload(&push(platform, &content, 1_000_000), name).to_string().len();
            assert!(bytes <= 4_096, "{bytes} bytes for {name}");
        }
    }
}
