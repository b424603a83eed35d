//! Edits and deletions of messages: their transaction, and the rows of the Changes table.

use insta::assert_json_snapshot;
use paloma::domain::{
    ChangeRequest, ChangeSeq, Content, DeletedCounts, Head, LastMessage, Member, MessageChange, MessagePast,
    SummaryChange, Watermark,
};
use paloma::store::ChangeOutcome;
use serde_json::Value;

use crate::fixtures::{ana, chat_id, direct_chat, last_message, message, minute, seq};
use crate::recorder::Recorder;

/// The head after message 7, which was summarised, with four changes.
pub(crate) fn head() -> Head {
    Head {
        last_seq: Watermark::at(7),
        last_message: Some(last_message()),
        change_seq: ChangeSeq::at(4),
        changed_seq: Watermark::at(3),
        deleted: DeletedCounts::default().with(3),
        ..Head::of(&direct_chat())
    }
}

pub(crate) async fn transaction_of(head: &Head, request: ChangeRequest) -> Value {
    let aws = Recorder::default();
    let sender = Member::new(ana(), minute(0));
    let change = MessageChange::new(&request, (head, &sender), (&message(), &MessagePast::default()), minute(9))
        .unwrap()
        .unwrap();
    let outcome = aws.environment().change_log().unwrap().change(&change).await.unwrap();
    assert_eq!(outcome, ChangeOutcome::Changed);
    aws.json()["TransactItems"].take()
}

