//! Invariant 8: a push goes to each phone of a member who has not read within the grace period and has not muted, unless
//! that phone itself has acknowledged; its badge is an absolute number.

use ::push::Pusher;
use paloma::queue::{Notification, NotificationJob};
use paloma_tests::{Person, Phone, World, until};
use serde_json::{Value, json};

pub(crate) fn accepted_at(message: &Value) -> u64 {
    message["timestamp"].as_u64().expect("a timestamp")
}

/// The grace period as it is promised, in milliseconds: not the constant, which could be anything.
pub(crate) const GRACE: u64 = 10_000;

/// Waits until push has concluded this of a message.
pub(crate) async fn concluded(message: &Value, outcome: &str) {
    let (world, id) = (World::get().await, message["messageId"].as_str().unwrap());
    until(&format!("push to conclude {outcome:?}"), async || {
        let log = world.log_of("push");
        log.iter().any(|line| line["messageId"] == id && line["outcome"] == outcome).then_some(())
    })
    .await;
}

/// Waits until push has concluded that nobody needs to hear of this message.
pub(crate) async fn passed_over(message: &Value) {
    concluded(message, "not needed").await;
}

/// Up to where somebody's devices have been pushed to.
pub(crate) async fn pushed_seq(chat: &str, person: &Person) -> u64 {
    let key = format!("{chat}#{}", person.id());
    let member = World::get().await.row("chats", "chatId", &key).await.expect("a member");
    member.get("pushedSeq").and_then(|seq| seq.as_n().ok()?.parse().ok()).unwrap_or_default()
}

#[tokio::test]
async fn quiet_who_has_no_socket_is_pushed_to_at_once() {
    let [ana, bruno] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let chat = ana.chat_with(&bruno).await;
    ana.put("/me", json!({ "name": "Ana" })).await;
    let sent = ana.sends(&chat, "Are you there?").await;

    let alert = phone.receives_alert(&chat, 1).await;
    assert_eq!((alert.title.as_str(), alert.body.as_str(), alert.badge), ("Ana", "Are you there?", 1));
    assert_eq!(alert.collapses, chat);
    assert!(alert.time < accepted_at(&sent) + GRACE, "it waits for nobody who could acknowledge");

    // The sender is not pushed to, and a replay of the job pushes nothing.
    concluded(&sent, "pushed").await;
    let hers = Phone::of(&ana, "fcm").await;
    let world = World::get().await;
    let job = world.delivery_job(&serde_json::from_value(sent.clone()).unwrap()).await;
    world.environment(&Default::default()).deliveries().unwrap().enqueue(&chat, &job).await.unwrap();
    passed_over(&sent).await;
    assert_eq!(phone.alerts().await.len(), 1);
    assert_eq!(hers.alerts().await.len(), 0);
}

#[tokio::test]
async fn quiet_an_idle_socket_that_never_acknowledges_is_pushed_to_after_the_grace_period() {
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
async fn quiet_ten_messages_to_a_sleeping_phone_collapse_and_its_badge_is_right() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "apns_sandbox").await;
    let (chat, other) = (ana.chat_with(&bruno).await, carla.chat_with(&bruno).await);
    for number in 1..=10 {
        ana.sends(&chat, &format!("number {number}")).await;
    }
    // Their pushes may cross: what counts is what is on the screen when all are done.
    until("all ten to be concluded", async || {
        let log = World::get().await.log_of("push");
        let concluded = log.iter().filter(|line| line["chatId"] == chat && line["outcome"].is_string());
        (concluded.count() >= 10).then_some(())
    })
    .await;
    let alerts = phone.alerts().await;
    let last = alerts.last().expect("a push");
    assert_eq!((last.body.as_str(), last.badge), ("number 10", 10), "{alerts:?}");
    assert!(alerts.iter().all(|alert| alert.collapses == chat), "one notification on the screen: {alerts:?}");
    let seqs: Vec<_> = alerts.iter().map(|alert| alert.seq).collect();
    assert_eq!(seqs.last(), Some(&10), "what stays on the screen is the newest: {seqs:?}");
    assert!(alerts.iter().all(|alert| alert.badge >= alert.seq && alert.badge <= 10), "{alerts:?}");

    // Another chat is another notification, and the number on the icon is that of all of them.
    carla.sends(&other, "And I").await;
    let alert = phone.receives_alert(&other, 1).await;
    assert_eq!((alert.collapses.as_str(), alert.badge), (other.as_str(), 11));

    // Whoever has read is told of what came since, and of no more.
    let history = bruno.history(&chat, "").await;
    assert_eq!(bruno.acknowledges(&history[9], "read").await.status, 200);
    ana.sends(&chat, "number 11").await;
    assert_eq!(phone.receives_alert(&chat, 11).await.badge, 2);
}

