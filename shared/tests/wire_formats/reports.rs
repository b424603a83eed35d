//! Reports: their rows, updates and events; and removals of messages by operators.

use insta::assert_json_snapshot;
use paloma::domain::{
    Body, Chat, DomainEvent, MessageChange, Profile, Reason, Report, ReportOutcome, ReportedItem, Resolution, Timestamp,
};
use serde_json::{Value, json};

use crate::changes::head;
use crate::fixtures::{ana, avatar, bruno, group, message, minute, name};
use crate::recorder::Recorder;

fn reason() -> Reason {
    "This is a threat.".parse().unwrap()
}

fn report(item: ReportedItem) -> Report {
    Report::new(bruno(), item, reason(), minute(9))
}

fn of_message() -> Report {
    report(ReportedItem::of_message(&message()).unwrap())
}

async fn row_of(report: Report) -> Value {
    let aws = Recorder::default();
    aws.environment().reports().unwrap().put(report).await.unwrap();
    let request = aws.json();
    assert_eq!(request["ConditionExpression"], "attribute_not_exists(reportId)");
    request["Item"].clone()
}

#[tokio::test]
async fn a_report_of_a_message_has_a_copy_and_the_keys_of_the_indexes() {
    assert_json_snapshot!(row_of(of_message()).await, @r#"
    {
      "item": {
        "chatId": "S 00000000-0000-4000-8000-0000000000c1",
        "content": "S Hello, Bruno!",
        "createdAt": "N 1800000420000",
        "messageId": "S 00000000-0000-4000-8000-0000000000e7",
        "senderId": "S aaaaaaaa-0000-4000-8000-000000000001",
        "seq": "N 7",
        "type": "S message"
      },
      "open": "S open",
      "reason": "S This is a threat.",
      "reportId": "S 67b2956a-708a-5268-ac60-8bb352a78fc9",
      "reportedAt": "N 1800000540000",
      "reporterId": "S bbbbbbbb-0000-4000-8000-000000000002",
      "subjectId": "S aaaaaaaa-0000-4000-8000-000000000001",
      "target": "S message#00000000-0000-4000-8000-0000000000e7",
      "ttl": "N 1807776540"
    }
    "#);
}

#[tokio::test]
async fn reports_of_a_user_and_of_a_group_have_names_and_pictures() {
    let profile = Profile { user_id: ana(), name: name("Ana"), avatar: Some(avatar()) };
    let user = row_of(report(profile.into())).await;
    let chat = row_of(report(ReportedItem::of_chat(Chat { ..group() }))).await;
    let parts = |row: &Value| json!([row["item"], row["subjectId"], row["target"]]);
    assert_json_snapshot!([parts(&user), parts(&chat)], @r#"
    [
      [
        {
          "avatar": "S https://example.com/ana.png",
          "name": "S Ana",
          "type": "S user",
          "userId": "S aaaaaaaa-0000-4000-8000-000000000001"
        },
        "S aaaaaaaa-0000-4000-8000-000000000001",
        "S user#aaaaaaaa-0000-4000-8000-000000000001"
      ],
      [
        {
          "chatId": "S 00000000-0000-4000-8000-0000000000c2",
          "createdBy": "S aaaaaaaa-0000-4000-8000-000000000001",
          "name": "S Friends",
          "type": "S chat"
        },
        "S 00000000-0000-4000-8000-0000000000c2",
        "S chat#00000000-0000-4000-8000-0000000000c2"
      ]
    ]
    "#);
}

#[test]
fn a_deleted_message_has_no_copy() {
    let erased = paloma::domain::Message { body: Body::Erased(minute(9)), ..message() };
    assert_eq!(ReportedItem::of_message(&erased), None);
}

#[tokio::test]
async fn a_resolution_removes_the_report_from_the_open_ones() {
    let aws = Recorder::default();
    let resolution = Resolution {
        outcome: ReportOutcome::Removed,
        note: reason(),
        resolved_by: "arn:aws:iam::123456789012:user/carla".to_owned(),
        resolved_at: minute(20),
    };
    let was_open = aws.environment().reports().unwrap().resolve(of_message().report_id, &resolution).await.unwrap();
    assert!(was_open);
    let update = aws.json();
    assert_json_snapshot!([
        &update["UpdateExpression"],
        &update["ConditionExpression"],
        &update["ExpressionAttributeValues"],
    ], @r#"
    [
      "SET resolution = :resolution REMOVE #open",
      "attribute_exists(#open) AND attribute_not_exists(subjectErasedAt)",
      {
        ":resolution": {
          "note": "S This is a threat.",
          "outcome": "S removed",
          "resolvedAt": "N 1800001200000",
          "resolvedBy": "S arn:aws:iam::123456789012:user/carla"
        }
      }
    ]
    "#);
}

#[tokio::test]
async fn an_erasure_removes_the_reporter_and_marks_the_subject() {
    let (aws, id) = (Recorder::default(), of_message().report_id);
    let reports = aws.environment().reports().unwrap();
    reports.forget_reporter(id).await.unwrap();
    let reporter = aws.json();
    reports.forget_subject(id, Timestamp::from_millis(7)).await.unwrap();
    let subject = aws.json();
    assert_json_snapshot!([&reporter["UpdateExpression"], &subject["UpdateExpression"]], @r#"
    [
      "REMOVE reporterId, reason",
      "SET subjectErasedAt = :at"
    ]
    "#);
}

#[test]
fn the_events_name_neither_the_reporter_nor_the_reason_nor_the_content() {
    let profile = Profile { user_id: ana(), name: name("Ana"), avatar: None };
    let events = [of_message(), report(profile.into()), report(ReportedItem::of_chat(group()))]
        .map(|report| DomainEvent::reported(&report));
    let details = events.map(|event| json!([event.name(), event.bus_detail().unwrap()]));
    assert_json_snapshot!(details, @r#"
    [
      [
        "MessageReported",
        {
          "chatId": "00000000-0000-4000-8000-0000000000c1",
          "eventId": "67b2956a-708a-5268-ac60-8bb352a78fc9",
          "messageId": "00000000-0000-4000-8000-0000000000e7",
          "occurredAt": 1800000540000,
          "reportId": "67b2956a-708a-5268-ac60-8bb352a78fc9",
          "senderId": "aaaaaaaa-0000-4000-8000-000000000001",
          "seq": 7,
          "version": 1
        }
      ],
      [
        "UserReported",
        {
          "eventId": "d2ff2b95-f4ab-5ee4-998c-cc68abbff149",
          "occurredAt": 1800000540000,
          "reportId": "d2ff2b95-f4ab-5ee4-998c-cc68abbff149",
          "userId": "aaaaaaaa-0000-4000-8000-000000000001",
          "version": 1
        }
      ],
      [
        "ChatReported",
        {
          "chatId": "00000000-0000-4000-8000-0000000000c2",
          "eventId": "24f94062-0595-5311-b5c4-86e35573fa25",
          "occurredAt": 1800000540000,
          "reportId": "24f94062-0595-5311-b5c4-86e35573fa25",
          "version": 1
        }
      ]
    ]
    "#);
}

#[tokio::test]
async fn a_removal_by_an_operator_depends_on_no_member_and_keeps_its_reason() {
    let aws = Recorder::default();
    let removal = MessageChange::removal(&head(), &message(), reason(), minute(9)).unwrap().unwrap();
    aws.environment().change_log().unwrap().change(&removal).await.unwrap();
    let transaction = aws.json()["TransactItems"].take();
    let (head, message, change) =
        (&transaction[0]["Update"], &transaction[1]["Update"], &transaction[2]["Put"]["Item"]);
    assert_json_snapshot!([
        &head["ConditionExpression"],
        &message["UpdateExpression"],
        &message["ExpressionAttributeValues"],
        &change["actorId"],
        &change["kind"],
    ], @r#"
    [
      "attribute_exists(chatId) AND changeSeq = :before AND lastMessage.seq = :seq",
      [
        "SET version = :change, deletedAt = :at, deletedBy = :actor, removedFor = :reason REMOVE",
        "content, earlier, editedAt, replyTo, reactions, contentVersion"
      ],
      {
        ":actor": "S operator",
        ":at": "N 1800000540000",
        ":change": "N 5",
        ":reason": "S This is a threat."
      },
      "S operator",
      "S deleted"
    ]
    "#);
}
