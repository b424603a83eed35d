//! A user's settings for a chat: the frames to the user's sockets, and the updates of rows.

use insta::assert_json_snapshot;
use paloma::domain::{ArchiveSetting, Event, Head, Member, PinSetting, SettingsEvent, UnreadSetting, Watermark};

use crate::fixtures::{ana, bruno, chat_id, direct_chat, member, minute};
use crate::recorder::Recorder;

#[test]
fn a_settings_frame_of_a_pinned_chat() {
    let setting = PinSetting { chat_id: chat_id(), pinned: true, changed_at: minute(8) };

    assert_json_snapshot!(Event::Settings(SettingsEvent::Pin(setting)), @r#"
    {
      "type": "settings",
      "pin": {
        "chatId": "00000000-0000-4000-8000-0000000000c1",
        "pinned": true,
        "changedAt": 1800000480000
      }
    }
    "#);
}

#[test]
fn a_settings_frame_of_an_archived_chat() {
    let setting = ArchiveSetting { chat_id: chat_id(), archived: true, last_count: 7, changed_at: minute(8) };

    assert_json_snapshot!(Event::Settings(SettingsEvent::Archive(setting)), @r#"
    {
      "type": "settings",
      "archive": {
        "chatId": "00000000-0000-4000-8000-0000000000c1",
        "archived": true,
        "lastCount": 7,
        "changedAt": 1800000480000
      }
    }
    "#);
}

#[test]
fn a_settings_frame_of_a_chat_marked_as_unread() {
    let read_seq = Watermark::at(7);
    let setting = UnreadSetting { chat_id: chat_id(), marked_unread: true, read_seq, changed_at: minute(8) };

    assert_json_snapshot!(Event::Settings(SettingsEvent::Unread(setting)), @r#"
    {
      "type": "settings",
      "unread": {
        "chatId": "00000000-0000-4000-8000-0000000000c1",
        "markedUnread": true,
        "readSeq": 7,
        "changedAt": 1800000480000
      }
    }
    "#);
}

#[tokio::test]
async fn a_pin_is_an_entry_of_a_set_in_the_account() {
    let aws = Recorder::default();

    aws.environment().accounts().unwrap().pin(ana(), chat_id()).await.unwrap();

    assert_json_snapshot!(aws.json(), @r#"
    {
      "ConditionExpression": [
        "attribute_exists(userId) AND (attribute_not_exists(pins) OR size(pins) < :max OR",
        "contains(pins, :chat))"
      ],
      "ExpressionAttributeValues": {
        ":chat": "S 00000000-0000-4000-8000-0000000000c1",
        ":chats": {
          "SS": [
            "00000000-0000-4000-8000-0000000000c1"
          ]
        },
        ":max": "N 3"
      },
      "Key": {
        "userId": "S aaaaaaaa-0000-4000-8000-000000000001"
      },
      "TableName": "Accounts",
      "UpdateExpression": "ADD pins :chats"
    }
    "#);
}

#[tokio::test]
async fn a_mute_of_an_archived_chat_keeps_it_archived_under_the_new_mute() {
    let aws = Recorder::default();
    let head = Head { last_seq: Watermark::at(9), ..Head::of(&direct_chat()) };
    let member = Member { archived_count: Some(7), muted_until: Some(minute(60)), ..member() };

    aws.environment().chats().unwrap().mute(chat_id(), (&head, &member), None).await.unwrap();

    assert_json_snapshot!(aws.json(), @r#"
    {
      "ConditionExpression": "attribute_exists(chatId) AND archivedCount = :before",
      "ExpressionAttributeValues": {
        ":before": "N 7",
        ":count": "N 9"
      },
      "Key": {
        "chatId": "S 00000000-0000-4000-8000-0000000000c1#bbbbbbbb-0000-4000-8000-000000000002"
      },
      "TableName": "Chats",
      "UpdateExpression": "SET archivedCount = :count REMOVE mutedUntil"
    }
    "#);
}

#[tokio::test]
async fn an_archived_chat_and_a_mark_as_unread() {
    let aws = Recorder::default();
    let chats = aws.environment().chats().unwrap();

    chats.archive(chat_id(), bruno(), Some(7)).await.unwrap();
    assert_json_snapshot!(aws.json(), @r#"
    {
      "ConditionExpression": "attribute_exists(chatId)",
      "ExpressionAttributeValues": {
        ":count": "N 7"
      },
      "Key": {
        "chatId": "S 00000000-0000-4000-8000-0000000000c1#bbbbbbbb-0000-4000-8000-000000000002"
      },
      "TableName": "Chats",
      "UpdateExpression": "SET archivedCount = :count"
    }
    "#);

    chats.mark_unread(chat_id(), bruno(), Some(Watermark::at(7))).await.unwrap();
    assert_json_snapshot!(aws.json(), @r#"
    {
      "ConditionExpression": "attribute_exists(chatId)",
      "ExpressionAttributeValues": {
        ":read": "N 7"
      },
      "Key": {
        "chatId": "S 00000000-0000-4000-8000-0000000000c1#bbbbbbbb-0000-4000-8000-000000000002"
      },
      "TableName": "Chats",
      "UpdateExpression": "SET unreadSeq = :read"
    }
    "#);
}
