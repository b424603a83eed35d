//! `paloma dlq` shows what it is asked for, replays what it is asked for, and says what is wrong with what it is asked.

use std::collections::BTreeSet;

use paloma::domain::{ChatId, UserId};
use paloma_tests::{World, typing, until};
use serde_json::{Value, json};

use crate::bench;

fn ids(letters: &Value) -> Vec<String> {
    letters["letters"].as_array().unwrap().iter().map(|letter| letter["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn list_and_peek_say_what_died_and_hide_what_people_wrote() {
    let (world, _alone) = bench::alone().await;
    let chat = ChatId::random();
    let job =
        json!({ "chatId": chat, "event": { "type": "message", "message": { "content": "secret", "senderId": chat } } });
    bench::lay(world, "deliveries", &[job.to_string()], &format!("chat {chat} does not exist")).await;
    bench::lay(world, "deliveries", &["poison 1".to_owned(), "poison 2".to_owned()], "it is no JSON").await;

    let listed = world.paloma(&["dlq", "list", "--json"]).await.json();
    let queues = listed["queues"].as_array().unwrap();
    assert_eq!(queues.len(), 7, "every queue is named");
    let deliveries = queues.iter().find(|queue| queue["queue"] == "deliveries").unwrap();
    assert_eq!(deliveries["letters"], 3);
    let groups: Vec<_> =
        deliveries["groups"].as_array().unwrap().iter().map(|group| (&group["reason"], &group["letters"])).collect();
    assert_eq!(groups, [(&json!("it is no JSON"), &json!(2)), (&json!("chat … does not exist"), &json!(1))]);
    let table = world.paloma(&["dlq", "list", "deliveries"]).await.stdout;
    assert!(table.contains("it is no JSON") && table.contains("paloma dlq replay deliveries"), "{table}");

    let shown = world.paloma(&["dlq", "peek", "deliveries", "--chat", &chat.to_string(), "--json"]).await;
    assert_eq!(ids(&shown.json()).len(), 1);
    let letter = &shown.json()["letters"][0];
    assert_eq!((&letter["chatId"], &letter["kind"]), (&json!(chat), &json!("message")));
    assert!(!shown.stdout.contains("secret"), "{}", shown.stdout);
    let shown = world.paloma(&["dlq", "peek", "deliveries", "--cause", "DOES NOT exist", "--content"]).await.stdout;
    assert!(shown.contains("secret") && !shown.contains("poison"), "{shown}");
    assert_eq!(bench::lying(world, "deliveries").await.len(), 3, "looking takes nothing out");
}

#[tokio::test]
async fn a_replay_takes_what_the_filter_says_and_a_dry_run_nothing() {
    let (world, _alone) = bench::alone_with(&["deliveries"]).await;
    let [bruno] = world.people().await;
    let mut socket = bruno.connect().await;
    let chat = ChatId::random();
    let typists: Vec<UserId> = (0..6).map(|_| UserId::random()).collect();
    let jobs: Vec<String> = typists.iter().map(|typist| typing(chat, *typist, bruno.id().parse().unwrap())).collect();
    bench::lay(world, "deliveries", &jobs[..4], "SNS was throttled").await;
    bench::lay(world, "deliveries", &jobs[4..], "DynamoDB was throttled").await;

    let dry = world.paloma(&["dlq", "replay", "deliveries", "--cause", "sns", "--dry-run", "--json"]).await.json();
    assert_eq!((&dry["seen"], &dry["matched"], &dry["replayed"]), (&json!(6), &json!(4), &json!(0)));
    assert_eq!(bench::lying(world, "deliveries").await.len(), 6, "a dry run takes nothing out");
    let one = world.paloma(&["dlq", "replay", "deliveries", "--cause", "sns", "--max", "1", "--json"]).await.json();
    assert_eq!(one["replayed"], 1);
    let id = ids(&world.paloma(&["dlq", "peek", "deliveries", "--cause", "sns", "--json"]).await.json())[0].clone();
    let by_id = world.paloma(&["dlq", "replay", "deliveries", "--id", &id, "--json"]).await.json();
    assert_eq!(by_id["replayed"], 1);
    let young = world.paloma(&["dlq", "replay", "deliveries", "--older-than", "1h", "--json"]).await.json();
    assert_eq!((&young["matched"], &young["complete"]), (&json!(0), &json!(true)));
    let rest = world.paloma(&["dlq", "replay", "deliveries", "--cause", "sns", "--json"]).await;
    assert_eq!((rest.code, &rest.json()["replayed"]), (0, &json!(2)), "{rest:?}");

    let expected: BTreeSet<String> = typists[..4].iter().map(ToString::to_string).collect();
    let mut heard = BTreeSet::new();
    until("what was replayed", async || {
        let frames = socket.everything().await;
        heard.extend(frames.iter().filter_map(|frame| frame["userId"].as_str().map(str::to_owned)));
        (heard.len() >= expected.len()).then_some(())
    })
    .await;
    assert_eq!(heard, expected);
    assert_eq!(bench::lying(world, "deliveries").await.len(), 2, "the others lie where they lay");
}

#[tokio::test]
async fn a_dropped_letter_is_gone_and_kept_and_can_be_laid_back() {
    let (world, _alone) = bench::alone_with(&["summaries"]).await;
    bench::lay(world, "summaries", &["poison 1".to_owned(), "poison 2".to_owned()], "hopeless").await;
    bench::lay(world, "summaries", &["good".to_owned()], "passing").await;
    let copy = std::env::temp_dir().join(format!("paloma-dropped-{}.jsonl", UserId::random()));
    let copy_to = copy.to_str().unwrap();

    for (wrong, says) in [
        (vec!["dlq", "drop", "summaries", "--reason", "x", "--yes"], "say which letters"),
        (vec!["dlq", "drop", "summaries", "--all", "--reason", " ", "--yes"], "say why they may go"),
        (vec!["dlq", "drop", "summaries", "--all", "--reason", "x"], "say --yes"),
    ] {
        let ran = world.paloma(&wrong).await;
        assert!(ran.code == 2 && ran.stderr.contains(says), "{ran:?}");
    }
    let unwritable = ["dlq", "drop", "summaries", "--all", "--reason", "x", "--yes", "--copy", "/nowhere/at/all"];
    let ran = world.paloma(&unwritable).await;
    assert!(ran.code == 3 && ran.stderr.contains("cannot be written"), "{ran:?}");
    assert_eq!(bench::lying(world, "summaries").await.len(), 3, "without a copy nothing is dropped");

    let arguments =
        ["dlq", "drop", "summaries", "--cause", "hopeless", "--reason", "a test", "--yes", "--copy", copy_to, "--json"];
    let dropped = world.paloma(&arguments).await;
    assert_eq!((dropped.code, &dropped.json()["dropped"]), (0, &json!(2)), "{dropped:?}");
    assert_eq!(bench::lying(world, "summaries").await.into_keys().collect::<Vec<_>>(), ["good"]);
    let kept = std::fs::read_to_string(&copy).unwrap();
    let bodies: BTreeSet<String> = kept
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .inspect(|line| assert_eq!((&line["reason"], &line["letter"]["cause"]), (&json!("a test"), &json!("hopeless"))))
        .map(|line| line["body"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(bodies, BTreeSet::from(["poison 1".to_owned(), "poison 2".to_owned()]));

    // Restored twice, they lie there twice, with the cause, and are replayed once: as far as they are asked for.
    for _ in 0..2 {
        let restored = world.paloma(&["dlq", "restore", copy_to, "--json"]).await;
        assert_eq!((restored.code, &restored.json()["restored"]), (0, &json!({ "summaries": 2 })), "{restored:?}");
    }
    std::fs::remove_file(&copy).unwrap();
    let peeked = world.paloma(&["dlq", "peek", "summaries", "--cause", "hopeless", "--json"]).await;
    let lying = ids(&peeked.json());
    assert_eq!(lying.len(), 4, "{peeked:?}");
    let replayed = world.paloma(&["dlq", "replay", "summaries", "--id", &lying[0], "--json"]).await.json();
    assert_eq!((&replayed["replayed"], &replayed["doubles"]), (&json!(1), &json!(0)), "{replayed}");
    let replayed = world.paloma(&["dlq", "replay", "summaries", "--cause", "hopeless", "--json"]).await.json();
    assert_eq!((&replayed["replayed"], &replayed["doubles"]), (&json!(2), &json!(1)), "{replayed}");
    bench::back(world, "summaries", "poison 1").await;
    bench::back(world, "summaries", "poison 2").await;

    let ran = world.paloma(&["dlq", "restore", copy_to]).await;
    assert!(ran.code == 3 && ran.stderr.contains("cannot be read"), "{ran:?}");
    std::fs::write(&copy, kept.replace("paloma-dev", "paloma-prod")).unwrap();
    let ran = world.paloma(&["dlq", "restore", copy_to]).await;
    assert!(ran.code == 2 && ran.stderr.contains("say --stack paloma-prod"), "{ran:?}");
    std::fs::write(&copy, "{\"queue\": \"summaries\"}\n").unwrap();
    let ran = world.paloma(&["dlq", "restore", copy_to]).await;
    std::fs::remove_file(&copy).unwrap();
    assert!(ran.code == 2 && ran.stderr.contains("line 1 of"), "{ran:?}");
}

#[tokio::test]
async fn what_is_said_wrong_is_answered_with_what_would_do() {
    let world = World::get().await;
    for (wrong, says) in [
        (vec!["dlq", "peek", "delivery"], "there are deliveries, summaries"),
        (vec!["dlq", "list", "deliveries", "--older-than", "soon"], "must be an age such as 90s, 30m, 2h or 3d"),
        (vec!["dlq", "list", "deliveries", "--chat", "ours"], "must be a UUID"),
        (vec!["dlq", "replay", "deliveries", "--rate", "0"], "--rate"),
    ] {
        let ran = world.paloma(&wrong).await;
        assert!(ran.code == 2 && ran.stderr.contains(says), "{ran:?}");
    }
    let ran = world.paloma(&["dlq", "watch", "nothing"]).await;
    assert!(ran.code == 3 && ran.stderr.contains("there is no replay nothing"), "{ran:?}");
}

/// Whole records, and places of records: the function is handed them again. What the stream has forgotten stays.
#[tokio::test]
async fn places_in_a_stream_are_read_again_and_forgotten_ones_are_named() {
    let (world, _alone) = bench::alone_with(&["relay"]).await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let said = bench::accepted(&ana.say(&chat, "Relayed once more").await);
    let place = bench::place_of(world, &said.message_id.to_string()).await;
    let listener = paloma_tests::Listener::start().await;
    let mut forgotten = place.clone();
    forgotten["DDBStreamBatchInfo"]["shardId"] = json!("shardId-00000001414576573621-f55eea83");
    forgotten["DDBStreamBatchInfo"]["streamArn"] =
        json!("arn:aws:dynamodb:us-east-1:000000000000:table/dev-messages/stream/2020-01-31T12:00:00.000");
    bench::lay(world, "relay", &[place.to_string(), forgotten.to_string()], "not read").await;

    let peeked = world.paloma(&["dlq", "peek", "relay", "--json"]).await.json();
    assert_eq!(peeked["letters"][0]["kind"], "place in a stream");
    let cause = peeked["letters"][0]["cause"].as_str().unwrap();
    assert_eq!(cause, "RetryAttemptsExhausted of 1 records in dev-messages");

    let replayed = world.paloma(&["dlq", "replay", "relay", "--json"]).await;
    assert_eq!(replayed.code, 1, "something is left: {replayed:?}");
    let progress = replayed.json();
    assert_eq!((&progress["replayed"], &progress["forgotten"]), (&json!(1), &json!(1)), "{progress}");
    listener.hear("the event once more", |heard| heard.id() == said.message_id.to_string()).await;
    let said = world.paloma(&["dlq", "replay", "relay"]).await.stdout;
    assert!(said.contains("keeps them for 24 hours"), "{said}");
    assert_eq!(bench::lying(world, "relay").await.len(), 1);
}