#[tokio::test]
async fn quiet_a_muted_chat_is_silent_and_counts() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let (muted, other) = (ana.chat_with(&bruno).await, carla.chat_with(&bruno).await);
    let until = paloma::domain::Timestamp::now().as_millis() + 3_600_000;
    let answer = bruno.put(&format!("/chats/{muted}/mute"), json!({ "until": until })).await;
    assert_eq!((answer.status, answer.body), (200, json!({ "chatId": muted, "mutedUntil": until })));
    assert_eq!(bruno.listed(&muted).await["mutedUntil"], until);
    assert_eq!(ana.listed(&muted).await["mutedUntil"], Value::Null, "that is nobody's business but his");

    let sent = ana.sends(&muted, "Psst").await;
    passed_over(&sent).await;
    assert_eq!(phone.pushes().await, []);
    carla.sends(&other, "Hello").await;
    assert_eq!(phone.receives_alert(&other, 1).await.badge, 2);

    let answer = bruno.put(&format!("/chats/{muted}/mute"), json!({ "until": null })).await;
    assert_eq!((answer.status, &answer.body["mutedUntil"]), (200, &Value::Null));
    ana.sends(&muted, "Loud again").await;
    assert_eq!(phone.receives_alert(&muted, 2).await.badge, 3);
}

#[tokio::test]
async fn muting_refuses_what_is_no_moment_and_chats_of_others() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let path = format!("/chats/{chat}/mute");
    for bad in [json!({}), json!({ "until": "tomorrow" }), json!({ "until": -1 }), json!({ "until": 1e15 as u64 })] {
        assert_eq!(bruno.put(&path, bad.clone()).await.problem(400), ["until"], "{bad}");
    }
    // An hour from now in seconds is a moment in 1970: it would have unmuted.
    let now = paloma::domain::Timestamp::now().as_millis();
    bruno.put(&path, json!({ "until": now + 3_600_000 })).await;
    for past in [json!(now / 1_000 + 3_600), json!(1), json!(now - 120_000)] {
        let refused = bruno.put(&path, json!({ "until": past })).await;
        assert_eq!(refused.problem(400), ["until"], "{past}");
        assert!(refused.text("detail").contains("epoch milliseconds, or null to unmute"), "{refused:?}");
    }
    assert_eq!(bruno.listed(&chat).await["mutedUntil"], now + 3_600_000, "what is refused unmutes nothing");
    let for_ever = bruno.put(&path, json!({ "until": 253_402_300_799_999_u64 })).await;
    assert_eq!(for_ever.status, 200, "{for_ever:?}");
    let nowhere = format!("/chats/{}/mute", paloma::domain::ChatId::random());
    let stranger = carla.put(&path, json!({ "until": null })).await;
    assert_eq!(stranger.problem(404), Vec::<String>::new());
    assert_eq!(carla.put(&nowhere, json!({ "until": null })).await.without_request_id(), stranger.without_request_id());
}

#[tokio::test]
async fn a_group_is_named_and_its_sender_too() {
    let [ana, bruno] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "apns").await;
    ana.put("/me", json!({ "name": "Ana" })).await;
    let chat = ana.group_with(&[bruno.id()]).await;
    ana.sends(&chat, "Hello, all").await;
    let alert = phone.receives_alert(&chat, 1).await;
    assert_eq!((alert.title.as_str(), alert.body.as_str()), ("Group", "Ana: Hello, all"));
}

#[tokio::test]
async fn every_device_of_somebody_buzzes_once() {
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
async fn where_content_is_not_told_a_push_says_that_there_is_a_message() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let chat = ana.chat_with(&bruno).await;
    let mut idle = bruno.connects().await;
    let message = {
        ana.sends(&chat, "A secret").await;
        serde_json::from_value(idle.receives_message(&chat, 1).await).unwrap()
    };
    // Before the grace period is over, by a function that may not tell content.
    let job = Notification::of(&message, vec![bruno.id().parse().unwrap()]);
    let pusher = Pusher::new(&world.environment_with(&[("PUSH_CONTENT", "false")])).unwrap();
    assert_eq!(consume(&pusher, &job).await, Vec::<String>::new());
    assert_eq!(phone.receives_alert(&chat, 1).await.body, "New message");
    assert!(!format!("{:?}", phone.pushes().await).contains("secret"));
}

/// Hands a job to push, as SQS does for the second time; the ids of what failed.
pub(crate) async fn consume(pusher: &Pusher, job: &Notification) -> Vec<String> {
    consume_job(pusher, &NotificationJob::Notify(job.clone())).await
}

/// Hands any job to push, likewise.
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
