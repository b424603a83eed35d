//! Invariant 7 for the relay: stream records that fail or are unreadable.

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use aws_sdk_dynamodbstreams::types::{AttributeValue as Streamed, ShardIteratorType};
use paloma::domain::{ChatId, UserId};
use paloma_tests::{Calls, EventListener, LONG, World, until, until_within};
use serde_json::{Value, json};

use crate::events::{record, record_of, replay};

/// Reads a record of the Messages stream at the position that a dead letter names.
async fn read_again(position: &Value) -> Value {
    let streams = aws_sdk_dynamodbstreams::Client::new(World::get().await.environment(&Calls::default()).aws());
    let text = |name: &str| position[name].as_str().unwrap().to_owned();
    let iterator = streams
        .get_shard_iterator()
        .stream_arn(text("streamArn"))
        .shard_id(text("shardId"))
        .shard_iterator_type(ShardIteratorType::AtSequenceNumber)
        .sequence_number(text("startSequenceNumber"));
    let iterator = iterator.send().await.unwrap().shard_iterator.unwrap();
    let records = streams.get_records().shard_iterator(iterator).limit(1).send().await.unwrap().records.unwrap();
    let row = records[0].dynamodb().unwrap().new_image().unwrap();
    let row = row.iter().map(|(name, value)| {
        let value = match value {
            Streamed::N(number) => AttributeValue::N(number.clone()),
            other => AttributeValue::S(other.as_s().unwrap().clone()),
        };
        (name.clone(), value)
    });
    record("messages", &row.collect())
}

/// A message in a chat without a head fails at every try, until an operator repairs the chat. The stream isolates its
/// record and continues; the dead letter names the position of the record.
#[tokio::test]
async fn contained_a_failing_record_is_isolated_by_bisecting_and_can_be_read_again() {
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
    // The dead letter of a stream holds the position alone.
    let position = until_within(LONG, "the dead letter", async || {
        let dead_letter = world.take_from_within(LONG, "relayDeadLetter", "DDBStreamBatchInfo").await;
        let dead_letter: Value = serde_json::from_str(dead_letter.body().unwrap()).unwrap();
        assert_eq!(dead_letter["requestContext"]["condition"], "RetryAttemptsExhausted");
        let position = dead_letter["DDBStreamBatchInfo"].clone();
        let is_it = read_again(&position).await["dynamodb"]["NewImage"]["messageId"]["S"] == orphan;
        is_it.then_some(position)
    })
    .await;
    assert_eq!((&position["batchSize"], &position["startSequenceNumber"]), (&json!(1), &position["endSequenceNumber"]));

    // The operator repairs the chat, and the relay reads the record again.
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
    assert_eq!(replay(&relay, read_again(&position).await).await, Vec::<String>::new());
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
