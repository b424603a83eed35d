//! Frames that the server posts to a socket without a request: one test per `type`.

use insta::assert_json_snapshot;
use paloma::domain::{
    BlockSettings, ChatSettings, Circle, ErasedEvent, Event, Presence, Privacy, PrivacySettings, ProfileSettings,
    SettingsEvent, Status, StatusEvent,
};

use crate::fixtures::{ana, avatar, bruno, chat_id, direct_chat, erased_message, group, message, minute, name, seq};

#[test]
fn a_message_frame() {
    assert_json_snapshot!(Event::Message { message: message() }, @r#"
    {
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
    }
    "#);
}

#[test]
fn a_message_frame_of_an_erased_sender_has_no_content() {
    assert_json_snapshot!(Event::Message { message: erased_message() }, @r#"
    {
      "type": "message",
      "message": {
        "messageId": "00000000-0000-4000-8000-0000000000e7",
        "chatId": "00000000-0000-4000-8000-0000000000c1",
        "senderId": "aaaaaaaa-0000-4000-8000-000000000001",
        "clientMessageId": "client-message-7",
        "content": null,
        "erasedAt": 1800000540000,
        "seq": 7,
        "timestamp": 1800000420000,
        "status": "sent",
        "createdAt": 1800000420000
      }
    }
    "#);
}

#[test]
fn a_status_frame() {
    let event = StatusEvent {
        chat_id: chat_id(),
        seq: seq(7),
        from: None,
        status: Status::Delivered,
        user_id: bruno(),
        everyone: true,
        timestamp: minute(8),
    };

    assert_json_snapshot!(Event::Status(event), @r#"
    {
      "type": "status",
      "chatId": "00000000-0000-4000-8000-0000000000c1",
      "seq": 7,
      "status": "delivered",
      "userId": "bbbbbbbb-0000-4000-8000-000000000002",
      "everyone": true,
      "timestamp": 1800000480000
    }
    "#);
}

#[test]
fn a_status_frame_after_a_block_begins_with_the_window() {
    let event = StatusEvent {
        chat_id: chat_id(),
        seq: seq(7),
        from: Some(seq(6)),
        status: Status::Read,
        user_id: bruno(),
        everyone: true,
        timestamp: minute(8),
    };

    assert_json_snapshot!(Event::Status(event), @r#"
    {
      "type": "status",
      "chatId": "00000000-0000-4000-8000-0000000000c1",
      "seq": 7,
      "from": 6,
      "status": "read",
      "userId": "bbbbbbbb-0000-4000-8000-000000000002",
      "everyone": true,
      "timestamp": 1800000480000
    }
    "#);
}

#[test]
fn a_settings_frame_of_a_block() {
    let settings = BlockSettings { user_id: bruno(), blocked: true };

    assert_json_snapshot!(Event::Settings(SettingsEvent::Block(settings)), @r#"
    {
      "type": "settings",
      "block": {
        "userId": "bbbbbbbb-0000-4000-8000-000000000002",
        "blocked": true
      }
    }
    "#);
}

#[test]
fn a_settings_frame_of_privacy() {
    let privacy = Privacy { receipts: Circle::Contacts, groups: Circle::Contacts, ..Privacy::default() };
    let settings = PrivacySettings { privacy, changed_at: minute(8) };

    assert_json_snapshot!(Event::Settings(SettingsEvent::Privacy(settings)), @r#"
    {
      "type": "settings",
      "privacy": {
        "presence": "everyone",
        "receipts": "contacts",
        "discoverableByEmail": "everyone",
        "groups": "contacts",
        "changedAt": 1800000480000
      }
    }
    "#);
}

#[test]
fn a_settings_frame_of_a_muted_chat() {
    let settings = ChatSettings { chat_id: chat_id(), muted_until: Some(minute(60)) };

    assert_json_snapshot!(Event::Settings(SettingsEvent::Chat(settings)), @r#"
    {
      "type": "settings",
      "chat": {
        "chatId": "00000000-0000-4000-8000-0000000000c1",
        "mutedUntil": 1800003600000
      }
    }
    "#);
}

#[test]
fn a_settings_frame_of_an_unmuted_chat_says_null() {
    let settings = ChatSettings { chat_id: chat_id(), muted_until: None };

    assert_json_snapshot!(Event::Settings(SettingsEvent::Chat(settings)), @r#"
    {
      "type": "settings",
      "chat": {
        "chatId": "00000000-0000-4000-8000-0000000000c1",
        "mutedUntil": null
      }
    }
    "#);
}

#[test]
fn a_settings_frame_of_a_profile() {
    let settings = ProfileSettings { name: name("Ana"), avatar: Some(avatar()) };

    assert_json_snapshot!(Event::Settings(SettingsEvent::Profile(settings)), @r#"
    {
      "type": "settings",
      "profile": {
        "name": "Ana",
        "avatar": "https://example.com/ana.png"
      }
    }
    "#);
}

#[test]
fn a_settings_frame_of_a_profile_without_avatar_says_null() {
    let settings = ProfileSettings { name: name("Ana"), avatar: None };

    assert_json_snapshot!(Event::Settings(SettingsEvent::Profile(settings)), @r#"
    {
      "type": "settings",
      "profile": {
        "name": "Ana",
        "avatar": null
      }
    }
    "#);
}

#[test]
fn a_chat_frame_of_a_direct_chat() {
    assert_json_snapshot!(Event::Chat { chat: direct_chat() }, @r#"
    {
      "type": "chat",
      "chat": {
        "chatId": "00000000-0000-4000-8000-0000000000c1",
        "type": "direct",
        "participants": [
          "aaaaaaaa-0000-4000-8000-000000000001",
          "bbbbbbbb-0000-4000-8000-000000000002"
        ],
        "createdBy": "aaaaaaaa-0000-4000-8000-000000000001",
        "createdAt": 1800000000000
      }
    }
    "#);
}

#[test]
fn a_chat_frame_of_a_group() {
    assert_json_snapshot!(Event::Chat { chat: group() }, @r#"
    {
      "type": "chat",
      "chat": {
        "chatId": "00000000-0000-4000-8000-0000000000c2",
        "type": "group",
        "name": "Friends",
        "participants": [
          "aaaaaaaa-0000-4000-8000-000000000001",
          "bbbbbbbb-0000-4000-8000-000000000002",
          "cccccccc-0000-4000-8000-000000000003"
        ],
        "createdBy": "aaaaaaaa-0000-4000-8000-000000000001",
        "createdAt": 1800000000000,
        "admins": [
          "aaaaaaaa-0000-4000-8000-000000000001"
        ]
      }
    }
    "#);
}

#[test]
fn a_typing_frame() {
    assert_json_snapshot!(Event::Typing { chat_id: chat_id(), user_id: bruno() }, @r#"
    {
      "type": "typing",
      "chatId": "00000000-0000-4000-8000-0000000000c1",
      "userId": "bbbbbbbb-0000-4000-8000-000000000002"
    }
    "#);
}

#[test]
fn a_presence_frame_of_a_user_who_went_offline() {
    let presence = Presence { online: false, last_seen: Some(minute(8)) };

    assert_json_snapshot!(Event::Presence { chat_id: chat_id(), user_id: bruno(), presence }, @r#"
    {
      "type": "presence",
      "chatId": "00000000-0000-4000-8000-0000000000c1",
      "userId": "bbbbbbbb-0000-4000-8000-000000000002",
      "online": false,
      "lastSeen": 1800000480000
    }
    "#);
}

#[test]
fn a_presence_frame_of_a_user_who_was_never_online_has_no_last_seen() {
    let presence = Presence::default();

    assert_json_snapshot!(Event::Presence { chat_id: chat_id(), user_id: bruno(), presence }, @r#"
    {
      "type": "presence",
      "chatId": "00000000-0000-4000-8000-0000000000c1",
      "userId": "bbbbbbbb-0000-4000-8000-000000000002",
      "online": false
    }
    "#);
}

#[test]
fn an_erased_frame() {
    let event = ErasedEvent { chat_id: chat_id(), user_id: ana(), erased_at: minute(9) };

    assert_json_snapshot!(Event::Erased(event), @r#"
    {
      "type": "erased",
      "chatId": "00000000-0000-4000-8000-0000000000c1",
      "userId": "aaaaaaaa-0000-4000-8000-000000000001",
      "erasedAt": 1800000540000
    }
    "#);
}
