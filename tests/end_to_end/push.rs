//! Invariant 8: a push goes to each phone of a member who has not read within the grace period and has not muted the
//! chat, unless that phone has acknowledged. Its badge is an absolute number.

use ::push::Pusher;
use paloma::queue::{Notification, NotificationJob};
use paloma_tests::{Person, Phone, World, until};
use serde_json::{Value, json};

pub(crate) fn accepted_at(message: &Value) -> u64 {
    message["timestamp"].as_u64().expect("a timestamp")
}

/// The grace period of the contract, in milliseconds. The constant in the code must not be less.
pub(crate) const GRACE: u64 = 10_000;

/// Waits until push has logged this outcome for a message.
pub(crate) async fn until_outcome(message: &Value, outcome: &str) {
    let (world, id) = (World::get().await, message["messageId"].as_str().unwrap());
    until(&format!("the outcome {outcome:?} of push"), async || {
        let log = world.log_of("push");
        log.iter().any(|line| line["messageId"] == id && line["outcome"] == outcome).then_some(())
    })
    .await;
}

/// Waits until push has found that no member needs a push for this message.
pub(crate) async fn until_not_needed(message: &Value) {
    until_outcome(message, "not needed").await;
}

/// The `pushedSeq` of a member.
pub(crate) async fn pushed_seq(chat: &str, person: &Person) -> u64 {
    let key = format!("{chat}#{}", person.id());
    let member = World::get().await.row("chats", "chatId", &key).await.expect("a member");
    member.get("pushedSeq").and_then(|seq| seq.as_n().ok()?.parse().ok()).unwrap_or_default()
}

#[tokio::test]
async fn quiet_a_member_without_a_socket_gets_the_push_at_once() {
    let [ana, bruno] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let chat = ana.chat_with(&bruno).await;
    ana.put("/me", json!({ "name": "Ana" })).await;
    let sent = ana.sends(&chat, "Are you there?").await;

    let alert = phone.receives_alert(&chat, 1).await;
    assert_eq!((alert.title.as_str(), alert.body.as_str(), alert.badge), ("Ana", "Are you there?", 1));
    assert_eq!(alert.collapses, chat);
    assert!(alert.time < accepted_at(&sent) + GRACE, "there is no socket that could acknowledge");

    // The sender gets no push, and a replay of the job sends none.
    until_outcome(&sent, "pushed").await;
    let ana_phone = Phone::of(&ana, "fcm").await;
    let world = World::get().await;
    let job = world.delivery_job(&serde_json::from_value(sent.clone()).unwrap()).await;
    world.environment(&Default::default()).deliveries().unwrap().enqueue(&chat, &job).await.unwrap();
    until_not_needed(&sent).await;
    assert_eq!(phone.alerts().await.len(), 1);
    assert_eq!(ana_phone.alerts().await.len(), 0);
}

#[tokio::test]
async fn quiet_a_member_with_an_idle_socket_gets_the_push_after_the_grace_period() {
    let [ana, bruno] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "apns").await;
    let chat = ana.chat_with(&bruno).await;
    let mut idle = bruno.connects().await;
    let sent = ana.sends(&chat, "Your laptop is open, and you are out").await;
    idle.receives_message(&chat, 1).await;

    let alert = phone.receives_alert(&chat, 1).await;
    assert!(alert.time >= accepted_at(&sent) + GRACE, "{} ms", alert.time - accepted_at(&sent));
    assert_eq!((alert.badge, alert.collapses.as_str()), (1, chat.as_str()));
    assert_eq!(phone.alerts().await.len(), 1);
}

#[tokio::test]
async fn quiet_ten_messages_to_one_phone_collapse_and_its_badge_is_right() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "apns_sandbox").await;
    let (chat, other) = (ana.chat_with(&bruno).await, carla.chat_with(&bruno).await);
    for number in 1..=10 {
        ana.sends(&chat, &format!("number {number}")).await;
    }
    // Pushes may arrive in any order, so the test looks at the last one.
    until("an outcome for all ten", async || {
        let log = World::get().await.log_of("push");
        let outcomes = log.iter().filter(|line| line["chatId"] == chat && line["outcome"].is_string());
        (outcomes.count() >= 10).then_some(())
    })
    .await;
    let alerts = phone.alerts().await;
    let last = alerts.last().expect("a push");
    assert_eq!((last.body.as_str(), last.badge), ("number 10", 10), "{alerts:?}");
    assert!(alerts.iter().all(|alert| alert.collapses == chat), "one collapse key: {alerts:?}");
    let seqs: Vec<_> = alerts.iter().map(|alert| alert.seq).collect();
    assert_eq!(seqs.last(), Some(&10), "the last push shows the newest message: {seqs:?}");
    assert!(alerts.iter().all(|alert| alert.badge >= alert.seq && alert.badge <= 10), "{alerts:?}");

    // Another chat has its own collapse key, and the badge counts all chats.
    carla.sends(&other, "And I").await;
    let alert = phone.receives_alert(&other, 1).await;
    assert_eq!((alert.collapses.as_str(), alert.badge), (other.as_str(), 11));

    // After a read receipt the badge counts later messages alone.
    let history = bruno.history(&chat, "").await;
    assert_eq!(bruno.acknowledges(&history[9], "read").await.status, 200);
    ana.sends(&chat, "number 11").await;
    assert_eq!(phone.receives_alert(&chat, 11).await.badge, 2);
}

