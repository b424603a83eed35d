//! Invariants 3 and 9: a crash between any two calls of the functions of reactions loses no reaction, and makes no
//! change twice. Each change is one event.

use lambda_runtime::{Context, LambdaEvent};
use paloma::domain::{ChatId, Emoji, MessageId, Reactions};
use paloma_tests::{Calls, EventListener, Person, World, until};
use reactions::SetReactions;
use serde_json::{Value, json};
use summarise_reactions::SummariseReactions;

use crate::durable::{at_every_call, send};
use crate::events::{check, schemas};
use crate::message_changes::page;

fn emoji(emoji: &str) -> Emoji {
    Emoji::try_from(emoji.to_owned()).unwrap()
}

/// The kinds of the summary on a message, and the version of the message.
async fn summary_of(message_id: MessageId) -> (Vec<String>, u64) {
    let messages = World::get().await.environment(&Calls::default()).messages().unwrap();
    let message = messages.message(message_id).await.unwrap().expect("the message");
    let kinds = |reactions: Reactions| reactions.kinds.into_iter().map(|kind| String::from(kind.emoji)).collect();
    (message.reactions.map(kinds).unwrap_or_default(), message.version.as_u64())
}

async fn until_summarised(message_id: MessageId, kinds: &[&str]) {
    until("the summary", async || (summary_of(message_id).await.0 == kinds).then_some(())).await;
}

#[tokio::test]
async fn durable_a_reaction_that_crashes_anywhere_is_finished_by_its_retry() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat_id: ChatId = ana.chat_with(&bruno).await.parse().unwrap();
    let whole = SetReactions::new(&world.environment(&Calls::default())).unwrap();
    for wanted in [Some("👍"), None] {
        at_every_call(async |calls| {
            let message_id = send(chat_id, &ana).await.message_id;
            if wanted.is_none() {
                whole.react(bruno.session(), message_id, Some(emoji("🎉"))).await.unwrap();
            }
            let crashing = SetReactions::new(&world.environment(&calls)).unwrap();
            let first = crashing.react(bruno.session(), message_id, wanted.map(emoji)).await;
            // The charge to the bucket may fail: the reaction is stored.
            assert!(first.is_ok() || calls.crashed());
            let (_, own) = whole.react(bruno.session(), message_id, wanted.map(emoji)).await.unwrap();
            assert_eq!(own.emoji, wanted.map(emoji));
            until_summarised(message_id, wanted.as_slice()).await;
        })
        .await;
    }
}

/// The record of the stream of Reactions for this user.
fn record(message_id: MessageId, user: &Person, table: &str) -> LambdaEvent<aws_lambda_events::dynamodb::Event> {
    let record = json!({
        "eventID": "1", "eventName": "INSERT", "eventVersion": "1.1", "eventSource": "aws:dynamodb",
        "eventSourceARN": format!("arn:aws:dynamodb:us-east-1:000000000000:table/{table}/stream/x"),
        "awsRegion": "us-east-1",
        "dynamodb": {
            "Keys": { "messageId": { "S": message_id }, "userId": { "S": user.id() } },
            "ApproximateCreationDateTime": 0.0, "SequenceNumber": "1", "SizeBytes": 1, "StreamViewType": "KEYS_ONLY",
        },
    });
    LambdaEvent::new(serde_json::from_value(json!({ "Records": [record] })).unwrap(), Context::default())
}

#[tokio::test]
async fn durable_a_summary_that_crashes_anywhere_is_finished_by_its_retry_as_one_change() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let whole = SetReactions::new(&world.environment(&Calls::default())).unwrap();
    let table = &world.description().tables["reactions"];
    let mut expected = 0;
    at_every_call(async |calls| {
        let message_id = send(chat.parse().unwrap(), &ana).await.message_id;
        whole.react(bruno.session(), message_id, Some(emoji("👍"))).await.unwrap();
        expected += 1;
        let crashing = SummariseReactions::new(&world.environment(&calls)).unwrap();
        let answer = crashing.handle(record(message_id, &bruno, table)).await.unwrap();
        assert_eq!(answer.batch_item_failures.len(), usize::from(calls.crashed()), "the stream retries");
        let retried = SummariseReactions::new(&world.environment(&Calls::default())).unwrap();
        let answer = retried.handle(record(message_id, &bruno, table)).await.unwrap();
        assert!(answer.batch_item_failures.is_empty(), "{answer:?}");
        assert_eq!(summary_of(message_id).await, (vec!["👍".to_owned()], expected), "one change for all tries");
    })
    .await;
    assert_eq!(page(&bruno, &chat, "?changedAfter=0").await["changeSeq"], expected);
}

#[tokio::test]
async fn events_tell_of_changed_reactions_without_their_content() {
    let [ana, bruno] = World::get().await.people().await;
    let listener = EventListener::start().await;
    let chat = ana.chat_with(&bruno).await;
    let mut message = ana.sends(&chat, "Hello").await;
    message["chatId"] = json!(chat);
    assert_eq!(crate::reactions::react(&bruno, &message, "👍").await.status, 200);
    let id = format!("{chat}/changes/1");
    let event = listener.receives("the event", |received| received.id() == id).await;
    check(&event, &schemas());
    assert_eq!(event.name, "ReactionsChanged");
    let expected = |field: &str, value: Value| assert_eq!(event.detail[field], value, "{event:?}");
    expected("actorId", json!(bruno.id()));
    expected("senderId", json!(ana.id()));
    expected("messageId", message["messageId"].clone());
}
