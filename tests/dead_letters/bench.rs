//! What the tests of dead letters share: letters, laid straight into the dead-letter queues.

use std::collections::BTreeMap;

use aws_sdk_sqs::types::{QueueAttributeName, SendMessageBatchRequestEntry};
use paloma::domain::{Accepted, Timestamp, UserId};
use paloma::queue::DeadLetterAttribute;
use paloma_tests::{Calls, World, until, until_within};
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};

/// The dead-letter queues, as operators name them and as `stack.json` does.
pub const QUEUES: [(&str, &str); 7] = [
    ("deliveries", "deliveriesDeadLetter"),
    ("summaries", "summariesDeadLetter"),
    ("notifications", "notificationsDeadLetter"),
    ("presence", "presenceDeadLetter"),
    ("push-failures", "pushFailuresDeadLetter"),
    ("propagate-status", "propagateStatusDeadLetter"),
    ("relay", "relayDeadLetter"),
];

static LOCKS: [Mutex<()>; QUEUES.len()] = [const { Mutex::const_new(()) }; QUEUES.len()];

/// What a test holds while queues are its own.
pub type Alone = Vec<MutexGuard<'static, ()>>;

/// All the queues, for one test at a time, and empty. Who looks at all of them needs all: looking is receiving.
pub async fn alone() -> (&'static World, Alone) {
    alone_with(&QUEUES.map(|(name, _)| name)).await
}

/// These queues, for one test at a time, and empty.
pub async fn alone_with(names: &[&str]) -> (&'static World, Alone) {
    let mut guards = Alone::new();
    // Everybody asks in the same order, so that nobody waits for who waits for them.
    for ((name, _), lock) in QUEUES.iter().zip(&LOCKS) {
        if names.contains(name) {
            guards.push(lock.lock().await);
        }
    }
    let world = World::get().await;
    for (_, queue) in QUEUES.iter().filter(|(name, _)| names.contains(name)) {
        world.sqs().purge_queue().queue_url(world.queue(queue)).send().await.unwrap();
    }
    (world, guards)
}

/// Lays letters into a dead-letter queue, with this cause.
pub async fn lay(world: &World, queue: &str, bodies: &[String], cause: &str) {
    let (_, queue) = QUEUES.iter().find(|(name, _)| *name == queue).unwrap();
    for batch in bodies.chunks(10) {
        let entries = batch.iter().enumerate().map(|(index, body)| {
            let notes = [
                (DeadLetterAttribute::Cause, cause.to_owned()),
                (DeadLetterAttribute::LastTriedAt, Timestamp::now().as_millis().to_string()),
            ];
            let notes = notes.iter().filter_map(|(note, text)| note.attribute(text)).collect();
            let entry = SendMessageBatchRequestEntry::builder().id(index.to_string()).message_body(body);
            entry.message_group_id("a chat").set_message_attributes(Some(notes)).build().unwrap()
        });
        let sent = world.sqs().send_message_batch().queue_url(world.queue(queue)).set_entries(Some(entries.collect()));
        assert!(sent.send().await.unwrap().failed().is_empty());
    }
}

/// What `say` answers, as the domain has it.
pub fn accepted(answer: &Value) -> Accepted {
    serde_json::from_value(answer.clone()).unwrap()
}

/// A record of a stream, with an id of its own.
pub fn record(table: &str, kind: &str, image: Value) -> String {
    json!({
        "eventID": UserId::random(), "eventName": kind, "eventVersion": "1.1", "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "eventSourceARN": format!("arn:aws:dynamodb:us-east-1:000000000000:table/dev-{table}/stream/2026-01-31T12:00:00.000"),
        "dynamodb": { "NewImage": image, "Keys": {}, "SequenceNumber": "1", "SizeBytes": 1, "StreamViewType": "NEW_IMAGE" },
    })
    .to_string()
}

/// JSON as a row of a stream.
pub fn in_stream(row: &Value) -> Value {
    let value = |value: &Value| match value {
        Value::Number(number) => json!({ "N": number.to_string() }),
        other => json!({ "S": other }),
    };
    row.as_object()
        .unwrap()
        .iter()
        .filter(|(_, each)| !each.is_null())
        .map(|(name, each)| (name.clone(), value(each)))
        .collect()
}

