//! Domain events: they match their schemas, are the same under the same id, and can be replayed from the archive.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::ReplayDestination;
use jsonschema::{Registry, Validator};
use paloma::domain::Timestamp;
use paloma_tests::{EventListener, Phone, ReceivedEvent, World, until};
use serde_json::{Value, json};

/// The schemas of docs/events by event name.
pub(crate) fn schemas() -> BTreeMap<String, Validator> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/events");
    let read = |path: &Path| -> Value { serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap() };
    let common = read(&folder.join("common.json"));
    let id = common["$id"].as_str().unwrap().to_owned();
    let shared = Registry::new().add(&id, common).unwrap().prepare().unwrap();
    let paths = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|kind| kind == "json") && !path.ends_with("common.json"))
        .map(|path| {
            let validator = jsonschema::options().with_registry(&shared).build(&read(&path)).unwrap();
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), validator)
        })
        .collect()
}

pub(crate) fn check(received: &ReceivedEvent, schemas: &BTreeMap<String, Validator>) {
    let schema = schemas.get(&received.name).unwrap_or_else(|| panic!("no schema for {received:?}"));
    let errors: Vec<_> = schema.iter_errors(&received.detail).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{received:?}: {errors:?}");
}

/// A conversation that causes every event in `EXPECTED`. Returns the ids of its users, chat and messages.
async fn conversation(listener: &EventListener) -> Vec<String> {
    let [ana, bruno] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let chat = ana.chat_with(&bruno).await;
    let first = ana.sends(&chat, "A secret").await;
    phone.receives_alert(&chat, 1).await;
    phone.disable().await;
    let mut laptop = bruno.connects().await;
    bruno.acknowledges(&first, "delivered").await;
    bruno.acknowledges(&first, "read").await;
    bruno.acknowledges(&first, "read").await;
    let second = ana.sends(&chat, "Another").await;
    laptop.receives_message(&chat, 2).await;
    listener
        .receives("the push that failed", |received| {
            received.detail["deviceId"] == phone.device_id && received.name == "PushFailed"
        })
        .await;
    bruno.acknowledges(&second, "read").await;
    laptop.loses_connection();
    listener
        .receives("the disconnect of Bruno", |received| {
            received.detail["userId"] == bruno.id() && received.name == "UserDisconnected"
        })
        .await;
    let id = |message: &Value| message["messageId"].as_str().unwrap().to_owned();
    vec![ana.id().to_owned(), bruno.id().to_owned(), chat, id(&first), id(&second)]
}

/// The events of `conversation`, sorted by name.
const EXPECTED: [&str; 10] = [
    "ChatCreated",
    "MessageDelivered",
    "MessageRead",
    "MessageRead",
    "MessageSent",
    "MessageSent",
    "PushFailed",
    "PushSent",
    "UserConnected",
    "UserDisconnected",
];

