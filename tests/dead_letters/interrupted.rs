//! A replay is killed at random points and begun again: every good job is done, every poison one is back once, nothing
//! is lost (invariants 4 and 7).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::future::join_all;
use paloma::domain::{Accepted, Receipt, UserId};
use paloma::queue::{NotificationJob, PresenceJob, SummaryJob};
use paloma_tests::{Calls, EventListener, LONG, Person, Phone, World, paloma, typing_job, until_within};
use serde_json::{Value, json};

use crate::bench::{self, QUEUES};

/// Letters of each kind, in each queue.
const GOOD: usize = 250;
const POISON: usize = 250;

/// How often a replay is killed.
const KILLS: usize = 10;

#[tokio::test]
async fn a_replay_that_is_killed_ten_times_loses_nothing_and_doubles_nothing() {
    let (world, _alone) = bench::alone().await;
    let [ana, bruno] = world.people().await;
    let listener = EventListener::start().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let chat = ana.chat_with(&bruno).await;
    let said = bench::accepted(&ana.sends(&chat, "Read by a letter").await);
    phone.receives_alert(&chat, 1).await;
    let mut socket = bruno.connects().await;

    let typists: BTreeSet<UserId> = (0..GOOD).map(|_| UserId::random()).collect();
    let receipt = world.receipt_record(&said, &bruno, Receipt::Read).await;
    let events: Vec<Value> = (0..GOOD).map(|_| stored(&said)).collect();
    let told: BTreeSet<String> = events.iter().map(|image| image["messageId"]["S"].as_str().unwrap().into()).collect();
    let stored = world.environment(&Calls::default()).messages().unwrap().message(said.message_id).await;
    let stored = stored.unwrap().unwrap();
    let again = |job: String| vec![job; GOOD];
    let good: BTreeMap<&str, Vec<String>> = BTreeMap::from([
        (
            "deliveries",
            typists.iter().map(|typist| typing_job(chat.parse().unwrap(), *typist, id_of(&bruno))).collect(),
        ),
        ("summaries", again(text(&SummaryJob::of(&stored)))),
        (
            "notifications",
            again(text(&NotificationJob::Notify(paloma::queue::Notification::of(&stored, vec![id_of(&bruno)])))),
        ),
        (
            "presence",
            again(text(&PresenceJob::ConnectionClosed(paloma::queue::ConnectionClosed {
                user_id: UserId::random(),
                at: paloma::domain::Timestamp::now(),
            }))),
        ),
        ("push-failures", again(gone_endpoint())),
        (
            "propagate-status",
            (0..GOOD)
                .map(|_| {
                    bench::record(
                        "message-status",
                        "INSERT",
                        bench::in_stream(&serde_json::to_value(&receipt).unwrap()),
                    )
                })
                .collect(),
        ),
        ("relay", events.iter().map(|image| bench::record("messages", "INSERT", image.clone())).collect()),
    ]);

    join_all(QUEUES.map(async |(queue, _)| survive(world, queue, &good[queue]).await)).await;

    // Every good job took effect.
    let mut heard = BTreeSet::new();
    for frame in socket.received_frames().await.iter().filter(|frame| frame["type"] == "typing") {
        heard.insert(frame["userId"].as_str().unwrap().parse::<UserId>().unwrap());
    }
    assert_eq!(heard, typists, "every delivery");
    assert_eq!(phone.alerts().await.len(), 1, "what has buzzed does not buzz again");
    let receipts = ana.get(&format!("/messages/{}/receipts", said.message_id)).await;
    assert_eq!(receipts.body["status"], "read", "{receipts:?}");
    let all: BTreeSet<String> = until_within(LONG, "every event", async || {
        let heard: BTreeSet<String> = listener.events().await.iter().map(|heard| heard.id().to_owned()).collect();
        told.is_subset(&heard).then_some(heard)
    })
    .await;
    assert!(all.len() >= told.len());
}

