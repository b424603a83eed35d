//! Replays are killed at random points and continued: every good job takes effect, every poison job returns once, and
//! no job is lost (invariants 4 and 7).

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;
use std::time::Duration;

use futures::future::join_all;
use paloma::domain::{Accepted, Receipt, Timestamp, UserId};
use paloma::queue::{ConnectionClosed, Notification, NotificationJob, PresenceJob, SummaryJob};
use paloma_tests::{Calls, EventListener, LONG, Person, Phone, World, paloma, typing_job, until_within};
use serde_json::{Value, json};

use crate::harness::{self, QUEUES};

/// Good jobs per queue.
const GOOD: usize = 250;
/// Poison jobs per queue.
const POISON: usize = 250;

/// How often the replay of each queue is killed.
const KILLS: usize = 10;

/// Good jobs for each queue, with their expected effects.
struct GoodJobs {
    by_queue: BTreeMap<&'static str, Vec<String>>,
    /// Users with a typing frame in `deliveries`.
    typists: BTreeSet<UserId>,
    /// Messages with a domain event in `relay`.
    relayed_messages: BTreeSet<String>,
}

#[tokio::test]
async fn a_replay_that_is_killed_ten_times_loses_no_job_and_returns_each_poison_job_once() {
    let (world, _guards) = harness::own_all_queues().await;
    let [ana, bruno] = world.people().await;
    let listener = EventListener::start().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let chat = ana.chat_with(&bruno).await;
    let accepted = harness::accepted(&ana.sends(&chat, "Read by a dead letter").await);
    phone.receives_alert(&chat, 1).await;
    let mut socket = bruno.connects().await;
    let good = GoodJobs::about(world, &accepted, &chat, &bruno).await;

    join_all(QUEUES.map(async |(queue, _)| {
        let poison = send_shuffled(world, queue, &good.by_queue[queue]).await;
        kill_replays(world, queue).await;
        replay_until_only_poison_is_left(world, queue, &poison).await;
    }))
    .await;

    let frames = socket.received_frames().await;
    let typing = frames.iter().filter(|frame| frame["type"] == "typing");
    let typists: BTreeSet<UserId> = typing.map(|frame| frame["userId"].as_str().unwrap().parse().unwrap()).collect();
    assert_eq!(typists, good.typists, "every delivery");
    assert_eq!(phone.alerts().await.len(), 1, "no second push for the same message");
    let receipts = ana.get(&format!("/messages/{}/receipts", accepted.message_id)).await;
    assert_eq!(receipts.body["status"], "read", "{receipts:?}");
    let events: BTreeSet<String> = until_within(LONG, "every event", async || {
        let events: BTreeSet<String> = listener.events().await.iter().map(|event| event.id().to_owned()).collect();
        good.relayed_messages.is_subset(&events).then_some(events)
    })
    .await;
    assert!(events.len() >= good.relayed_messages.len());
}

impl GoodJobs {
    async fn about(world: &World, accepted: &Accepted, chat: &str, reader: &Person) -> Self {
        let reader_id: UserId = reader.id().parse().unwrap();
        let messages = world.environment(&Calls::default()).messages().unwrap();
        let message = messages.message(accepted.message_id).await.unwrap().unwrap();
        let receipt = world.receipt_record(accepted, reader, Receipt::Read).await;
        let receipt = harness::stream_image(&serde_json::to_value(&receipt).unwrap());

        let typists: BTreeSet<UserId> = (0..GOOD).map(|_| UserId::random()).collect();
        let typing = typists.iter().map(|typist| typing_job(chat.parse().unwrap(), *typist, reader_id)).collect();
        let closed = ConnectionClosed { user_id: UserId::random(), at: Timestamp::now() };
        let images: Vec<Value> = (0..GOOD).map(|_| message_image(accepted)).collect();
        let repeated = |job: String| vec![job; GOOD];
        let by_queue = BTreeMap::from([
            ("deliveries", typing),
            ("summaries", repeated(json_text(&SummaryJob::of(&message)))),
            (
                "notifications",
                repeated(json_text(&NotificationJob::Notify(Notification::of(&message, vec![reader_id])))),
            ),
            ("presence", repeated(json_text(&PresenceJob::ConnectionClosed(closed)))),
            ("push-failures", repeated(report_about_unknown_endpoint())),
            (
                "propagate-status",
                (0..GOOD).map(|_| harness::stream_record("message-status", "INSERT", receipt.clone())).collect(),
            ),
            ("summarise-reactions", {
                let keys = json!({ "messageId": { "S": accepted.message_id }, "userId": { "S": reader_id } });
                repeated(harness::stream_record("reactions", "REMOVE", keys))
            }),
            ("relay", images.iter().map(|image| harness::stream_record("messages", "INSERT", image.clone())).collect()),
        ]);
        let relayed_messages = images.iter().map(|image| image["messageId"]["S"].as_str().unwrap().into()).collect();
        Self { by_queue, typists, relayed_messages }
    }
}

