//! The payloads of pushes, whole: a change of what FCM, APNs or an app receives shows in the diff.

use std::collections::BTreeMap;

use insta::assert_json_snapshot;
use paloma::domain::{Body, ChangeSeq, ChatId, LastMessage, MessageId, Platform, Seq, Timestamp, UserId, Watermark};
use paloma::phones::{LocKey, LocText, Push};
use serde_json::{Value, json};

use crate::content::PushContent;
use crate::payload::{badge, push};

#[test]
fn a_message_for_fcm() {
    assert_json_snapshot!(shown(&push(Platform::Fcm, &content(), 3)), @r#"
    {
      "attributes": {},
      "message": {
        "GCM": {
          "fcmV1Message": {
            "message": {
              "android": {
                "collapse_key": "00000000-0000-4000-8000-0000000000c1",
                "notification": {
                  "notification_count": 3,
                  "tag": "00000000-0000-4000-8000-0000000000c1"
                },
                "priority": "high",
                "ttl": "604800s"
              },
              "apns": {
                "headers": {
                  "apns-collapse-id": "00000000-0000-4000-8000-0000000000c1",
                  "apns-priority": "10"
                },
                "payload": {
                  "aps": {
                    "badge": 3,
                    "sound": "default",
                    "thread-id": "00000000-0000-4000-8000-0000000000c1"
                  }
                }
              },
              "data": {
                "badge": "3",
                "chatId": "00000000-0000-4000-8000-0000000000c1",
                "messageId": "00000000-0000-4000-8000-0000000000e7",
                "seq": "7"
              },
              "notification": {
                "body": "Hello, Bruno!",
                "title": "Ana"
              },
              "webpush": {
                "headers": {
                  "TTL": "604800",
                  "Topic": "000000000000400080000000000000c1",
                  "Urgency": "high"
                },
                "notification": {
                  "tag": "00000000-0000-4000-8000-0000000000c1"
                }
              }
            }
          }
        }
      }
    }
    "#);
}

#[test]
fn a_message_for_apns() {
    assert_json_snapshot!(shown(&push(Platform::Apns, &content(), 3)), @r#"
    {
      "attributes": {
        "AWS.SNS.MOBILE.APNS.COLLAPSE_ID": "00000000-0000-4000-8000-0000000000c1",
        "AWS.SNS.MOBILE.APNS.PRIORITY": "10",
        "AWS.SNS.MOBILE.APNS.PUSH_TYPE": "alert",
        "AWS.SNS.MOBILE.APNS.TTL": "604800"
      },
      "message": {
        "APNS": {
          "aps": {
            "alert": {
              "body": "Hello, Bruno!",
              "title": "Ana"
            },
            "badge": 3,
            "sound": "default",
            "thread-id": "00000000-0000-4000-8000-0000000000c1"
          },
          "chatId": "00000000-0000-4000-8000-0000000000c1",
          "messageId": "00000000-0000-4000-8000-0000000000e7",
          "seq": 7
        }
      }
    }
    "#);
}

#[test]
fn a_message_for_the_sandbox_of_apns() {
    assert_json_snapshot!(shown(&push(Platform::ApnsSandbox, &content(), 3)), @r#"
    {
      "attributes": {
        "AWS.SNS.MOBILE.APNS.COLLAPSE_ID": "00000000-0000-4000-8000-0000000000c1",
        "AWS.SNS.MOBILE.APNS.PRIORITY": "10",
        "AWS.SNS.MOBILE.APNS.PUSH_TYPE": "alert",
        "AWS.SNS.MOBILE.APNS_SANDBOX.TTL": "604800"
      },
      "message": {
        "APNS_SANDBOX": {
          "aps": {
            "alert": {
              "body": "Hello, Bruno!",
              "title": "Ana"
            },
            "badge": 3,
            "sound": "default",
            "thread-id": "00000000-0000-4000-8000-0000000000c1"
          },
          "chatId": "00000000-0000-4000-8000-0000000000c1",
          "messageId": "00000000-0000-4000-8000-0000000000e7",
          "seq": 7
        }
      }
    }
    "#);
}

#[test]
fn a_message_without_content_has_a_key_for_the_text() {
    let fcm = shown(&push(Platform::Fcm, &content_of_group(), 3))["message"]["GCM"]["fcmV1Message"]["message"].take();
    assert_eq!((&fcm["data"]["locKey"], &fcm["data"]["locArgs"]), (&json!("newMessageFrom"), &json!("[\"Ana\"]")));
    assert_json_snapshot!(shown(&push(Platform::Apns, &content_of_group(), 3))["message"]["APNS"], @r#"
    {
      "aps": {
        "alert": {
          "body": "Ana: New message",
          "title": "Team"
        },
        "badge": 3,
        "mutable-content": 1,
        "sound": "default",
        "thread-id": "00000000-0000-4000-8000-0000000000c1"
      },
      "chatId": "00000000-0000-4000-8000-0000000000c1",
      "locArgs": [
        "Ana"
      ],
      "locKey": "newMessageFrom",
      "messageId": "00000000-0000-4000-8000-0000000000e7",
      "seq": 7
    }
    "#);
}

#[test]
fn a_badge_for_fcm() {
    assert_json_snapshot!(shown(&badge(Platform::Fcm, chat_id(), Watermark::at(7), 2)), @r#"
    {
      "attributes": {},
      "message": {
        "GCM": {
          "fcmV1Message": {
            "message": {
              "android": {
                "collapse_key": "badge",
                "priority": "normal",
                "ttl": "604800s"
              },
              "apns": {
                "headers": {
                  "apns-collapse-id": "badge",
                  "apns-priority": "10",
                  "apns-push-type": "alert"
                },
                "payload": {
                  "aps": {
                    "badge": 2
                  }
                }
              },
              "data": {
                "badge": "2",
                "chatId": "00000000-0000-4000-8000-0000000000c1",
                "readSeq": "7"
              },
              "webpush": {
                "headers": {
                  "TTL": "604800",
                  "Topic": "badge",
                  "Urgency": "low"
                }
              }
            }
          }
        }
      }
    }
    "#);
}

#[test]
fn a_badge_for_apns() {
    assert_json_snapshot!(shown(&badge(Platform::Apns, chat_id(), Watermark::at(7), 2)), @r#"
    {
      "attributes": {
        "AWS.SNS.MOBILE.APNS.COLLAPSE_ID": "badge",
        "AWS.SNS.MOBILE.APNS.PRIORITY": "10",
        "AWS.SNS.MOBILE.APNS.PUSH_TYPE": "alert",
        "AWS.SNS.MOBILE.APNS.TTL": "604800"
      },
      "message": {
        "APNS": {
          "aps": {
            "badge": 2
          },
          "chatId": "00000000-0000-4000-8000-0000000000c1",
          "readSeq": 7
        }
      }
    }
    "#);
}

#[test]
fn a_badge_for_the_sandbox_of_apns() {
    assert_json_snapshot!(shown(&badge(Platform::ApnsSandbox, chat_id(), Watermark::at(7), 2)), @r#"
    {
      "attributes": {
        "AWS.SNS.MOBILE.APNS.COLLAPSE_ID": "badge",
        "AWS.SNS.MOBILE.APNS.PRIORITY": "10",
        "AWS.SNS.MOBILE.APNS.PUSH_TYPE": "alert",
        "AWS.SNS.MOBILE.APNS_SANDBOX.TTL": "604800"
      },
      "message": {
        "APNS_SANDBOX": {
          "aps": {
            "badge": 2
          },
          "chatId": "00000000-0000-4000-8000-0000000000c1",
          "readSeq": 7
        }
      }
    }
    "#);
}

/// Message 7 of Ana.
fn content() -> PushContent {
    let message = LastMessage {
        message_id: "00000000-0000-4000-8000-0000000000e7".parse::<MessageId>().unwrap(),
        sender_id: "aaaaaaaa-0000-4000-8000-000000000001".parse::<UserId>().unwrap(),
        seq: Seq::try_from(7).unwrap(),
        count: None,
        timestamp: Timestamp::from_millis(1_800_000_420_000),
        body: Body::Content("Hello, Bruno!".to_owned()),
    };

    PushContent {
        chat_id: chat_id(),
        message,
        version: ChangeSeq::START,
        title: "Ana".to_owned(),
        text: "Hello, Bruno!".to_owned(),
        loc_text: None,
        is_silent: false,
    }
}

/// The same in a group, where pushes do not show content.
fn content_of_group() -> PushContent {
    let loc_text = LocText { loc_key: LocKey::NewMessageFrom, loc_args: vec!["Ana".to_owned()] };
    let (title, text) = ("Team".to_owned(), "Ana: New message".to_owned());
    PushContent { title, text, loc_text: Some(loc_text), ..content() }
}

fn chat_id() -> ChatId {
    "00000000-0000-4000-8000-0000000000c1".parse().unwrap()
}

/// The message for SNS with the payload of its platform, which is a text in it, and the attributes.
fn shown(push: &Push) -> Value {
    let mut message: Value = serde_json::from_str(&push.message).unwrap();
    for payload in message.as_object_mut().unwrap().values_mut() {
        *payload = serde_json::from_str(payload.as_str().unwrap()).unwrap();
    }

    json!({ "message": message, "attributes": push.attributes.iter().cloned().collect::<BTreeMap<_, _>>() })
}
