//! Bodies of REST answers.

use std::collections::{BTreeMap, BTreeSet};

use insta::assert_json_snapshot;
use paloma::domain::{Accepted, ChatView, Head, Member, Presence, Profile, Roster, Status, Timestamp, User, Watermark};
use paloma::edge::Cursor;
use serde_json::json;

use crate::fixtures::{
    ana, avatar, bruno, carla, direct_chat, erased_message, group, last_message, member, message, minute, name, user,
};

#[test]
fn an_accepted_message() {
    assert_json_snapshot!(Accepted::from(&message()), @r#"
    {
      "messageId": "00000000-0000-4000-8000-0000000000e7",
      "chatId": "00000000-0000-4000-8000-0000000000c1",
      "seq": 7,
      "timestamp": 1800000420000,
      "status": "sent",
      "clientMessageId": "client-message-7"
    }
    "#);
}

#[test]
fn a_message() {
    let mut message = message();
    message.status = Status::Read;

    assert_json_snapshot!(message, @r#"
    {
      "messageId": "00000000-0000-4000-8000-0000000000e7",
      "chatId": "00000000-0000-4000-8000-0000000000c1",
      "senderId": "aaaaaaaa-0000-4000-8000-000000000001",
      "clientMessageId": "client-message-7",
      "content": "Hello, Bruno!",
      "seq": 7,
      "timestamp": 1800000420000,
      "status": "read",
      "createdAt": 1800000420000
    }
    "#);
}

#[test]
fn a_message_of_an_erased_sender_has_no_content() {
    assert_json_snapshot!(erased_message(), @r#"
    {
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
    "#);
}

#[test]
fn a_new_chat_has_no_message_and_leaves_out_optional_fields() {
    let chat = direct_chat();
    let head = Head::of(&chat);

    assert_json_snapshot!(ChatView::of(chat, &head, &member()), @r#"
    {
      "chatId": "00000000-0000-4000-8000-0000000000c1",
      "type": "direct",
      "participants": [
        "aaaaaaaa-0000-4000-8000-000000000001",
        "bbbbbbbb-0000-4000-8000-000000000002"
      ],
      "createdBy": "aaaaaaaa-0000-4000-8000-000000000001",
      "createdAt": 1800000000000,
      "lastMessage": null,
      "lastMessageTime": 1800000000000,
      "lastSeq": 0,
      "readSeq": 5,
      "deliveredSeq": 6,
      "unreadCount": 0
    }
    "#);
}

#[test]
fn a_chat_with_every_field() {
    let chat = group();
    let roster = Roster::stored(3, None, BTreeSet::from([carla()]));
    let (last_seq, last_message) = (Watermark::at(7), Some(last_message()));
    let head = Head { roster, last_seq, last_message, ..Head::of(&chat) };
    let member = Member { muted_until: Some(Timestamp::from_millis(253_402_300_799_000)), ..member() };
    let profile = |user_id, name, avatar| Profile { user_id, name, avatar };
    let mut view = ChatView::of(chat, &head, &member);
    view.presence = Some(Presence { online: true, last_seen: Some(minute(8)) });
    view.members = vec![profile(ana(), name("Ana"), Some(avatar())), profile(bruno(), name("Bruno"), None)];
    assert_json_snapshot!(view, @r#"
    {
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
      ],
      "erased": [
        "cccccccc-0000-4000-8000-000000000003"
      ],
      "lastMessage": {
        "messageId": "00000000-0000-4000-8000-0000000000e7",
        "senderId": "aaaaaaaa-0000-4000-8000-000000000001",
        "seq": 7,
        "timestamp": 1800000420000,
        "content": "Hello, Bruno!"
      },
      "lastMessageTime": 1800000420000,
      "lastSeq": 7,
      "readSeq": 5,
      "deliveredSeq": 6,
      "unreadCount": 2,
      "role": "member",
      "mutedUntil": 253402300799000,
      "presence": {
        "online": true,
        "lastSeen": 1800000480000
      },
      "members": [
        {
          "userId": "aaaaaaaa-0000-4000-8000-000000000001",
          "name": "Ana",
          "avatar": "https://example.com/ana.png"
        },
        {
          "userId": "bbbbbbbb-0000-4000-8000-000000000002",
          "name": "Bruno"
        }
      ]
    }
    "#);
}

#[test]
fn a_chat_with_the_settings_of_the_caller() {
    let chat = direct_chat();
    let head = Head { last_seq: Watermark::at(7), ..Head::of(&chat) };
    let member = Member { archived_count: Some(7), unread_seq: Some(Watermark::at(5)), ..member() };
    let view = serde_json::to_value(ChatView { pinned: true, ..ChatView::of(chat, &head, &member) }).unwrap();
    let settings = ["pinned", "archived", "markedUnread"].map(|name| (name, view[name].clone()));
    assert_json_snapshot!(BTreeMap::from(settings), @r#"
    {
      "archived": true,
      "markedUnread": true,
      "pinned": true
    }
    "#);
}

#[test]
fn a_user() {
    assert_json_snapshot!(user(), @r#"
    {
      "userId": "aaaaaaaa-0000-4000-8000-000000000001",
      "email": "ana@example.com",
      "name": "Ana",
      "avatar": "https://example.com/ana.png",
      "createdAt": 1800000000000
    }
    "#);
}

#[test]
fn a_user_without_email_and_avatar_leaves_both_out() {
    assert_json_snapshot!(User { email: None, avatar: None, ..user() }, @r#"
    {
      "userId": "aaaaaaaa-0000-4000-8000-000000000001",
      "name": "Ana",
      "createdAt": 1800000000000
    }
    "#);
}

/// A cursor is opaque to clients, and browsers keep it for hours: a deployment must read the cursors of the last one.
#[test]
fn a_cursor_is_base64_of_json() {
    assert_json_snapshot!(Cursor(json!({ "seq": 7 })), @r#""eyJzZXEiOjd9""#);
}