#[tokio::test]
async fn every_event_of_a_conversation_matches_its_schema_and_can_be_replayed() {
    let world = World::get().await;
    let began = Timestamp::now().as_millis();
    let listener = EventListener::start().await;
    let ids = conversation(&listener).await;
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    until("all events", async || (listener.events_by_id(&ids).await.len() >= EXPECTED.len()).then_some(())).await;
    assert_eq!(names(&listener, &ids).await, EXPECTED);

    let schemas = schemas();
    assert_eq!(schemas.len(), 20);
    let received: Vec<_> = listener.events().await.into_iter().filter(|received| received.is_about(&ids)).collect();
    for received in &received {
        check(received, &schemas);
        assert!(
            !received.detail.to_string().contains("secret"),
            "content needs the parameter EventContent: {received:?}"
        );
    }
    let sent = received.iter().find(|received| received.name == "MessageSent").unwrap();
    assert_eq!(sent.id(), sent.detail["messageId"]);

    // The archive replays all events to this listener alone.
    let events = world.event_bridge();
    let archives = events.list_archives().send().await.unwrap().archives.unwrap();
    let archive = archives.iter().find(|archive| archive.archive_name() == Some("dev-paloma")).expect("the archive");
    let bus = events.describe_event_bus().name(world.bus()).send().await.unwrap().arn.unwrap();
    let described = events.describe_archive().archive_name("dev-paloma").send().await.unwrap();
    let before = listener.events_by_id(&ids).await;
    let destination = ReplayDestination::builder().arn(&bus).filter_arns(&listener.rule_arn).build().unwrap();
    events
        .start_replay()
        .replay_name(format!("again-{began}"))
        .event_source_arn(described.archive_arn().expect("its ARN"))
        .event_start_time(DateTime::from_millis(i64::try_from(began).unwrap() - 2_000))
        .event_end_time(DateTime::from_millis(i64::try_from(Timestamp::now().as_millis()).unwrap() + 2_000))
        .destination(destination)
        .send()
        .await
        .unwrap();
    assert!(archive.event_count() > 0);
    until("the replay", async || {
        let received = listener.events().await;
        let replayed = received.iter().filter(|received| received.replayed && received.is_about(&ids));
        (replayed.count() >= EXPECTED.len()).then_some(())
    })
    .await;
    assert_eq!(listener.events_by_id(&ids).await, before, "replayed events equal the first ones");
}

async fn names(listener: &EventListener, ids: &[&str]) -> Vec<String> {
    let mut names: Vec<_> = listener.events_by_id(ids).await.into_values().map(|received| received.name).collect();
    names.sort();
    names
}

#[tokio::test]
async fn an_event_with_content_matches_its_schema_where_the_parameter_allows_it() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let sent = ana.sends(&chat, "Not a secret").await;
    let world = World::get().await;
    let listener = EventListener::start().await;
    let record = record_of(&sent).await;
    let relay = relay::Relay::new(&world.environment_with(&[("EVENT_CONTENT", "true")])).unwrap();
    assert_eq!(replay(&relay, record).await, Vec::<String>::new());
    // The relay of the stack publishes the event without content.
    let with_content = |received: &ReceivedEvent| {
        received.detail["messageId"] == sent["messageId"] && !received.detail["content"].is_null()
    };
    let received = listener.receives("the message with its content", with_content).await;
    assert_eq!(received.detail["content"], "Not a secret");
    check(&received, &schemas());
}

/// The stream record of a message, as Lambda sends it to the relay.
pub(crate) async fn record_of(message: &Value) -> Value {
    let world = World::get().await;
    let row = world.row("messages", "messageId", message["messageId"].as_str().unwrap()).await.expect("a row");
    record("messages", &row)
}

const TABLES: &str = "arn:aws:dynamodb:us-east-1:000000000000:table";

pub(crate) fn record(table: &str, row: &HashMap<String, AttributeValue>) -> Value {
    let number_or_text = |value: &AttributeValue| match value {
        AttributeValue::N(number) => json!({ "N": number }),
        other => json!({ "S": other.as_s().unwrap() }),
    };
    let image: Value = row.iter().map(|(name, value)| (name.clone(), number_or_text(value))).collect();
    json!({
        "eventID": "1",
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "eventSourceARN": format!("{TABLES}/dev-{table}/stream/2026-01-31T12:00:00.000"),
        "awsRegion": "us-east-1",
        "dynamodb": {
            "NewImage": image,
            "Keys": {},
            "SequenceNumber": "1",
            "SizeBytes": 1,
            "StreamViewType": "NEW_IMAGE",
        },
    })
}

/// Hands a record to the relay, as the stream does. Returns the sequence numbers of failed records.
pub(crate) async fn replay(relay: &relay::Relay, record: Value) -> Vec<String> {
    let event = serde_json::from_value(json!({ "Records": [record] })).unwrap();
    let answer =
        relay.handle(lambda_runtime::LambdaEvent::new(event, lambda_runtime::Context::default())).await.unwrap();
    answer.batch_item_failures.into_iter().filter_map(|failure| failure.item_identifier).collect()
}
