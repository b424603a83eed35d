//! Rows of chats and messages. A row that was stored years ago must stay readable.

use insta::assert_json_snapshot;
use paloma::domain::{Block, ChangeSeq, ClientChatId, Head, Marks, MessageRef, NewChat, Receipt, Watermark};
use paloma::store::BlockChange;

use crate::fixtures::{ana, bruno, carla, connection_id, direct_chat, member, message, message_id, minute, name};
use crate::recorder::Recorder;

#[tokio::test]
async fn a_direct_chat_is_two_members_a_head_and_the_chat() {
    let aws = Recorder::default();
    let new = NewChat::direct(ana(), vec![bruno()]).unwrap();

    aws.environment().chats().unwrap().create(new, None, &[], minute(0)).await.unwrap();

    assert_json_snapshot!(aws.rows(), @r#"
    [
      {
        "badgeSeq": "N 0",
        "chatId": "S 50ea9602-8f24-57ad-8e7d-1c1e3429120d#aaaaaaaa-0000-4000-8000-000000000001",
        "deliveredSeq": "N 0",
        "lastMessageTime": "N 1800000000000",
        "pushedSeq": "N 0",
        "readSeq": "N 0",
        "userId": "S aaaaaaaa-0000-4000-8000-000000000001"
      },
      {
        "badgeSeq": "N 0",
        "chatId": "S 50ea9602-8f24-57ad-8e7d-1c1e3429120d#bbbbbbbb-0000-4000-8000-000000000002",
        "deliveredSeq": "N 0",
        "lastMessageTime": "N 1800000000000",
        "pushedSeq": "N 0",
        "readSeq": "N 0",
        "userId": "S bbbbbbbb-0000-4000-8000-000000000002"
      },
      {
        "chatId": "S 50ea9602-8f24-57ad-8e7d-1c1e3429120d#head",
        "deliveredSeq": "N 0",
        "lastSeq": "N 0",
        "lastTimestamp": "N 1800000000000",
        "pair": [
          "S aaaaaaaa-0000-4000-8000-000000000001",
          "S bbbbbbbb-0000-4000-8000-000000000002"
        ],
        "participantCount": "N 2",
        "readSeq": "N 0",
        "sent": {},
        "untold": {
          "BOOL": true
        }
      },
      {
        "chatId": "S 50ea9602-8f24-57ad-8e7d-1c1e3429120d",
        "createdAt": "N 1800000000000",
        "createdBy": "S aaaaaaaa-0000-4000-8000-000000000001",
        "participants": [
          "S aaaaaaaa-0000-4000-8000-000000000001",
          "S bbbbbbbb-0000-4000-8000-000000000002"
        ],
        "type": "S direct"
      }
    ]
    "#);
}

#[tokio::test]
async fn a_block_is_a_row_of_the_blocker() {
    let aws = Recorder::default();

    let change = BlockChange::Begin(None);
    aws.environment().blocks().unwrap().change(ana(), bruno(), change, minute(0)).await.unwrap();

    assert_json_snapshot!(aws.rows(), @r#"
    [
      {
        "blockedAt": "N 1800000000000",
        "blockedId": "S bbbbbbbb-0000-4000-8000-000000000002",
        "userId": "S aaaaaaaa-0000-4000-8000-000000000001"
      }
    ]
    "#);
}

#[test]
fn the_blockers_row_in_the_chat_keeps_the_marks_of_the_other_member() {
    let marks = Marks { delivered: Watermark::at(3), read: Watermark::at(2) };

    assert_json_snapshot!(Block { marks, last_seen: Some(minute(0)), change_seq: ChangeSeq::START }, @r#"
    {
      "deliveredSeq": 3,
      "readSeq": 2,
      "lastSeen": 1800000000000
    }
    "#);
}

#[tokio::test]
async fn a_group_has_a_name_and_no_pair() {
    let aws = Recorder::default();
    let client_chat_id = ClientChatId::try_from("client-chat-1".to_owned()).unwrap();
    let new = NewChat::group(ana(), vec![bruno(), carla()], Some(name("Friends")), Some(client_chat_id)).unwrap();

    aws.environment().chats().unwrap().create(new, None, &[], minute(0)).await.unwrap();

    let rows = aws.rows();
    assert_json_snapshot!(rows[rows.len() - 2..], @r#"
    [
      {
        "chatId": "S 1db93984-7244-5a44-9ac7-c0fddf152c32#head",
        "deliveredSeq": "N 0",
        "lastSeq": "N 0",
        "lastTimestamp": "N 1800000000000",
        "participantCount": "N 3",
        "readSeq": "N 0",
        "untold": {
          "BOOL": true
        }
      },
      {
        "admins": [
          "S aaaaaaaa-0000-4000-8000-000000000001"
        ],
        "chatId": "S 1db93984-7244-5a44-9ac7-c0fddf152c32",
        "createdAt": "N 1800000000000",
        "createdBy": "S aaaaaaaa-0000-4000-8000-000000000001",
        "name": "S Friends",
        "participants": [
          "S aaaaaaaa-0000-4000-8000-000000000001",
          "S bbbbbbbb-0000-4000-8000-000000000002",
          "S cccccccc-0000-4000-8000-000000000003"
        ],
        "type": "S group"
      }
    ]
    "#);
}

#[tokio::test]
async fn a_message_that_is_kept_for_days_has_the_time_of_its_removal() {
    for (days, ttl) in [("0", None), ("30", Some("N 1802592421"))] {
        let aws = Recorder::default();
        let environment = aws.environment_with(&[("MESSAGE_RETENTION_DAYS", days)]);
        environment.message_log().unwrap().accept(&message(), &Head::of(&direct_chat()), &member()).await.unwrap();
        assert_eq!(aws.row().get("ttl").and_then(|ttl| ttl.as_str()), ttl, "{days} days");
    }
}

#[tokio::test]
async fn a_message_is_stored_in_one_transaction_with_the_head() {
    let aws = Recorder::default();
    aws.environment().message_log().unwrap().accept(&message(), &Head::of(&direct_chat()), &member()).await.unwrap();

    assert_json_snapshot!(aws.json()["TransactItems"], @r##"
    [
      {
        "Update": {
          "ConditionExpression": [
            "lastSeq = :last AND NOT contains(erased, :sender) AND NOT contains(blockers, :self) AND",
            "NOT contains(blockers, :other)"
          ],
          "ExpressionAttributeNames": {
            "#sender": "aaaaaaaa-0000-4000-8000-000000000001"
          },
          "ExpressionAttributeValues": {
            ":id": "S 00000000-0000-4000-8000-0000000000e7",
            ":last": "N 6",
            ":other": {
              "B": "u7u7uwAAQACAAAAAAAAAAg=="
            },
            ":self": {
              "B": "qqqqqgAAQACAAAAAAAAAAQ=="
            },
            ":sender": "S aaaaaaaa-0000-4000-8000-000000000001",
            ":seq": "N 7",
            ":time": "N 1800000420000"
          },
          "Key": {
            "chatId": "S 00000000-0000-4000-8000-0000000000c1#head"
          },
          "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
          "TableName": "Chats",
          "UpdateExpression": [
            "SET lastSeq = :seq, lastTimestamp = :time, lastSenderId = :sender, lastMessageId = :id,",
            "sent.#sender = :seq"
          ]
        }
      },
      {
        "Put": {
          "ConditionExpression": "attribute_not_exists(messageId)",
          "Item": {
            "chatId": "S 00000000-0000-4000-8000-0000000000c1",
            "clientMessageId": "S client-message-7",
            "content": "S Hello, Bruno!",
            "createdAt": "N 1800000420000",
            "messageId": "S 00000000-0000-4000-8000-0000000000e7",
            "senderId": "S aaaaaaaa-0000-4000-8000-000000000001",
            "seq": "N 7",
            "status": "S sent",
            "timestamp": "N 1800000420000"
          },
          "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
          "TableName": "Messages"
        }
      }
    ]
    "##);
}

#[tokio::test]
async fn a_message_of_an_erased_sender_loses_its_content() {
    let aws = Recorder::default();

    aws.environment().messages().unwrap().redact(message_id(), ana(), minute(9)).await.unwrap();

    assert_json_snapshot!(aws.json(), @r#"
    {
      "ConditionExpression": "senderId = :sender AND attribute_not_exists(erasedAt)",
      "ExpressionAttributeValues": {
        ":at": "N 1800000540000",
        ":sender": "S aaaaaaaa-0000-4000-8000-000000000001"
      },
      "Key": {
        "messageId": "S 00000000-0000-4000-8000-0000000000e7"
      },
      "TableName": "Messages",
      "UpdateExpression": "SET erasedAt = :at REMOVE content, earlier, removedFor, reactions, contentVersion"
    }
    "#);
}

#[tokio::test]
async fn a_receipt() {
    let aws = Recorder::default();
    let statuses = aws.environment().statuses().unwrap();
    let (covers_after, origin) = (Watermark::at(4), connection_id());

    statuses
        .record(MessageRef::from(&message()), bruno(), Receipt::Read, (covers_after, None), Some(&origin), minute(8))
        .await
        .unwrap();

    assert_json_snapshot!(aws.json(), @r##"
    {
      "ConditionExpression": "attribute_not_exists(#status) OR (#status = :delivered AND :status <> :delivered)",
      "ExpressionAttributeNames": {
        "#origin": "origin",
        "#status": "status",
        "#timestamp": "timestamp"
      },
      "ExpressionAttributeValues": {
        ":after": "N 4",
        ":chat": "S 00000000-0000-4000-8000-0000000000c1",
        ":delivered": "S delivered",
        ":now": "N 1800000480000",
        ":origin": "S L0SM9cOFvHcCIhw=",
        ":sender": "S aaaaaaaa-0000-4000-8000-000000000001",
        ":seq": "N 7",
        ":status": "S read"
      },
      "Key": {
        "messageId": "S 00000000-0000-4000-8000-0000000000e7",
        "userId": "S bbbbbbbb-0000-4000-8000-000000000002"
      },
      "TableName": "MessageStatus",
      "UpdateExpression": [
        "SET #status = :status, #timestamp = :now, deliveredAt = if_not_exists(deliveredAt, :now),",
        "chatId = :chat, seq = :seq, senderId = :sender, coversAfter = :after, readAt = :now,",
        "#origin = :origin"
      ]
    }
    "##);
}
