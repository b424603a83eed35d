//! Invariants 3 and 9: a crash between any two calls of the functions that change messages, and of the consumers of
//! the Changes stream, loses no change and makes none twice.

use change_message::ChangeMessage;
use fan_out::FanOut;
use paloma::domain::{ChangeRecord, ChangeRequest, ChangeSeq, ChatId, Content, Message};
use paloma::queue::DeliveryJob;
use paloma_tests::{Calls, Person, TestQueue, World};
use relay::Relay;
use serde_json::{Value, json};

use crate::durable::{at_every_call, send};
use crate::events::replay;

fn edit(message: &Message) -> ChangeRequest {
    let content = Content::try_from("Edited".to_owned()).unwrap();
    ChangeRequest::Edit { content, version: message.version }
}

async fn change(person: &Person, message: &Message, request: &ChangeRequest) -> Message {
    let change_message = ChangeMessage::new(&World::get().await.environment(&Calls::default())).unwrap();
    change_message.change(person.session(), message.message_id, request).await.unwrap()
}

/// The changes of a chat, as their rows.
async fn changes(chat_id: ChatId) -> Vec<ChangeRecord> {
    let changes = World::get().await.environment(&Calls::default()).changes().unwrap();
    changes.after(chat_id, ChangeSeq::START).await.unwrap()
}

/// The record of the Changes stream for a change.
fn record_of(change: &ChangeRecord) -> Value {
    let attribute = |value: &Value| match value {
        Value::Number(number) => json!({ "N": number.to_string() }),
        other => json!({ "S": other }),
    };
    let row = serde_json::to_value(change).unwrap();
    let image: Value = row.as_object().unwrap().iter().map(|(name, value)| (name.clone(), attribute(value))).collect();
    json!({
        "eventID": "1", "eventName": "INSERT", "eventVersion": "1.1", "eventSource": "aws:dynamodb",
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000000:table/dev-changes/stream/2026-01-31T12:00:00.000",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "NewImage": image, "Keys": {}, "SequenceNumber": "1", "SizeBytes": 1, "StreamViewType": "NEW_IMAGE",
        },
    })
}

#[tokio::test]
async fn durable_an_edit_or_deletion_that_crashes_anywhere_is_finished_by_its_retry_as_one_change() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let chat_id: ChatId = chat.parse().unwrap();
    let mut screen = bruno.connects().await;
    let mut expected = 0;
    for is_deletion in [false, true] {
        at_every_call(async |calls| {
            let message = send(chat_id, &ana).await;
            let request = if is_deletion { ChangeRequest::Delete } else { edit(&message) };
            let crashing = ChangeMessage::new(&world.environment(&calls)).unwrap();
            let first = crashing.change(ana.session(), message.message_id, &request).await;
            // The charge to the sender's bucket may fail: the change is stored.
            assert!(first.is_ok() || calls.crashed());
            let retried = change(&ana, &message, &request).await;
            expected += 1;
            assert_eq!(retried.version, ChangeSeq::at(expected), "one change for two tries, without a gap");
            let frame = screen.receives("the change", |frame| frame["changeSeq"] == expected).await;
            let content = if is_deletion { Value::Null } else { json!("Edited") };
            assert_eq!((&frame["message"]["version"], &frame["message"]["content"]), (&json!(expected), &content));
        })
        .await;
    }
    let numbers: Vec<_> = changes(chat_id).await.iter().map(|change| change.change_seq.as_u64()).collect();
    assert_eq!(numbers, (1..=expected).collect::<Vec<_>>());
}

#[tokio::test]
async fn durable_a_relay_of_changes_that_crashes_anywhere_is_finished_by_its_retry() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat_id: ChatId = ana.chat_with(&bruno).await.parse().unwrap();
    let message = send(chat_id, &ana).await;
    change(&ana, &message, &edit(&message)).await;
    let record = record_of(&changes(chat_id).await[0]);
    at_every_call(async |calls| {
        let deliveries = TestQueue::create().await;
        let variables = [("DELIVERIES_QUEUE", deliveries.url.as_str())];
        let crashing = Relay::new(&world.environment_of_calls(&calls, &variables)).unwrap();
        let failed = replay(&crashing, record.clone()).await;
        assert_eq!(failed.len(), usize::from(calls.crashed()), "a crash is an error, and the stream retries");
        let retried = Relay::new(&world.environment_with(&variables)).unwrap();
        assert_eq!(replay(&retried, record.clone()).await, Vec::<String>::new());
        let jobs = deliveries.take().await;
        assert!(!jobs.is_empty());
        for job in jobs {
            assert_eq!(job["event"]["message"]["content"], "Edited", "{job}");
        }
    })
    .await;
}

#[tokio::test]
async fn durable_a_delivery_of_a_change_that_crashes_anywhere_is_finished_by_its_retry() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat_id: ChatId = ana.group_with(&[bruno.id()]).await.parse().unwrap();
    let message = send(chat_id, &ana).await;
    let changed = change(&ana, &message, &ChangeRequest::Delete).await;
    let job = DeliveryJob::of_change(&changes(chat_id).await[0], changed);
    at_every_call(async |calls| {
        let mut screen = bruno.connects().await;
        let crashing = FanOut::new(&world.environment(&calls)).unwrap();
        // A failed post is retried at once, so a crash there may go unnoticed. Every other crash fails the job.
        if crashing.deliver(&job).await.is_err() {
            assert!(calls.crashed());
        }
        FanOut::new(&world.environment(&Calls::default())).unwrap().deliver(&job).await.unwrap();
        let frame = screen.receives("the change", |frame| frame["type"] == "change").await;
        assert_eq!((&frame["changeSeq"], &frame["message"]["content"]), (&json!(1), &Value::Null));
    })
    .await;
}
