//! `paloma dlq` shows what it is asked for, replays what it is asked for, and says what is wrong with what it is asked.

use std::collections::BTreeSet;

use paloma::domain::{ChatId, UserId};
use paloma_printable::is_hidden;
use paloma_tests::{World, typing_job, until};
use serde_json::{Value, json};

use crate::bench;

fn ids(letters: &Value) -> Vec<String> {
    letters["deadLetters"].as_array().unwrap().iter().map(|letter| letter["id"].as_str().unwrap().to_owned()).collect()
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
    assert_eq!(deliveries["deadLetters"], 3);
    let groups: Vec<_> = deliveries["groups"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| (&group["reason"], &group["deadLetters"]))
        .collect();
    assert_eq!(groups, [(&json!("it is no JSON"), &json!(2)), (&json!("chat … does not exist"), &json!(1))]);
    let table = world.paloma(&["dlq", "list", "deliveries"]).await.stdout;
    assert!(
        table.contains("it is no JSON") && table.contains(&format!("paloma dlq replay deliveries {}", world.local())),
        "{table}"
    );

    let shown = world.paloma(&["dlq", "peek", "deliveries", "--chat", &chat.to_string(), "--json"]).await;
    assert_eq!(ids(&shown.json()).len(), 1);
    let letter = &shown.json()["deadLetters"][0];
    assert_eq!((&letter["chatId"], &letter["kind"]), (&json!(chat), &json!("message")));
    assert!(!shown.stdout.contains("secret"), "{}", shown.stdout);
    let shown = world.paloma(&["dlq", "peek", "deliveries", "--cause", "DOES NOT exist", "--content"]).await.stdout;
    assert!(shown.contains("secret") && !shown.contains("poison"), "{shown}");
    assert_eq!(bench::lying(world, "deliveries").await.len(), 3, "looking takes nothing out");
}

/// An escape sequence, a C1 control, a bidi override, a line separator and a forged line.
const HOSTILE: &str = "\u{1b}]52;c;ZXZpbA==\u{7}\u{9b}2J\u{202e}\u{2028}\nroot";

/// How a terminal shows it.
const SHOWN: &str = r"\u{1b}]52;c;ZXZpbA==\u{7}\u{9b}2J\u{202e}\u{2028}\nroot";

#[tokio::test]
async fn a_letter_to_a_hundred_people_is_a_few_short_lines_and_the_rest_is_json() {
    let (world, _alone) = bench::alone_with(&["deliveries"]).await;
    let people: Vec<UserId> = (0..100).map(|_| UserId::random()).collect();
    let (chat, message) = (ChatId::random(), UserId::random());
    let job = json!({
        "chatId": chat, "audience": { "only": people }, "acceptedAt": 1_700_000_000_007_u64,
        "event": { "type": "message", "message": {
            "messageId": message, "senderId": people[0], "seq": 7, "content": "secret",
        } },
    });
    bench::lay(world, "deliveries", &[job.to_string()], "SNS was throttled").await;

    let shown = world.paloma(&["dlq", "peek", "deliveries"]).await.stdout;
    let to = format!("100 people: {}, {}, {} and 97 more", people[0], people[1], people[2]);
    let trace = format!("paloma trace {message} {}", world.local());
    let whole = format!("paloma dlq peek deliveries --json {}", world.local());
    for part in [
        "  message  ",
        "SNS was throttled",
        &chat.to_string(),
        "seq         7",
        &to,
        "2023-11-14 22:13:20.007",
        &trace,
        &whole,
    ] {
        assert!(shown.contains(part), "no {part:?} in {shown}");
    }
    assert!(!shown.contains(&people[3].to_string()) && !shown.contains("secret"), "{shown}");
    assert!(
        shown.lines().count() <= 16 && shown.lines().all(|line| line.len() <= 200 + world.local().len()),
        "{shown}"
    );

    let whole = world.paloma(&["dlq", "peek", "deliveries", "--json"]).await.json();
    assert_eq!(whole["deadLetters"][0]["job"]["audience"]["only"], json!(people));
}