/// Sends the good jobs and as many poison jobs as dead letters, in random order. Returns the poison jobs.
async fn send_shuffled(world: &World, queue: &'static str, good: &[String]) -> Vec<String> {
    let table = match queue {
        "propagate-status" => Some("message-status"),
        "relay" => Some("messages"),
        "summarise-reactions" => Some("reactions"),
        _ => None,
    };
    let poison: Vec<String> = (0..POISON)
        .map(|_| match table {
            Some(table) => harness::stream_record(table, "INSERT", json!({ "messageId": { "S": "no id" } })),
            None => format!("poison {}", UserId::random()),
        })
        .collect();
    let mut bodies: Vec<String> = good.iter().chain(&poison).cloned().collect();
    fastrand::shuffle(&mut bodies);
    harness::send_dead_letters(world, queue, &bodies, "made up").await;
    let listed = world.paloma(&["dlq", "list", queue, "--json"]).await.json();
    assert_eq!(listed["queues"][0]["deadLetters"], GOOD + POISON, "{listed}");
    poison
}

/// Starts the same replay again and again, and kills its process each time.
async fn kill_replays(world: &World, queue: &str) {
    for _ in 0..KILLS {
        let mut command = paloma().await;
        command.arg(world.local()).args(["dlq", "replay", queue, "--resume", &replay_id(queue), "--rate", "100"]);
        let mut process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Long enough to be anywhere between two calls.
        tokio::time::sleep(Duration::from_millis(fastrand::u64(50..1_500))).await;
        process.kill().await.unwrap();
    }
}

/// Continues the replay until the queue has each poison job once, and no other job.
async fn replay_until_only_poison_is_left(world: &World, queue: &str, poison: &[String]) {
    let expected: BTreeMap<String, usize> = poison.iter().map(|body| (job_name(body), 1)).collect();
    until_within(3 * LONG, &format!("{queue} to hold each poison job once"), async || {
        // A replay that was killed between two calls left a job twice. This one recognises and removes the duplicate.
        let ran = world.paloma(&["dlq", "replay", queue, "--resume", &replay_id(queue), "--rate", "100"]).await;
        assert!(ran.code == 0 || ran.code == 1, "{ran:?}");
        let counts = harness::count_by_job(world, queue).await;
        eprintln!(
            "{queue}: {} of {POISON} poison jobs are back, {} of them twice, {} other jobs",
            expected.keys().filter(|name| counts.contains_key(*name)).count(),
            counts.values().filter(|count| **count > 1).count(),
            counts.keys().filter(|name| !expected.contains_key(*name)).count(),
        );
        (counts == expected).then_some(())
    })
    .await;
}

fn replay_id(queue: &str) -> String {
    format!("{queue}-killed")
}

fn job_name(body: &str) -> String {
    serde_json::from_str::<Value>(body).map_or_else(|_| body.to_owned(), |job| harness::job_name(&job))
}

/// The stream image of another message of the same chat.
fn message_image(accepted: &Accepted) -> Value {
    let millis = accepted.timestamp.as_millis().to_string();
    json!({
        "messageId": { "S": UserId::random() }, "chatId": { "S": accepted.chat_id },
        "senderId": { "S": UserId::random() }, "content": { "S": "x" }, "seq": { "N": "1" },
        "timestamp": { "N": millis }, "status": { "S": "sent" }, "createdAt": { "N": millis },
        "clientMessageId": { "S": "x" },
    })
}

/// A report of SNS about an endpoint that no device has.
fn report_about_unknown_endpoint() -> String {
    json!({
        "EventType": "DeliveryFailure", "FailureType": "InvalidPlatformToken", "FailureMessage": "gone",
        "EndpointArn": "arn:aws:sns:us-east-1:000000000000:endpoint/GCM/paloma/nobodys",
        "Resource": "arn:aws:sns:us-east-1:000000000000:app/GCM/paloma", "MessageId": UserId::random(),
        "DeliveryAttempts": 1, "Service": "SNS", "Time": "2026-01-31T12:00:00.000Z",
    })
    .to_string()
}

fn json_text(job: &impl serde::Serialize) -> String {
    serde_json::to_string(job).unwrap()
}
