//! Limits per user. The stack of the tests has a high limit for sending, so these users get lower ones.

use std::time::Duration;

use paloma::domain::{Action, SendLimit, Timestamp, UserId};
use paloma_tests::{Answer, Calls, Person, World, until};
use reqwest::Method;
use serde_json::{Value, json};

/// A limit that a test reaches soon, even on a slow machine.
const SMALL: SendLimit = SendLimit { burst: 8, per_second: 1 };

async fn grant(person: &Person, limit: SendLimit) {
    let accounts = World::get().await.environment(&Calls::default()).accounts().unwrap();
    assert!(accounts.grant(person.id().parse().unwrap(), Some(limit)).await.unwrap());
}

fn message(content: &str) -> Value {
    json!({ "content": content, "clientMessageId": UserId::random().to_string() })
}

/// The time to wait, in milliseconds (body) and seconds (header), if the answer is 429.
async fn retry_after(person: &Person, path: &str, body: &Value) -> Option<(u64, u64)> {
    let (answer, headers) = Answer::with_headers(person.request(Method::POST, path).json(body)).await;
    let seconds = headers.get("retry-after").map(|value| value.to_str().unwrap().parse().unwrap());
    (answer.status == 429).then(|| {
        answer.problem(429);
        (answer.body["retryAfterMs"].as_u64().expect("milliseconds"), seconds.expect("a header"))
    })
}

/// Sends until the limit rejects a message. Returns the number of accepted messages, and the time to wait in
/// milliseconds.
async fn sends_until_limited(person: &Person, chat: &str) -> (usize, u64) {
    let path = format!("/chats/{chat}/messages");
    for passed in 0..400 {
        if let Some((millis, seconds)) = retry_after(person, &path, &message("Again")).await {
            assert_eq!(seconds, millis.div_ceil(1_000));
            return (passed, millis);
        }
        // The summary charges the bucket, so the test waits for it before the next send.
        until("the summary", async || {
            (person.listed(chat).await["lastMessage"]["seq"] == passed as u64 + 1).then_some(())
        })
        .await;
    }
    panic!("400 messages passed");
}

#[tokio::test]
async fn a_sender_is_limited_and_others_are_not() {
    let [ana, bruno] = World::get().await.people().await;
    grant(&ana, SMALL).await;
    let chat = ana.chat_with(&bruno).await;
    let (passed, millis) = sends_until_limited(&ana, &chat).await;
    // The burst, and one token for each second of the test.
    assert!(passed >= 8, "the burst is accepted: {passed}");
    assert!((1..=1_000).contains(&millis), "{millis}");
    bruno.sends(&chat, "I may").await;

    // A frame gets an error with the same problem.
    let mut socket = ana.connects().await;
    let refused = until("an error on the socket", async || {
        let mut frame = message("And again");
        (frame["action"], frame["chatId"]) = (json!("sendMessage"), json!(chat));
        let answer = socket.request(frame).await;
        (answer["type"] == "error").then_some(answer)
    })
    .await;
    assert_eq!(refused["problem"]["status"], 429, "{refused}");
    assert!(refused["retryAfterMs"].as_u64().is_some_and(|millis| millis <= 1_000), "{refused}");

    // Later the sender can send again.
    until("the next message", async || {
        let answer = ana.post(&format!("/chats/{chat}/messages"), message("Now")).await;
        (answer.status == 202).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_message_to_a_large_group_costs_more_tokens() {
    let world = World::get().await;
    let [ana] = world.people().await;
    let silent: Vec<_> = world.silent_people(249).await.iter().map(UserId::to_string).collect();
    let group = ana.group_with(&silent.iter().map(String::as_str).collect::<Vec<_>>()).await;
    // A message to 250 members costs 5 tokens. The bucket gets one token per second.
    let accounts = world.environment(&Calls::default()).accounts().unwrap();
    grant(&ana, SendLimit { burst: 8, per_second: 1 }).await;
    ana.sends(&group, "Hello all").await;
    let full_at = until("the charge", async || {
        let account = accounts.account(ana.id().parse().unwrap()).await.unwrap().unwrap();
        account.buckets.get("sendFullAt").copied()
    })
    .await;
    let owed = Timestamp::now().millis_until(full_at);
    assert!(owed <= 5_000, "at most 5 tokens of a second each: {owed} ms");
    assert!(full_at > Timestamp::from_millis(0));
}

#[tokio::test]
async fn rare_calls_are_limited_per_user_and_action() {
    let [ana, bruno, carla] = World::get().await.people().await;
    // Searches by address: a burst of 30.
    let path = format!("/users?email={}", bruno.user.email);
    let mut statuses = Vec::new();
    for _ in 0..60 {
        statuses.push(ana.get(&path).await.status);
    }
    let passed = statuses.iter().filter(|status| **status == 200).count();
    assert!((30..60).contains(&passed), "{statuses:?}");
    assert!(statuses.iter().all(|status| matches!(status, 200 | 429)), "{statuses:?}");
    assert_eq!(bruno.get(&path).await.status, 200, "another user is not limited");
    ana.ticket().await;

    // New groups: a burst of 30.
    let group = json!({ "type": "group", "participants": [bruno.id()], "name": "Spam" });
    let mut made = 0;
    while retry_after(&carla, "/chats", &group).await.is_none() {
        made += 1;
        assert!(made < 60, "60 groups passed");
    }
    assert!(made >= 30, "{made}");
}

#[tokio::test]
async fn tickets_are_limited_per_user() {
    let [ana] = World::get().await.people().await;
    let (nothing, mut passed) = (json!({}), 0);
    let millis = loop {
        let refused = futures::future::join_all((0..20).map(|_| retry_after(&ana, "/ws/tickets", &nothing))).await;
        passed += refused.iter().filter(|refused| refused.is_none()).count();
        if let Some((millis, _)) = refused.into_iter().flatten().next() {
            break millis;
        }
        assert!(passed < 600, "600 tickets passed");
    };
    assert!(passed >= 60 && Duration::from_millis(millis) <= Duration::from_secs(60), "{passed}, {millis} ms");
}

#[tokio::test]
async fn concurrent_calls_take_a_token_each() {
    let world = World::get().await;
    let [ana] = world.people().await;
    let accounts = world.environment(&Calls::default()).accounts().unwrap();
    let account = accounts.account(ana.id().parse().unwrap()).await.unwrap().unwrap();
    let now = Timestamp::now();
    // All calls read the bucket before the first charge.
    let calls = (0..60).map(|_| accounts.charge(&account, &[(Action::LookUp, 1)], now));
    let passed =
        futures::future::join_all(calls).await.into_iter().filter(|call| call.as_ref().unwrap().is_ok()).count();
    assert_eq!(passed, 30, "exactly the burst");
}

#[tokio::test]
async fn wrong_codes_of_strangers_do_not_keep_the_owner_out() {
    let [ana] = World::get().await.people().await;
    let mut browser = ana.clone();
    browser.token.clear();
    let reset = |code: &str| json!({ "email": ana.user.email, "code": code, "password": "Another-2026" });
    assert_eq!(browser.post("/auth/forgot", json!({ "email": ana.user.email })).await.status, 202);
    let mut statuses = Vec::new();
    for _ in 0..15 {
        statuses.push(browser.post("/auth/reset", reset("000000")).await.status);
    }
    assert_eq!((statuses[0], statuses[14]), (400, 429), "{statuses:?}");
    assert_eq!(browser.post("/auth/reset", reset("654321")).await.status, 200, "the right code is accepted");
}
