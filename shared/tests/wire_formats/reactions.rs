//! Reactions: the summary on a message, the frames, the event, the rows and their transaction.

use insta::assert_json_snapshot;
use paloma::domain::{
    ChangeKind, ChangeRecord, ChangeSeq, DomainEvent, Emoji, Event, Message, MessagePast, OwnReaction, Reaction,
    Reactions, ReactionsChange, SettingsEvent, UserId,
};
use paloma::queue::DeliveryJob;
use paloma::store::ChangeOutcome;
use serde_json::Value;

use crate::changes::head;
use crate::fixtures::{ana, bruno, carla, chat_id, message, message_id, minute, seq};
use crate::recorder::Recorder;

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

/// The transaction that writes the summary of these reactions.
async fn transaction_of(message: &Message, past: &MessagePast, reactions: &[Reaction]) -> Value {
    let aws = Recorder::default();
    let change = ReactionsChange::new(&head(), (message, past), reactions, carla(), minute(9)).unwrap();
    let outcome = aws.environment().change_log().unwrap().change_reactions(&change).await.unwrap();
    assert_eq!(outcome, ChangeOutcome::Changed);
    aws.json()["TransactItems"].take()
}

#[tokio::test]
async fn a_summary_takes_the_next_number_of_the_chat_and_leaves_its_preview() {
    let transaction = transaction_of(&message(), &MessagePast::default(), &[reaction(bruno(), "🎉", 8)]).await;
    assert_json_snapshot!(transaction[0]["Update"], @r##"
    {
      "ConditionExpression": "attribute_exists(chatId) AND changeSeq = :before",
      "ExpressionAttributeValues": {
        ":at": "N 1800000540000",
        ":before": "N 4",
        ":change": "N 5"
      },
      "Key": {
        "chatId": "S 00000000-0000-4000-8000-0000000000c1#head"
      },
      "TableName": "Chats",
      "UpdateExpression": "SET changeSeq = :change, changedAt = :at"
    }
    "##);
}

#[tokio::test]
async fn a_summary_is_written_onto_the_message_beside_the_version_of_the_content() {
    let transaction = transaction_of(&message(), &MessagePast::default(), &[reaction(bruno(), "🎉", 8)]).await;
    assert_json_snapshot!(transaction.as_array().unwrap()[1..], @r##"
    [
      {
        "Update": {
          "ConditionExpression": [
            "attribute_exists(messageId) AND attribute_not_exists(erasedAt) AND",
            "attribute_not_exists(deletedAt) AND attribute_not_exists(version)"
          ],
          "ExpressionAttributeValues": {
            ":change": "N 5",
            ":content": "N 0",
            ":reactions": {
              "count": "N 1",
              "kinds": [
                {
                  "count": "N 1",
                  "emoji": "S 🎉",
                  "userIds": [
                    "S bbbbbbbb-0000-4000-8000-000000000002"
                  ]
                }
              ]
            }
          },
          "Key": {
            "messageId": "S 00000000-0000-4000-8000-0000000000e7"
          },
          "TableName": "Messages",
          "UpdateExpression": "SET version = :change, contentVersion = :content, reactions = :reactions"
        }
      },
      {
        "Put": {
          "Item": {
            "actorId": "S cccccccc-0000-4000-8000-000000000003",
            "changeSeq": "N 5",
            "changedAt": "N 1800000540000",
            "chatId": "S 00000000-0000-4000-8000-0000000000c1",
            "kind": "S reacted",
            "messageId": "S 00000000-0000-4000-8000-0000000000e7",
            "senderId": "S aaaaaaaa-0000-4000-8000-000000000001",
            "seq": "N 7",
            "ttl": "N 1807776540"
          },
          "TableName": "Changes"
        }
      }
    ]
    "##);
}

#[tokio::test]
async fn after_the_last_removal_the_message_has_no_reactions() {
    let past = MessagePast { content_version: Some(ChangeSeq::at(3)), ..MessagePast::default() };
    let transaction = transaction_of(&with_reactions(), &past, &[]).await;
    let update = &transaction[1]["Update"];
    let expression = &update["UpdateExpression"];
    assert_json_snapshot!(expression, @r#""SET version = :change, contentVersion = :content REMOVE reactions""#);
    assert_json_snapshot!(update["ExpressionAttributeValues"], @r#"
    {
      ":before": "N 5",
      ":change": "N 5",
      ":content": "N 3"
    }
    "#);
}

#[tokio::test]
async fn a_reaction_is_written_only_if_it_differs() {
    let aws = Recorder::default();
    let (stored, is_new) = aws.environment().reactions().unwrap().set(reaction(bruno(), "🎉", 8), None).await.unwrap();
    assert_eq!((stored, is_new), (reaction(bruno(), "🎉", 8), true));
    assert_json_snapshot!(aws.json(), @r#"
    {
      "ConditionExpression": "attribute_not_exists(messageId) OR emoji <> :emoji",
      "ExpressionAttributeValues": {
        ":emoji": "S 🎉"
      },
      "Item": {
        "chatId": "S 00000000-0000-4000-8000-0000000000c1",
        "emoji": "S 🎉",
        "messageId": "S 00000000-0000-4000-8000-0000000000e7",
        "reactedAt": "N 1800000480000",
        "userId": "S bbbbbbbb-0000-4000-8000-000000000002"
      },
      "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
      "TableName": "Reactions"
    }
    "#);
}

#[tokio::test]
async fn all_reactions_to_a_message_are_read_consistently() {
    let aws = Recorder::default();
    aws.environment().reactions().unwrap().of_message(message_id()).await.unwrap();
    assert_json_snapshot!(aws.json(), @r#"
    {
      "ConsistentRead": true,
      "ExpressionAttributeValues": {
        ":message": "S 00000000-0000-4000-8000-0000000000e7"
      },
      "KeyConditionExpression": "messageId = :message",
      "TableName": "Reactions"
    }
    "#);
}
