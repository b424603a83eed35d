//! Invariant 7 for the relay: stream records that fail or are unreadable.

use std::panic::AssertUnwindSafe;

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use futures::FutureExt;
use lambda_runtime::{Context, LambdaEvent};
use paloma::domain::{ChatId, UserId};
use paloma::stream::isolating_panics;
use paloma_tests::{Calls, EventListener, World, until};
use serde_json::{Value, json};

use crate::events::{record_of, replay};

/// A message in a chat without a head fails at every try, until an operator repairs the chat. So its record becomes a
/// dead letter at once, whole and with its cause, and the stream continues.
#[tokio::test]
async fn contained_a_record_that_cannot_succeed_becomes_a_dead_letter_at_once_and_can_be_replayed() {
    let world = World::get().await;
    let listener = EventListener::start().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let row = {
        let sent = ana.sends(&chat, "Before").await;
        world.row("messages", "messageId", sent["messageId"].as_str().unwrap()).await.unwrap()
    };
    let (orphan, nowhere) = (UserId::random().to_string(), ChatId::random().to_string());
    let table = &world.description().tables["messages"];
    let put = |message_id: &str, chat_id: &str| {
        let mut row = row.clone();
        row.insert("messageId".to_owned(), AttributeValue::S(message_id.to_owned()));
        row.insert("chatId".to_owned(), AttributeValue::S(chat_id.to_owned()));
        let put = Put::builder().table_name(table).set_item(Some(row)).build().unwrap();
        TransactWriteItem::builder().put(put).build()
    };
    // One transaction brings the three records in one batch.
    let [left, right] = [UserId::random().to_string(), UserId::random().to_string()];
    let rows = [put(&left, &chat), put(&orphan, &nowhere), put(&right, &chat)];
    world.dynamodb().transact_write_items().set_transact_items(Some(rows.to_vec())).send().await.unwrap();
    for neighbour in [&left, &right] {
        listener
            .receives("the event of a good record", |received| {
                received.name == "MessageSent" && received.detail["messageId"] == **neighbour
            })
            .await;
    }
    let dead_letter = world.take_from("relayDeadLetter", &orphan).await;
    let attributes = dead_letter.message_attributes().expect("attributes");
    let attribute = |name: &str| attributes.get(name).and_then(|value| value.string_value()).expect("an attribute");
    assert_eq!((attribute("cause"), attribute("tries")), (format!("chat {nowhere} has no head").as_str(), "1"));
    let record: Value = serde_json::from_str(dead_letter.body().unwrap()).unwrap();

    // The operator repairs the chat, and replays the record.
    let head = world.row("chats", "chatId", &format!("{chat}#head")).await.unwrap();
    let mut repaired = head.clone();
    repaired.insert("chatId".to_owned(), AttributeValue::S(format!("{nowhere}#head")));
    let chats = &world.description().tables["chats"];
    world.dynamodb().put_item().table_name(chats).set_item(Some(repaired)).send().await.unwrap();
    let published = async || {
        let received = listener.events().await;
        received
            .iter()
            .filter(|received| received.name == "MessageSent" && received.detail["messageId"] == orphan)
            .count()
    };
    let before = published().await;
    let relay = relay::Relay::new(&world.environment(&Calls::default())).unwrap();
    assert_eq!(replay(&relay, record).await, Vec::<String>::new());
    until("the event", async || (published().await > before).then_some(())).await;
}

/// An unreadable record is moved to the dead-letter queue whole and with its cause, so that it can be replayed.
#[tokio::test]
async fn contained_an_unreadable_record_becomes_a_dead_letter_alone() {
    let world = World::get().await;
    let listener = EventListener::start().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let poison = UserId::random().to_string();
    let table = &world.description().tables["messages"];
    let put = world.dynamodb().put_item().table_name(table).item("messageId", AttributeValue::S(poison.clone()));
    put.send().await.unwrap();
    let sent = ana.sends(&chat, "Hello").await;
    listener
        .receives("the event of the good record", |received| received.detail["messageId"] == sent["messageId"])
        .await;

    let dead_letter = world.take_from("relayDeadLetter", &poison).await;
    let cause = dead_letter
        .message_attributes()
        .and_then(|attributes| attributes.get("cause")?.string_value())
        .expect("a cause");
    assert!(cause.starts_with("a row of the Messages table cannot be parsed as a message"), "{cause}");
    let record: Value = serde_json::from_str(dead_letter.body().unwrap()).unwrap();
    assert_eq!(record["dynamodb"]["NewImage"]["messageId"]["S"], poison);

    // After its image is repaired by hand, the record can be replayed.
    let mut repaired = record_of(&sent).await;
    repaired["dynamodb"]["NewImage"]["messageId"] = json!({ "S": poison });
    let mut record = record;
    record["dynamodb"]["NewImage"] = repaired["dynamodb"]["NewImage"].clone();
    let relay = relay::Relay::new(&world.environment(&Calls::default())).unwrap();
    assert_eq!(replay(&relay, record).await, Vec::<String>::new());
    listener.receives("the event of the repaired record", |received| received.detail["messageId"] == poison).await;
}

/// A record that makes the function panic would block its shard for hours. With other records in its batch, it fails
/// the invocation, so that Lambda splits the batch. Alone, it becomes a dead letter.
#[tokio::test]
async fn contained_a_record_that_makes_its_function_panic_becomes_a_dead_letter() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let sent = ana.sends(&ana.chat_with(&bruno).await, "Hello").await;
    let record = record_of(&sent).await;
    let dead_letters = world.environment(&Calls::default()).dead_letters("RELAY").unwrap();
    let run = async |records: &[&Value]| {
        let event = serde_json::from_value(json!({ "Records": records })).unwrap();
        let event = LambdaEvent::new(event, Context::default());
        isolating_panics(event, "relay", &dead_letters, async |_| panic!("poison")).await
    };
    let batch = AssertUnwindSafe(run(&[&record, &record])).catch_unwind().await;
    assert!(batch.is_err(), "a batch fails");

    let answer = run(&[&record]).await.unwrap();
    assert!(answer.batch_item_failures.is_empty(), "the stream continues");
    let dead_letter = world.take_from("relayDeadLetter", sent["messageId"].as_str().unwrap()).await;
    let attributes = dead_letter.message_attributes().expect("attributes");
    assert!(attributes["cause"].string_value().unwrap().starts_with("relay panicked"), "{attributes:?}");
}
