//! Reactions: the summary on a message, the frames, the event, the rows and their transaction.

use insta::assert_json_snapshot;
use paloma::domain::{
    ChangeKind, ChangeRecord, ChangeSeq, DomainEvent, Emoji, Event, Message, OwnReaction, Reaction, Reactions,
    SettingsEvent, UserId,
};
use paloma::queue::DeliveryJob;

use crate::fixtures::{ana, bruno, carla, chat_id, message, message_id, minute, seq};

fn reaction(user_id: UserId, emoji: &str, at: u64) -> Reaction {
    let emoji = Emoji::try_from(emoji.to_owned()).unwrap();
    Reaction { message_id: message_id(), user_id, chat_id: chat_id(), emoji, reacted_at: minute(at) }
}

/// Message 7 with reactions of all three users, as change 5 of the chat.
fn with_reactions() -> Message {
    let reactions = [reaction(ana(), "🎉", 8), reaction(carla(), "\u{2764}", 9), reaction(bruno(), "❤️", 8)];
    Message { reactions: Reactions::of(&reactions), version: ChangeSeq::at(5), ..message() }
}

fn change() -> ChangeRecord {
    ChangeRecord {
        chat_id: chat_id(),
        change_seq: ChangeSeq::at(5),
        message_id: message_id(),
        seq: seq(7),
        sender_id: ana(),
        kind: ChangeKind::Reacted,
        actor_id: carla(),
        changed_at: minute(9),
    }
}

#[test]
fn a_message_with_reactions() {
    assert_json_snapshot!(with_reactions(), @r#"
    {
      "messageId": "00000000-0000-4000-8000-0000000000e7",
      "chatId": "00000000-0000-4000-8000-0000000000c1",
      "senderId": "aaaaaaaa-0000-4000-8000-000000000001",
      "clientMessageId": "client-message-7",
      "content": "Hello, Bruno!",
      "seq": 7,
      "timestamp": 1800000420000,
      "status": "sent",
      "createdAt": 1800000420000,
      "version": 5,
      "reactions": {
        "count": 3,
        "kinds": [
          {
            "emoji": "❤️",
            "count": 2,
            "userIds": [
              "bbbbbbbb-0000-4000-8000-000000000002",
              "cccccccc-0000-4000-8000-000000000003"
            ]
          },
          {
            "emoji": "🎉",
            "count": 1,
            "userIds": [
              "aaaaaaaa-0000-4000-8000-000000000001"
            ]
          }
        ]
      }
    }
    "#);
}

#[test]
fn the_reactions_of_a_page_have_the_one_of_the_caller() {
    let reactions = with_reactions().reactions.unwrap();
    assert_json_snapshot!(reactions.clone().seen_by(bruno()).mine, @r#""❤️""#);
    assert_json_snapshot!(serde_json::to_value(reactions.seen_by(UserId::random())).unwrap().get("mine"), @"null");
}

#[test]
fn a_change_frame_of_reactions() {
    let job = DeliveryJob::of_change(&change(), with_reactions());
    let mut frame = serde_json::to_value(&job.event).unwrap();
    frame["message"] = "as above".into();
    assert_json_snapshot!(frame, @r#"
    {
      "changeSeq": 5,
      "chatId": "00000000-0000-4000-8000-0000000000c1",
      "message": "as above",
      "reactedBy": "cccccccc-0000-4000-8000-000000000003",
      "type": "change"
    }
    "#);
}

#[test]
fn a_settings_frame_of_a_reaction_and_of_its_removal() {
    let own = OwnReaction::from(&reaction(bruno(), "👍🏽", 8));
    assert_json_snapshot!(Event::Settings(SettingsEvent::Reaction(own.clone())), @r#"
    {
      "type": "settings",
      "reaction": {
        "chatId": "00000000-0000-4000-8000-0000000000c1",
        "messageId": "00000000-0000-4000-8000-0000000000e7",
        "emoji": "👍🏽",
        "changedAt": 1800000480000
      }
    }
    "#);
    assert_json_snapshot!(OwnReaction { emoji: None, changed_at: minute(9), ..own }, @r#"
    {
      "chatId": "00000000-0000-4000-8000-0000000000c1",
      "messageId": "00000000-0000-4000-8000-0000000000e7",
      "emoji": null,
      "changedAt": 1800000540000
    }
    "#);
}

#[test]
fn the_event_of_reactions() {
    let event = DomainEvent::message_changed(&change());
    assert_eq!(event.name(), "ReactionsChanged");
    assert_json_snapshot!(event.bus_detail().unwrap(), @r#"
    {
      "actorId": "cccccccc-0000-4000-8000-000000000003",
      "changeSeq": 5,
      "chatId": "00000000-0000-4000-8000-0000000000c1",
      "eventId": "00000000-0000-4000-8000-0000000000c1/changes/5",
      "messageId": "00000000-0000-4000-8000-0000000000e7",
      "occurredAt": 1800000540000,
      "senderId": "aaaaaaaa-0000-4000-8000-000000000001",
      "seq": 7,
      "version": 1
    }
    "#);
}
