//! `paloma dlq list` and `paloma dlq peek`: they show jobs and causes, hide the content of messages, and print hostile
//! texts escaped.

use paloma::domain::{ChatId, UserId};
use paloma_printable::is_hidden;
use serde_json::json;

use crate::harness;

#[tokio::test]
async fn list_and_peek_show_jobs_and_causes_and_hide_content() {
    let (world, _guards) = harness::own_all_queues().await;
    let chat = ChatId::random();
    let job =
        json!({ "chatId": chat, "event": { "type": "message", "message": { "content": "secret", "senderId": chat } } });
    harness::send_dead_letters(world, "deliveries", &[job.to_string()], &format!("chat {chat} does not exist")).await;
    harness::send_dead_letters(world, "deliveries", &["poison 1".to_owned(), "poison 2".to_owned()], "it is no JSON")
        .await;

    let listed = world.paloma(&["dlq", "list", "--json"]).await.json();
    let queues = listed["queues"].as_array().unwrap();
    assert_eq!(queues.len(), 8, "every queue is listed");
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
    assert_eq!(harness::ids(&shown.json()).len(), 1);
    let dead_letter = &shown.json()["deadLetters"][0];
    assert_eq!((&dead_letter["chatId"], &dead_letter["kind"]), (&json!(chat), &json!("message")));
    assert!(!shown.stdout.contains("secret"), "{}", shown.stdout);
    let shown = world.paloma(&["dlq", "peek", "deliveries", "--cause", "DOES NOT exist", "--content"]).await.stdout;
    assert!(shown.contains("secret") && !shown.contains("poison"), "{shown}");
    assert_eq!(harness::count_by_job(world, "deliveries").await.len(), 3, "peeking removes no dead letter");
}

/// It has an escape sequence, a C1 control, a bidi override, a line separator and a line break.
const HOSTILE: &str = "\u{1b}]52;c;ZXZpbA==\u{7}\u{9b}2J\u{202e}\u{2028}\nroot";

/// [`HOSTILE`] as it is printed.
const ESCAPED: &str = r"\u{1b}]52;c;ZXZpbA==\u{7}\u{9b}2J\u{202e}\u{2028}\nroot";

#[tokio::test]
async fn a_job_for_a_hundred_users_is_printed_in_a_few_short_lines_and_in_json_whole() {
    let (world, _guards) = harness::own_queues(&["deliveries"]).await;
    let users: Vec<UserId> = (0..100).map(|_| UserId::random()).collect();
    let (chat, message) = (ChatId::random(), UserId::random());
    let job = json!({
        "chatId": chat, "audience": { "only": users }, "acceptedAt": 1_700_000_000_007_u64,
        "event": { "type": "message", "message": {
            "messageId": message, "senderId": users[0], "seq": 7, "content": "secret",
        } },
    });
    harness::send_dead_letters(world, "deliveries", &[job.to_string()], "SNS was throttled").await;

    let shown = world.paloma(&["dlq", "peek", "deliveries"]).await.stdout;
    let to = format!("100 users: {}, {}, {} and 97 more", users[0], users[1], users[2]);
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
    assert!(!shown.contains(&users[3].to_string()) && !shown.contains("secret"), "{shown}");
    assert!(
        shown.lines().count() <= 16 && shown.lines().all(|line| line.len() <= 200 + world.local().len()),
        "{shown}"
    );

    let whole = world.paloma(&["dlq", "peek", "deliveries", "--json"]).await.json();
    assert_eq!(whole["deadLetters"][0]["job"]["audience"]["only"], json!(users));
}

#[tokio::test]
async fn hostile_texts_are_printed_escaped_and_kept_in_json() {
    let (world, _guards) = harness::own_queues(&["notifications"]).await;
    let job =
        json!({ "chatId": ChatId::random(), "kind": HOSTILE, "message": { "content": HOSTILE, "senderId": HOSTILE } });
    // SQS rejects escape characters, unless JSON encodes them as `\u001b`. It accepts all the others.
    let cause = "SNS \u{9b}J\u{202e}\u{2028}root";
    let no_json: String = HOSTILE.chars().filter(|each| !each.is_ascii_control()).collect();
    harness::send_dead_letters(world, "notifications", &[job.to_string(), no_json.clone()], cause).await;

    let list: &[&str] = &["dlq", "list", "notifications"];
    let peek: &[&str] = &["dlq", "peek", "notifications", "--content"];
    for (arguments, part) in [(list, r"SNS \u{9b}J\u{202e}\u{2028}root"), (peek, ESCAPED)] {
        let ran = world.paloma(arguments).await;
        assert!(ran.stdout.contains(part), "no {part} in {}", ran.stdout);
        assert!(!ran.stdout.chars().any(|each| is_hidden(each) && each != '\n'), "{:?}", ran.stdout);
        let ran = world.paloma(&[arguments, &["--json"]].concat()).await;
        assert!(!ran.stdout.chars().any(|each| is_hidden(each) && each != '\n'), "{:?}", ran.stdout);
    }
    let whole = world.paloma(&[peek, &["--json"]].concat()).await.json();
    let jobs: Vec<_> = whole["deadLetters"].as_array().unwrap().iter().map(|dead_letter| &dead_letter["job"]).collect();
    assert!(jobs.contains(&&json!(no_json)) && jobs.contains(&&job), "JSON keeps every character: {whole}");

    // Errors repeat the arguments, which operators paste.
    for ran in [world.paloma(&["dlq", "peek", HOSTILE]).await, world.paloma(&["dlq", "watch", HOSTILE]).await] {
        assert!(ran.code >= 2 && !ran.stderr.chars().any(|each| is_hidden(each) && !"\n\t".contains(each)), "{ran:?}");
    }
    let copy = harness::new_path();
    let drop =
        ["dlq", "drop", "notifications", "--all", "--reason", HOSTILE, "--yes", "--copy", copy.to_str().unwrap()];
    assert_eq!(world.paloma(&drop).await.code, 0);
    let text = std::fs::read_to_string(&copy).unwrap();
    std::fs::remove_file(&copy).unwrap();
    assert!(!text.chars().any(|each| is_hidden(each) && each != '\n'), "`cat` of a copy is safe: {text:?}");
}