#[tokio::test]
async fn what_others_wrote_is_shown_and_never_obeyed() {
    let (world, _alone) = bench::alone_with(&["notifications"]).await;
    let job =
        json!({ "chatId": ChatId::random(), "kind": HOSTILE, "message": { "content": HOSTILE, "senderId": HOSTILE } });
    // SQS takes no escape characters, unless JSON has written them as `\u001b`, and takes all the others.
    let cause = "SNS \u{9b}J\u{202e}\u{2028}root";
    let no_json: String = HOSTILE.chars().filter(|each| !each.is_ascii_control()).collect();
    bench::lay(world, "notifications", &[job.to_string(), no_json.clone()], cause).await;

    let list: &[&str] = &["dlq", "list", "notifications"];
    let peek: &[&str] = &["dlq", "peek", "notifications", "--content"];
    for (arguments, part) in [(list, r"SNS \u{9b}J\u{202e}\u{2028}root"), (peek, SHOWN)] {
        let ran = world.paloma(arguments).await;
        assert!(ran.stdout.contains(part), "no {part} in {}", ran.stdout);
        assert!(!ran.stdout.chars().any(|each| is_hidden(each) && each != '\n'), "{:?}", ran.stdout);
        let ran = world.paloma(&[arguments, &["--json"]].concat()).await;
        assert!(!ran.stdout.chars().any(|each| is_hidden(each) && each != '\n'), "{:?}", ran.stdout);
    }
    let whole = world.paloma(&[peek, &["--json"]].concat()).await.json();
    let jobs: Vec<_> = whole["deadLetters"].as_array().unwrap().iter().map(|letter| &letter["job"]).collect();
    assert!(jobs.contains(&&json!(no_json)) && jobs.contains(&&job), "JSON keeps every character: {whole}");

    // What the operator pastes comes back too.
    for ran in [world.paloma(&["dlq", "peek", HOSTILE]).await, world.paloma(&["dlq", "watch", HOSTILE]).await] {
        assert!(ran.code >= 2 && !ran.stderr.chars().any(|each| is_hidden(each) && !"\n\t".contains(each)), "{ran:?}");
    }
    let copy = copy_path();
    let drop =
        ["dlq", "drop", "notifications", "--all", "--reason", HOSTILE, "--yes", "--copy", copy.to_str().unwrap()];
    assert_eq!(world.paloma(&drop).await.code, 0);
    let kept = std::fs::read_to_string(&copy).unwrap();
    std::fs::remove_file(&copy).unwrap();
    assert!(!kept.chars().any(|each| is_hidden(each) && each != '\n'), "`cat` of a copy is safe: {kept:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_copy_is_a_new_file_of_its_owner_and_no_link() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let (world, _alone) = bench::alone_with(&["push-failures"]).await;
    bench::lay(world, "push-failures", &["poison".to_owned()], "hopeless").await;
    let (copy, victim, link) = (copy_path(), copy_path(), copy_path());
    std::fs::write(&victim, "precious").unwrap();
    symlink(&victim, &link).unwrap();
    let drop = async |to: &std::path::Path| {
        let to = to.to_str().unwrap();
        world.paloma(&["dlq", "drop", "push-failures", "--all", "--reason", "a test", "--yes", "--copy", to]).await
    };
    for taken in [&victim, &link] {
        let ran = drop(taken).await;
        assert!(ran.code == 3 && ran.stderr.contains("it exists already: name a new file with --copy"), "{ran:?}");
    }
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "precious");
    assert_eq!(bench::lying(world, "push-failures").await.len(), 1, "without a copy nothing is dropped");

    let ran = drop(&copy).await;
    let restore = format!("paloma dlq restore {} {}", copy.display(), world.local());
    assert!(ran.code == 0 && ran.stdout.contains(&restore), "{ran:?}");
    assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    std::fs::remove_file(&link).unwrap();
    symlink(&copy, &link).unwrap();
    let ran = world.paloma(&["dlq", "restore", link.to_str().unwrap()]).await;
    assert!(ran.code == 3 && ran.stderr.contains("it is a symbolic link"), "{ran:?}");
    let ran = world.paloma(&["dlq", "restore", copy.to_str().unwrap()]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(bench::lying(world, "push-failures").await.len(), 1);
    for path in [copy, victim, link] {
        std::fs::remove_file(path).unwrap();
    }
}

/// A name for a file that is not there.
fn copy_path() -> std::path::PathBuf {
    std::env::temp_dir().join(format!("paloma-dropped-{}.jsonl", UserId::random()))
}

#[tokio::test]
async fn a_replay_takes_what_the_filter_says_and_a_dry_run_nothing() {
    let (world, _alone) = bench::alone_with(&["deliveries"]).await;
    let [bruno] = world.people().await;
    let mut socket = bruno.connects().await;
    let chat = ChatId::random();
    let typists: Vec<UserId> = (0..6).map(|_| UserId::random()).collect();
    let jobs: Vec<String> =
        typists.iter().map(|typist| typing_job(chat, *typist, bruno.id().parse().unwrap())).collect();
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
        let frames = socket.received_frames().await;
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
    let copy = copy_path();
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
        .inspect(|line| {
            assert_eq!((&line["reason"], &line["deadLetter"]["cause"]), (&json!("a test"), &json!("hopeless")))
        })
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
    assert_eq!((&replayed["replayed"], &replayed["duplicates"]), (&json!(1), &json!(0)), "{replayed}");
    let replayed = world.paloma(&["dlq", "replay", "summaries", "--cause", "hopeless", "--json"]).await.json();
    assert_eq!((&replayed["replayed"], &replayed["duplicates"]), (&json!(2), &json!(1)), "{replayed}");
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
    let said = bench::accepted(&ana.sends(&chat, "Relayed once more").await);
    let place = bench::place_of(world, &said.message_id.to_string()).await;
    let listener = paloma_tests::EventListener::start().await;
    let mut forgotten = place.clone();
    forgotten["DDBStreamBatchInfo"]["shardId"] = json!("shardId-00000001414576573621-f55eea83");
    forgotten["DDBStreamBatchInfo"]["streamArn"] =
        json!("arn:aws:dynamodb:us-east-1:000000000000:table/dev-messages/stream/2020-01-31T12:00:00.000");
    bench::lay(world, "relay", &[place.to_string(), forgotten.to_string()], "not read").await;

    let peeked = world.paloma(&["dlq", "peek", "relay", "--json"]).await.json();
    assert_eq!(peeked["deadLetters"][0]["kind"], "batch of a stream");
    let cause = peeked["deadLetters"][0]["cause"].as_str().unwrap();
    assert_eq!(cause, "RetryAttemptsExhausted of 1 records in dev-messages");

    let replayed = world.paloma(&["dlq", "replay", "relay", "--json"]).await;
    assert_eq!(replayed.code, 1, "something is left: {replayed:?}");
    let progress = replayed.json();
    assert_eq!((&progress["replayed"], &progress["forgotten"]), (&json!(1), &json!(1)), "{progress}");
    listener.receives("the event once more", |heard| heard.id() == said.message_id.to_string()).await;
    let said = world.paloma(&["dlq", "replay", "relay"]).await.stdout;
    assert!(said.contains("keeps them for 24 hours"), "{said}");
    assert_eq!(bench::lying(world, "relay").await.len(), 1);
}
