//! Jobs of the deliveries queue.

use insta::assert_json_snapshot;
use paloma::domain::{ChatSettings, Event, ProfileSettings, SettingsEvent, Status, StatusEvent};
use paloma::queue::{Audience, DeliveryJob};

use crate::fixtures::{ana, bruno, chat_id, connection_id, message, minute, name, seq};

#[test]
fn a_delivery_of_a_message_to_all_members() {
    let job = DeliveryJob::of_message(&message(), Audience::Everyone, Some(connection_id()));

    assert_json_snapshot!(job, @r#"
    {
      "chatId": "00000000-0000-4000-8000-0000000000c1",
      "audience": "everyone",
      "event": {
        "type": "message",
        "message": {
          "messageId": "00000000-0000-4000-8000-0000000000e7",
          "chatId": "00000000-0000-4000-8000-0000000000c1",
          "senderId": "aaaaaaaa-0000-4000-8000-000000000001",
          "clientMessageId": "client-message-7",
          "content": "Hello, Bruno!",
          "seq": 7,
          "timestamp": 1800000420000,
          "status": "sent",
          "createdAt": 1800000420000
        }
      },
      "origin": "L0SM9cOFvHcCIhw=",
      "acceptedAt": 1800000420000
    }
    "#);
}

#[test]
fn a_delivery_to_all_members_except_one() {
    assert_json_snapshot!(Audience::EveryoneBut(ana()), @r#"
    {
      "everyoneBut": "aaaaaaaa-0000-4000-8000-000000000001"
    }
    "#);
}

#[test]
fn a_delivery_to_named_members() {
    assert_json_snapshot!(Audience::Only(vec![ana(), bruno()]), @r#"
    {
      "only": [
        "aaaaaaaa-0000-4000-8000-000000000001",
        "bbbbbbbb-0000-4000-8000-000000000002"
      ]
    }
    "#);
}

#[test]
fn a_delivery_to_sockets() {
    assert_json_snapshot!(Audience::Sockets(vec![connection_id()]), @r#"
    {
      "sockets": [
        "L0SM9cOFvHcCIhw="
      ]
    }
    "#);
}

#[test]
fn a_delivery_of_a_status() {
    let status = StatusEvent {
        chat_id: chat_id(),
        seq: seq(7),
        from: None,
        status: Status::Read,
        user_id: bruno(),
        everyone: false,
        timestamp: minute(8),
    };

    assert_json_snapshot!(DeliveryJob::of_status(status, vec![ana()], None), @r#"
    {
      "chatId": "00000000-0000-4000-8000-0000000000c1",
      "audience": {
        "only": [
          "aaaaaaaa-0000-4000-8000-000000000001"
        ]
      },
      "event": {
        "type": "status",
        "chatId": "00000000-0000-4000-8000-0000000000c1",
        "seq": 7,
        "status": "read",
        "userId": "bbbbbbbb-0000-4000-8000-000000000002",
        "everyone": false,
        "timestamp": 1800000480000
      },
      "acceptedAt": 1800000480000
    }
    "#);
}

#[test]
fn a_delivery_of_chat_settings_expires() {
    let settings = SettingsEvent::Chat(ChatSettings { chat_id: chat_id(), muted_until: None });

    assert_json_snapshot!(DeliveryJob::of_settings(ana(), settings, minute(8)), @r#"
    {
      "chatId": "00000000-0000-4000-8000-0000000000c1",
      "audience": {
        "only": [
          "aaaaaaaa-0000-4000-8000-000000000001"
        ]
      },
      "event": {
        "type": "settings",
        "chat": {
          "chatId": "00000000-0000-4000-8000-0000000000c1",
          "mutedUntil": null
        }
      },
      "acceptedAt": 1800000480000,
      "expiresAt": 1800000540000
    }
    "#);
}

#[test]
fn a_delivery_of_profile_settings_belongs_to_no_chat() {
    let settings = SettingsEvent::Profile(ProfileSettings { name: name("Ana"), avatar: None });

    assert_json_snapshot!(DeliveryJob::of_settings(ana(), settings, minute(8)), @r#"
    {
      "audience": {
        "only": [
          "aaaaaaaa-0000-4000-8000-000000000001"
        ]
      },
      "event": {
        "type": "settings",
        "profile": {
          "name": "Ana",
          "avatar": null
        }
      },
      "acceptedAt": 1800000480000,
      "expiresAt": 1800000540000
    }
    "#);
}

#[test]
fn a_delivery_of_typing_expires() {
    let job = DeliveryJob {
        chat_id: Some(chat_id()),
        audience: Audience::EveryoneBut(bruno()),
        event: Event::Typing { chat_id: chat_id(), user_id: bruno() },
        origin: Some(connection_id()),
        accepted_at: minute(8),
        expires_at: Some(minute(9)),
    };

    assert_json_snapshot!(job, @r#"
    {
      "chatId": "00000000-0000-4000-8000-0000000000c1",
      "audience": {
        "everyoneBut": "bbbbbbbb-0000-4000-8000-000000000002"
      },
      "event": {
        "type": "typing",
        "chatId": "00000000-0000-4000-8000-0000000000c1",
        "userId": "bbbbbbbb-0000-4000-8000-000000000002"
      },
      "origin": "L0SM9cOFvHcCIhw=",
      "acceptedAt": 1800000480000,
      "expiresAt": 1800000540000
    }
    "#);
}