#[tokio::test]
async fn quiet_a_muted_chat_sends_no_push_and_counts_for_the_badge() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let (muted, other) = (ana.chat_with(&bruno).await, carla.chat_with(&bruno).await);
    let until = paloma::domain::Timestamp::now().as_millis() + 3_600_000;
    let answer = bruno.put(&format!("/chats/{muted}/mute"), json!({ "until": until })).await;
    assert_eq!((answer.status, answer.body), (200, json!({ "chatId": muted, "mutedUntil": until })));
    assert_eq!(bruno.listed(&muted).await["mutedUntil"], until);
    assert_eq!(ana.listed(&muted).await["mutedUntil"], Value::Null, "only the member sees the mute");

    let sent = ana.sends(&muted, "Psst").await;
    until_not_needed(&sent).await;
    assert_eq!(phone.pushes().await, []);
    carla.sends(&other, "Hello").await;
    assert_eq!(phone.receives_alert(&other, 1).await.badge, 2);

    let answer = bruno.put(&format!("/chats/{muted}/mute"), json!({ "until": null })).await;
    assert_eq!((answer.status, &answer.body["mutedUntil"]), (200, &Value::Null));
    ana.sends(&muted, "Loud again").await;
    assert_eq!(phone.receives_alert(&muted, 2).await.badge, 3);
}

#[tokio::test]
async fn muting_rejects_invalid_times_and_foreign_chats() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let path = format!("/chats/{chat}/mute");
    for bad in [json!({}), json!({ "until": "tomorrow" }), json!({ "until": -1 }), json!({ "until": 1e15 as u64 })] {
        assert_eq!(bruno.put(&path, bad.clone()).await.problem(400), ["until"], "{bad}");
    }
    // Seconds in place of milliseconds give a time in 1970. It must not unmute.
    let now = paloma::domain::Timestamp::now().as_millis();
    bruno.put(&path, json!({ "until": now + 3_600_000 })).await;
    for past in [json!(now / 1_000 + 3_600), json!(1), json!(now - 120_000)] {
        let refused = bruno.put(&path, json!({ "until": past })).await;
        assert_eq!(refused.problem(400), ["until"], "{past}");
        assert!(refused.text("detail").contains("epoch milliseconds, or null to unmute"), "{refused:?}");
    }
    assert_eq!(bruno.listed(&chat).await["mutedUntil"], now + 3_600_000, "a rejected request unmutes nothing");
    let for_ever = bruno.put(&path, json!({ "until": 253_402_300_799_999_u64 })).await;
    assert_eq!(for_ever.status, 200, "{for_ever:?}");
    let nowhere = format!("/chats/{}/mute", paloma::domain::ChatId::random());
    let stranger = carla.put(&path, json!({ "until": null })).await;
    assert_eq!(stranger.problem(404), Vec::<String>::new());
    assert_eq!(carla.put(&nowhere, json!({ "until": null })).await.without_request_id(), stranger.without_request_id());
}

#[tokio::test]
async fn a_push_for_a_group_names_the_group_and_the_sender() {
    let [ana, bruno] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "apns").await;
    ana.put("/me", json!({ "name": "Ana" })).await;
    let chat = ana.group_with(&[bruno.id()]).await;
    ana.sends(&chat, "Hello, all").await;
    let alert = phone.receives_alert(&chat, 1).await;
    assert_eq!((alert.title.as_str(), alert.body.as_str()), ("Group", "Ana: Hello, all"));
}

#[tokio::test]
async fn every_phone_of_a_member_gets_one_alert_per_message() {
    let [ana, bruno] = World::get().await.people().await;
    let phones = [Phone::of(&bruno, "fcm").await, Phone::of(&bruno, "apns").await, Phone::of(&bruno, "fcm").await];
    let chat = ana.chat_with(&bruno).await;
    ana.sends(&chat, "Hello").await;
    for phone in &phones {
        phone.receives_alert(&chat, 1).await;
    }
    until("the mark", async || (pushed_seq(&chat, &bruno).await == 1).then_some(())).await;
    ana.sends(&chat, "And again").await;
    for phone in &phones {
        phone.receives_alert(&chat, 2).await;
        assert_eq!(phone.alerts().await.len(), 2);
    }
}

#[tokio::test]
async fn without_the_parameter_push_content_an_alert_has_no_content() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let chat = ana.chat_with(&bruno).await;
    let mut idle = bruno.connects().await;
    let message = {
        ana.sends(&chat, "A secret").await;
        serde_json::from_value(idle.receives_message(&chat, 1).await).unwrap()
    };
    // The test pushes within the grace period, with a function that must not show content.
    let job = Notification::of(&message, vec![bruno.id().parse().unwrap()]);
    let pusher = Pusher::new(&world.environment_with(&[("PUSH_CONTENT", "false")])).unwrap();
    assert_eq!(consume(&pusher, &job).await, Vec::<String>::new());
    assert_eq!(phone.receives_alert(&chat, 1).await.body, "New message");
    assert!(!format!("{:?}", phone.pushes().await).contains("secret"));
}

/// Hands a notification to push as the second try of SQS. Returns the ids of failed jobs.
pub(crate) async fn consume(pusher: &Pusher, job: &Notification) -> Vec<String> {
    consume_job(pusher, &NotificationJob::Notify(job.clone())).await
}

/// Hands any job to push as the second try of SQS. Returns the ids of failed jobs.
pub(crate) async fn consume_job(pusher: &Pusher, job: &NotificationJob) -> Vec<String> {
    let body = serde_json::to_string(job).unwrap();
    let event = json!({ "Records": [{
        "messageId": "1", "receiptHandle": "x", "body": body, "attributes": { "ApproximateReceiveCount": "2" },
        "messageAttributes": {}, "md5OfBody": "", "eventSource": "aws:sqs", "awsRegion": "us-east-1",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:dev-notifications",
    }] });
    let event =
        lambda_runtime::LambdaEvent::new(serde_json::from_value(event).unwrap(), lambda_runtime::Context::default());
    let answer = pusher.handle(event).await.unwrap();
    answer.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
}
