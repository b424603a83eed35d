//! `paloma dlq replay`: it replays the selected dead letters, and reads records of streams again. Errors name the
//! remedy.

use std::collections::BTreeSet;

use paloma::domain::{ChatId, UserId};
use paloma_tests::{EventListener, Person, Socket, World, typing_job, until};
use serde_json::{Value, json};

use crate::harness;

#[tokio::test]
async fn a_replay_replays_only_the_selected_dead_letters_and_a_dry_run_none() {
    let (world, _guards) = harness::own_queues(&["deliveries"]).await;
    let [bruno] = world.people().await;
    let mut socket = bruno.connects().await;
    let typists = send_typing_jobs(world, &bruno).await;

    let dry = replay(world, &["--cause", "sns", "--dry-run"]).await;
    assert_eq!((&dry["seen"], &dry["matched"], &dry["replayed"]), (&json!(6), &json!(4), &json!(0)));
    assert_eq!(harness::count_by_job(world, "deliveries").await.len(), 6, "a dry run removes no dead letter");
    let one = replay(world, &["--cause", "sns", "--max", "1"]).await;
    assert_eq!(one["replayed"], 1);
    let peeked = world.paloma(&["dlq", "peek", "deliveries", "--cause", "sns", "--json"]).await.json();
    let by_id = replay(world, &["--id", &harness::ids(&peeked)[0]]).await;
    assert_eq!(by_id["replayed"], 1);
    let old = replay(world, &["--older-than", "1h"]).await;
    assert_eq!((&old["matched"], &old["complete"]), (&json!(0), &json!(true)));
    let rest = world.paloma(&["dlq", "replay", "deliveries", "--cause", "sns", "--json"]).await;
    assert_eq!((rest.code, &rest.json()["replayed"]), (0, &json!(2)), "{rest:?}");

    let expected: BTreeSet<String> = typists[..4].iter().map(ToString::to_string).collect();
    assert_eq!(received_typists(&mut socket, expected.len()).await, expected);
    assert_eq!(harness::count_by_job(world, "deliveries").await.len(), 2, "the others stay in the queue");
}

/// Sends six typing jobs as dead letters, four with a cause of SNS and two with a cause of DynamoDB.
async fn send_typing_jobs(world: &World, recipient: &Person) -> Vec<UserId> {
    let chat = ChatId::random();
    let typists: Vec<UserId> = (0..6).map(|_| UserId::random()).collect();
    let job = |typist: &UserId| typing_job(chat, *typist, recipient.id().parse().unwrap());
    let jobs: Vec<String> = typists.iter().map(job).collect();
    harness::send_dead_letters(world, "deliveries", &jobs[..4], "SNS was throttled").await;
    harness::send_dead_letters(world, "deliveries", &jobs[4..], "DynamoDB was throttled").await;
    typists
}

async fn replay(world: &World, options: &[&str]) -> Value {
    world.paloma(&[&["dlq", "replay", "deliveries", "--json"], options].concat()).await.json()
}

async fn received_typists(socket: &mut Socket, count: usize) -> BTreeSet<String> {
    let mut typists = BTreeSet::new();
    until("the replayed jobs", async || {
        let frames = socket.received_frames().await;
        typists.extend(frames.iter().filter_map(|frame| frame["userId"].as_str().map(str::to_owned)));
        (typists.len() >= count).then_some(())
    })
    .await;
    typists
}

#[tokio::test]
async fn an_error_about_an_argument_names_the_valid_values() {
    let world = World::get().await;
    for (arguments, error) in [
        (vec!["dlq", "peek", "delivery"], "there are deliveries, summaries"),
        (vec!["dlq", "list", "deliveries", "--older-than", "soon"], "must be an age such as 90s, 30m, 2h or 3d"),
        (vec!["dlq", "list", "deliveries", "--chat", "ours"], "must be a UUID"),
        (vec!["dlq", "replay", "deliveries", "--rate", "0"], "--rate"),
    ] {
        let ran = world.paloma(&arguments).await;
        assert!(ran.code == 2 && ran.stderr.contains(error), "{ran:?}");
    }
    let ran = world.paloma(&["dlq", "watch", "nothing"]).await;
    assert!(ran.code == 3 && ran.stderr.contains("there is no replay nothing"), "{ran:?}");
}

#[tokio::test]
async fn records_are_read_from_the_stream_again_and_expired_ones_stay_in_the_queue() {
    let (world, _guards) = harness::own_queues(&["relay"]).await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let accepted = harness::accepted(&ana.sends(&chat, "Relayed once more").await);
    let report = harness::stream_batch_report(world, &accepted.message_id.to_string()).await;
    let listener = EventListener::start().await;
    let mut expired = report.clone();
    expired["DDBStreamBatchInfo"]["shardId"] = json!("shardId-00000001414576573621-f55eea83");
    expired["DDBStreamBatchInfo"]["streamArn"] =
        json!("arn:aws:dynamodb:us-east-1:000000000000:table/dev-messages/stream/2020-01-31T12:00:00.000");
    harness::send_dead_letters(world, "relay", &[report.to_string(), expired.to_string()], "not read").await;

    let peeked = world.paloma(&["dlq", "peek", "relay", "--json"]).await.json();
    assert_eq!(peeked["deadLetters"][0]["kind"], "batch of a stream");
    let cause = peeked["deadLetters"][0]["cause"].as_str().unwrap();
    assert_eq!(cause, "RetryAttemptsExhausted of 1 records in dev-messages");

    let replayed = world.paloma(&["dlq", "replay", "relay", "--json"]).await;
    assert_eq!(replayed.code, 1, "one dead letter is left: {replayed:?}");
    let progress = replayed.json();
    assert_eq!((&progress["replayed"], &progress["expired"]), (&json!(1), &json!(1)), "{progress}");
    listener.receives("the event once more", |event| event.id() == accepted.message_id.to_string()).await;
    let report = world.paloma(&["dlq", "replay", "relay"]).await.stdout;
    assert!(report.contains("keeps them for 24 hours"), "{report}");
    assert_eq!(harness::count_by_job(world, "relay").await.len(), 1);
}