#[tokio::test]
async fn an_edit_takes_the_next_number_of_the_chat_and_replaces_its_preview() {
    let content = Content::try_from("Hello, Bruna!".to_owned()).unwrap();
    let edit = ChangeRequest::Edit { content, version: ChangeSeq::START };
    let transaction = transaction_of(&head(), edit).await;
    assert_json_snapshot!(transaction[0]["Update"], @r##"
    {
      "ConditionExpression": [
        "attribute_exists(chatId) AND changeSeq = :before AND NOT contains(erased, :actor) AND NOT",
        "contains(leavers, :leaver) AND lastMessage.seq = :seq AND NOT contains(blockers, :leaver)",
        "AND NOT contains(blockers, :other)"
      ],
      "ExpressionAttributeValues": {
        ":actor": "S aaaaaaaa-0000-4000-8000-000000000001",
        ":at": "N 1800000540000",
        ":before": "N 4",
        ":change": "N 5",
        ":changed": "N 7",
        ":last": {
          "content": "S Hello, Bruna!",
          "messageId": "S 00000000-0000-4000-8000-0000000000e7",
          "senderId": "S aaaaaaaa-0000-4000-8000-000000000001",
          "seq": "N 7",
          "timestamp": "N 1800000420000"
        },
        ":leaver": {
          "B": "qqqqqgAAQACAAAAAAAAAAQ=="
        },
        ":other": {
          "B": "u7u7uwAAQACAAAAAAAAAAg=="
        },
        ":seq": "N 7"
      },
      "Key": {
        "chatId": "S 00000000-0000-4000-8000-0000000000c1#head"
      },
      "TableName": "Chats",
      "UpdateExpression": "SET changeSeq = :change, changedSeq = :changed, changedAt = :at, lastMessage = :last"
    }
    "##);
}

#[tokio::test]
async fn an_edit_writes_message_and_change() {
    let content = Content::try_from("Hello, Bruna!".to_owned()).unwrap();
    let edit = ChangeRequest::Edit { content, version: ChangeSeq::START };
    let transaction = transaction_of(&head(), edit).await;
    assert_json_snapshot!(transaction.as_array().unwrap()[1..], @r##"
    [
      {
        "Update": {
          "ConditionExpression": [
            "attribute_exists(messageId) AND attribute_not_exists(erasedAt) AND",
            "attribute_not_exists(deletedAt) AND attribute_not_exists(version)"
          ],
          "ExpressionAttributeValues": {
            ":at": "N 1800000540000",
            ":change": "N 5",
            ":content": "S Hello, Bruna!"
          },
          "Key": {
            "messageId": "S 00000000-0000-4000-8000-0000000000e7"
          },
          "TableName": "Messages",
          "UpdateExpression": "SET version = :change, content = :content, editedAt = :at REMOVE contentVersion"
        }
      },
      {
        "Put": {
          "Item": {
            "actorId": "S aaaaaaaa-0000-4000-8000-000000000001",
            "changeSeq": "N 5",
            "changedAt": "N 1800000540000",
            "chatId": "S 00000000-0000-4000-8000-0000000000c1",
            "kind": "S edited",
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
async fn a_deletion_is_listed_for_unread_counts() {
    let transaction = transaction_of(&head(), ChangeRequest::Delete).await;
    assert_json_snapshot!(transaction[0]["Update"], @r##"
    {
      "ConditionExpression": [
        "attribute_exists(chatId) AND changeSeq = :before AND NOT contains(erased, :actor) AND NOT",
        "contains(leavers, :leaver) AND lastMessage.seq = :seq AND NOT contains(blockers, :leaver)",
        "AND NOT contains(blockers, :other)"
      ],
      "ExpressionAttributeValues": {
        ":actor": "S aaaaaaaa-0000-4000-8000-000000000001",
        ":at": "N 1800000540000",
        ":before": "N 4",
        ":change": "N 5",
        ":changed": "N 7",
        ":deleted": {
          "NS": [
            "3",
            "7"
          ]
        },
        ":last": {
          "content": {
            "NULL": true
          },
          "deletedAt": "N 1800000540000",
          "deletedBy": "S aaaaaaaa-0000-4000-8000-000000000001",
          "messageId": "S 00000000-0000-4000-8000-0000000000e7",
          "senderId": "S aaaaaaaa-0000-4000-8000-000000000001",
          "seq": "N 7",
          "timestamp": "N 1800000420000"
        },
        ":leaver": {
          "B": "qqqqqgAAQACAAAAAAAAAAQ=="
        },
        ":other": {
          "B": "u7u7uwAAQACAAAAAAAAAAg=="
        },
        ":seq": "N 7"
      },
      "Key": {
        "chatId": "S 00000000-0000-4000-8000-0000000000c1#head"
      },
      "TableName": "Chats",
      "UpdateExpression": [
        "SET changeSeq = :change, changedSeq = :changed, changedAt = :at, lastMessage = :last,",
        "deleted = :deleted"
      ]
    }
    "##);
}

#[tokio::test]
async fn a_deletion_removes_the_content_and_writes_the_change() {
    let transaction = transaction_of(&head(), ChangeRequest::Delete).await;
    assert_json_snapshot!(transaction.as_array().unwrap()[1..], @r##"
    [
      {
        "Update": {
          "ConditionExpression": [
            "attribute_exists(messageId) AND attribute_not_exists(erasedAt) AND",
            "attribute_not_exists(deletedAt) AND attribute_not_exists(version)"
          ],
          "ExpressionAttributeValues": {
            ":actor": "S aaaaaaaa-0000-4000-8000-000000000001",
            ":at": "N 1800000540000",
            ":change": "N 5"
          },
          "Key": {
            "messageId": "S 00000000-0000-4000-8000-0000000000e7"
          },
          "TableName": "Messages",
          "UpdateExpression": [
            "SET version = :change, deletedAt = :at, deletedBy = :actor REMOVE content, earlier,",
            "editedAt, replyTo, reactions, contentVersion"
          ]
        }
      },
      {
        "Put": {
          "Item": {
            "actorId": "S aaaaaaaa-0000-4000-8000-000000000001",
            "changeSeq": "N 5",
            "changedAt": "N 1800000540000",
            "chatId": "S 00000000-0000-4000-8000-0000000000c1",
            "kind": "S deleted",
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
async fn the_first_change_of_a_chat_waits_for_a_summary_that_has_not_reached_the_message() {
    let head = Head { last_message: None, ..Head::of(&direct_chat()) };
    let transaction = transaction_of(&head, ChangeRequest::Delete).await;
    assert_json_snapshot!(transaction[0]["Update"]["ConditionExpression"], @r#"
    [
      "attribute_exists(chatId) AND attribute_not_exists(changeSeq) AND NOT contains(erased,",
      ":actor) AND NOT contains(leavers, :leaver) AND (attribute_not_exists(lastMessage) OR",
      "lastMessage.seq < :seq) AND NOT contains(blockers, :leaver) AND NOT contains(blockers,",
      ":other)"
    ]
    "#);
    assert_json_snapshot!(transaction[1]["Update"]["ConditionExpression"], @r#"
    [
      "attribute_exists(messageId) AND attribute_not_exists(erasedAt) AND",
      "attribute_not_exists(deletedAt) AND attribute_not_exists(version)"
    ]
    "#);
}

#[tokio::test]
async fn a_summary_never_stores_the_first_content_of_a_changed_message() {
    let aws = Recorder::default();
    aws.environment().chats().unwrap().summarise(chat_id(), &last_message(), None).await.ok();
    assert_json_snapshot!(aws.json()["ConditionExpression"], @r#"
    [
      "attribute_exists(chatId) AND (attribute_not_exists(lastMessage) OR lastMessage.seq < :seq)",
      "AND NOT contains(erased, :sender) AND (attribute_not_exists(changedSeq) OR changedSeq <",
      ":seq)"
    ]
    "#);
    aws.environment().chats().unwrap().summarise(chat_id(), &last_message(), Some(ChangeSeq::at(5))).await.ok();
    assert_json_snapshot!(aws.json()["ConditionExpression"], @r#"
    [
      "attribute_exists(chatId) AND (attribute_not_exists(lastMessage) OR lastMessage.seq < :seq)",
      "AND NOT contains(erased, :sender) AND changeSeq = :change"
    ]
    "#);
}

#[tokio::test]
async fn changes_are_read_consistently() {
    let aws = Recorder::default();
    aws.environment().changes().unwrap().after(chat_id(), ChangeSeq::at(4)).await.unwrap();
    assert_json_snapshot!(aws.json(), @r#"
    {
      "ConsistentRead": true,
      "ExpressionAttributeValues": {
        ":after": "N 4",
        ":chat": "S 00000000-0000-4000-8000-0000000000c1"
      },
      "KeyConditionExpression": "chatId = :chat AND changeSeq > :after",
      "Limit": 100,
      "ScanIndexForward": true,
      "TableName": "Changes"
    }
    "#);
}

#[test]
fn a_summary_that_is_newer_than_the_changed_message_stays() {
    let newer = Head { last_message: Some(LastMessage { seq: seq(8), ..last_message() }), ..head() };
    let sender = Member::new(ana(), minute(0));
    let change =
        MessageChange::new(&ChangeRequest::Delete, (&newer, &sender), (&message(), &MessagePast::default()), minute(9))
            .unwrap();
    assert_eq!(change.map(|change| change.summary), Some(SummaryChange::None));
}