/// Lays good and poison letters, kills replays, lets one end, and looks at what is left.
async fn survive(world: &World, queue: &'static str, good: &[String]) {
    let stream = matches!(queue, "propagate-status" | "relay");
    let table = if queue == "relay" { "messages" } else { "message-status" };
    let poison: Vec<String> = (0..POISON)
        .map(|_| match stream {
            true => bench::record(table, "INSERT", json!({ "messageId": { "S": "no id" } })),
            false => format!("poison {}", UserId::random()),
        })
        .collect();
    let mut letters: Vec<String> = good.iter().chain(&poison).cloned().collect();
    fastrand::shuffle(&mut letters);
    bench::lay(world, queue, &letters, "made up").await;
    let listed = world.paloma(&["dlq", "list", queue, "--json"]).await.json();
    assert_eq!(listed["queues"][0]["deadLetters"], GOOD + POISON, "{listed}");

    let id = format!("{queue}-killed");
    let arguments = ["dlq", "replay", queue, "--resume", &id, "--rate", "100"];
    for _ in 0..KILLS {
        let mut command = paloma().await;
        command.arg(format!("--local={}", world.stack.description_path().display())).args(arguments);
        let mut process =
            command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).spawn().unwrap();
        // Wherever it is by then: that is the point.
        tokio::time::sleep(Duration::from_millis(fastrand::u64(50..1_500))).await;
        process.kill().await.unwrap();
    }

    let expected: BTreeMap<String, usize> = poison.iter().map(|body| (name_of(body), 1)).collect();
    until_within(3 * LONG, &format!("{queue} to hold each poison job once"), async || {
        // What came back twice, since a replay was killed between two calls, is known as one by the next.
        let ran = world.paloma(&arguments).await;
        assert!(ran.code == 0 || ran.code == 1, "{ran:?}");
        let lying = bench::lying(world, queue).await;
        let count = |wrong: &dyn Fn(&String) -> bool| lying.keys().filter(|name| wrong(name)).count();
        eprintln!(
            "{queue}: {} of {POISON} poison jobs are back, {} of them twice, {} letters are others'",
            expected.keys().filter(|name| lying.contains_key(*name)).count(),
            lying.values().filter(|count| **count > 1).count(),
            count(&|name| !expected.contains_key(name)),
        );
        (lying == expected).then_some(())
    })
    .await;
}

fn name_of(body: &str) -> String {
    serde_json::from_str::<Value>(body).map_or_else(|_| body.to_owned(), |job| bench::name_of(&job))
}

fn id_of(person: &Person) -> UserId {
    person.id().parse().unwrap()
}

/// Another message of the same chat, as its table's stream tells of it.
fn stored(said: &Accepted) -> Value {
    json!({
        "messageId": { "S": UserId::random() }, "chatId": { "S": said.chat_id }, "senderId": { "S": UserId::random() },
        "content": { "S": "x" }, "seq": { "N": "1" }, "timestamp": { "N": said.timestamp.as_millis().to_string() },
        "status": { "S": "sent" }, "createdAt": { "N": said.timestamp.as_millis().to_string() },
        "clientMessageId": { "S": "x" },
    })
}

/// What SNS reports of an endpoint that nobody has.
fn gone_endpoint() -> String {
    json!({
        "EventType": "DeliveryFailure", "FailureType": "InvalidPlatformToken", "FailureMessage": "gone",
        "EndpointArn": "arn:aws:sns:us-east-1:000000000000:endpoint/GCM/paloma/nobodys",
        "Resource": "arn:aws:sns:us-east-1:000000000000:app/GCM/paloma", "MessageId": UserId::random(),
        "DeliveryAttempts": 1, "Service": "SNS", "Time": "2026-01-31T12:00:00.000Z",
    })
    .to_string()
}

/// A job as it is enqueued.
fn text(job: &impl serde::Serialize) -> String {
    serde_json::to_string(job).unwrap()
}
