//! Shared by the tests of dead letters: they send dead letters directly to the dead-letter queues.

use std::collections::BTreeMap;
use std::path::PathBuf;

use aws_sdk_sqs::types::{QueueAttributeName, SendMessageBatchRequestEntry};
use paloma::domain::{Accepted, Timestamp, UserId};
use paloma::queue::DeadLetterAttribute;
use paloma_tests::{Calls, World, until, until_within};
use serde_json::{Value, json};
use tokio::sync::{Mutex, MutexGuard};

/// The dead-letter queues: the operators' names, and the names in `stack.json`.
pub const QUEUES: [(&str, &str); 8] = [
    ("deliveries", "deliveriesDeadLetter"),
    ("summaries", "summariesDeadLetter"),
    ("notifications", "notificationsDeadLetter"),
    ("presence", "presenceDeadLetter"),
    ("push-failures", "pushFailuresDeadLetter"),
    ("propagate-status", "propagateStatusDeadLetter"),
    ("relay", "relayDeadLetter"),
    ("summarise-reactions", "summariseReactionsDeadLetter"),
];

static LOCKS: [Mutex<()>; QUEUES.len()] = [const { Mutex::const_new(()) }; QUEUES.len()];

/// The locks of the queues that a test owns.
pub type QueueGuards = Vec<MutexGuard<'static, ()>>;

/// Locks and empties all queues. Tests that read all queues need this: reading a dead letter hides it from others.
pub async fn own_all_queues() -> (&'static World, QueueGuards) {
    own_queues(&QUEUES.map(|(name, _)| name)).await
}

/// Locks and empties these queues.
pub async fn own_queues(names: &[&str]) -> (&'static World, QueueGuards) {
    let mut guards = QueueGuards::new();
    // All tests lock in the same order, so there is no deadlock.
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

/// Sends dead letters with these bodies and this cause.
pub async fn send_dead_letters(world: &World, queue: &str, bodies: &[String], cause: &str) {
    let (_, queue) = QUEUES.iter().find(|(name, _)| *name == queue).unwrap();
    for batch in bodies.chunks(10) {
        let entries = batch.iter().enumerate().map(|(index, body)| {
            let attributes = [
                (DeadLetterAttribute::Cause, cause.to_owned()),
                (DeadLetterAttribute::LastTriedAt, Timestamp::now().as_millis().to_string()),
            ];
            let attributes = attributes.iter().filter_map(|(name, text)| name.attribute(text)).collect();
            let entry = SendMessageBatchRequestEntry::builder().id(index.to_string()).message_body(body);
            entry.message_group_id("a chat").set_message_attributes(Some(attributes)).build().unwrap()
        });
        let sent = world.sqs().send_message_batch().queue_url(world.queue(queue)).set_entries(Some(entries.collect()));
        assert!(sent.send().await.unwrap().failed().is_empty());
    }
}

/// The answer of a send, as the domain's type.
pub fn accepted(answer: &Value) -> Accepted {
    serde_json::from_value(answer.clone()).unwrap()
}

/// A record of a table's stream, with a new event id.
pub fn stream_record(table: &str, kind: &str, image: Value) -> String {
    let stream = format!("arn:aws:dynamodb:us-east-1:000000000000:table/dev-{table}/stream/2026-01-31T12:00:00.000");
    let is_key = |name: &&str| image[*name].is_object();
    let keys: Value =
        ["messageId", "userId"].into_iter().filter(is_key).map(|name| (name, image[name].clone())).collect();
    json!({
        "eventID": UserId::random(), "eventName": kind, "eventVersion": "1.1", "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "eventSourceARN": stream,
        "dynamodb": {
            "NewImage": image, "Keys": keys, "SequenceNumber": "1", "SizeBytes": 1, "StreamViewType": "NEW_IMAGE",
        },
    })
    .to_string()
}

/// A row as streams encode it.
pub fn stream_image(row: &Value) -> Value {
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

/// Lambda's report about a record that it gave up on: the position of this message in the stream of its table.
pub async fn stream_batch_report(world: &World, message: &str) -> Value {
    let streams = aws_sdk_dynamodbstreams::Client::new(world.environment(&Calls::default()).aws());
    let table = &world.description().tables["messages"];
    let stream = streams.list_streams().table_name(table).send().await.unwrap().streams()[0].clone();
    let arn = stream.stream_arn().unwrap();
    let described = streams.describe_stream().stream_arn(arn).send().await.unwrap().stream_description.unwrap();
    let shard = described.shards()[0].shard_id().unwrap().to_owned();
    let number = sequence_number(&streams, arn, &shard, message).await;
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

async fn sequence_number(streams: &aws_sdk_dynamodbstreams::Client, arn: &str, shard: &str, message: &str) -> String {
    let oldest = aws_sdk_dynamodbstreams::types::ShardIteratorType::TrimHorizon;
    let iterator = streams.get_shard_iterator().stream_arn(arn).shard_id(shard).shard_iterator_type(oldest);
    let mut iterator = iterator.send().await.unwrap().shard_iterator;
    until("the record", async || {
        let page = streams.get_records().shard_iterator(iterator.take()?).send().await.unwrap();
        iterator = page.next_shard_iterator.clone();
        page.records().iter().filter_map(|record| record.dynamodb()).find_map(|change| {
            let id = change.keys()?.get("messageId")?.as_s().ok()?;
            (id == message).then(|| change.sequence_number().unwrap().to_owned())
        })
    })
    .await
}

/// The number of dead letters per job in a queue. A job's name is its body, or the event id of a stream record.
pub async fn count_by_job(world: &World, queue: &str) -> BTreeMap<String, usize> {
    let ran = world.paloma(&["dlq", "peek", queue, "--content", "--max", "100000", "--json"]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let mut counts = BTreeMap::new();
    for dead_letter in ran.json()["deadLetters"].as_array().unwrap() {
        *counts.entry(job_name(&dead_letter["job"])).or_default() += 1;
    }
    counts
}

/// Waits until a replayed job has failed again, so that it does not disturb the next test.
pub async fn wait_for_return(world: &World, queue: &str, body: &str) {
    until_within(paloma_tests::LONG, &format!("{body} to be back in {queue}"), async || {
        count_by_job(world, queue).await.contains_key(body).then_some(())
    })
    .await;
}

/// The event id of a stream record, or else the whole job.
pub fn job_name(job: &Value) -> String {
    job["eventID"].as_str().or(job.as_str()).map_or_else(|| job.to_string(), str::to_owned)
}

/// Waits until the queues of the pipeline are empty. The queue of presence never is: it has a check for each socket.
pub async fn wait_until_idle(world: &World) {
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

/// The ids of the dead letters that `paloma dlq peek --json` printed.
pub fn ids(peeked: &Value) -> Vec<String> {
    let dead_letters = peeked["deadLetters"].as_array().unwrap();
    dead_letters.iter().map(|dead_letter| dead_letter["id"].as_str().unwrap().to_owned()).collect()
}

/// A path at which no file exists yet.
pub fn new_path() -> PathBuf {
    std::env::temp_dir().join(format!("paloma-dropped-{}.jsonl", UserId::random()))
}