/// What Lambda says of a record that it gave up: the place of a message in its table's stream.
pub async fn place_of(world: &World, message: &str) -> Value {
    let streams = aws_sdk_dynamodbstreams::Client::new(world.environment(&Calls::default()).aws());
    let table = &world.description().tables["messages"];
    let stream = streams.list_streams().table_name(table).send().await.unwrap().streams()[0].clone();
    let arn = stream.stream_arn().unwrap();
    let described = streams.describe_stream().stream_arn(arn).send().await.unwrap().stream_description.unwrap();
    let shard = described.shards()[0].shard_id().unwrap().to_owned();
    let iterator = streams.get_shard_iterator().stream_arn(arn).shard_id(&shard);
    let oldest = aws_sdk_dynamodbstreams::types::ShardIteratorType::TrimHorizon;
    let mut iterator = iterator.shard_iterator_type(oldest).send().await.unwrap().shard_iterator;
    let number = until("the record", async || {
        let page = streams.get_records().shard_iterator(iterator.take()?).send().await.unwrap();
        iterator = page.next_shard_iterator.clone();
        page.records().iter().filter_map(|record| record.dynamodb()).find_map(|change| {
            let id = change.keys()?.get("messageId")?.as_s().ok()?;
            (id == message).then(|| change.sequence_number().unwrap().to_owned())
        })
    })
    .await;
    json!({
        "requestContext": {
            "requestId": "request", "functionArn": "arn:aws:lambda:us-east-1:000000000000:function:dev-relay",
            "condition": "RetryAttemptsExhausted", "approximateInvokeCount": 6,
        },
        "responseContext": { "statusCode": 200 },
        "version": "1.0",
        "timestamp": "2026-01-31T12:00:00Z",
        "DDBStreamBatchInfo": {
            "shardId": shard, "startSequenceNumber": number, "endSequenceNumber": number, "batchSize": 1,
            "approximateArrivalOfFirstRecord": "2026-01-31T12:00:00Z",
            "approximateArrivalOfLastRecord": "2026-01-31T12:00:00Z", "streamArn": arn,
        },
    })
}

/// What lies in a dead-letter queue: how often each body, or of a record of a stream, each id.
pub async fn lying(world: &World, queue: &str) -> BTreeMap<String, usize> {
    let ran = world.paloma(&["dlq", "peek", queue, "--content", "--max", "100000", "--json"]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let mut lying = BTreeMap::new();
    for letter in ran.json()["deadLetters"].as_array().unwrap() {
        *lying.entry(name_of(&letter["job"])).or_default() += 1;
    }
    lying
}

/// Waits until what was replayed has died again, so that the next test finds nothing under way.
pub async fn back(world: &World, queue: &str, body: &str) {
    until_within(paloma_tests::LONG, &format!("{body} to be back in {queue}"), async || {
        lying(world, queue).await.contains_key(body).then_some(())
    })
    .await;
}

/// What a job is known by here.
pub fn name_of(job: &Value) -> String {
    job["eventID"].as_str().or(job.as_str()).map_or_else(|| job.to_string(), str::to_owned)
}

/// Waits until nothing is to be done for messages. (Presence always has a look at each socket before it.)
pub async fn everything_done(world: &World) {
    use QueueAttributeName::{
        ApproximateNumberOfMessages as Waiting, ApproximateNumberOfMessagesDelayed as Delayed,
        ApproximateNumberOfMessagesNotVisible as InFlight,
    };
    for queue in ["deliveries", "summaries", "notifications"] {
        until_within(paloma_tests::LONG, &format!("{queue} to be empty"), async || {
            let asked = world.sqs().get_queue_attributes().queue_url(world.queue(queue));
            let names = [Waiting, Delayed, InFlight];
            let found = asked.set_attribute_names(Some(names.to_vec())).send().await.unwrap();
            let found = found.attributes.unwrap();
            names.iter().all(|name| found[name] == "0").then_some(())
        })
        .await;
    }
}
