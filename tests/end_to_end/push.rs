//! Invariant 8: a push goes to exactly those who have not acknowledged within the grace period, and who have not
//! muted; its badge is an absolute number.

use ::push::Pusher;
use paloma::queue::{GRACE, Notification, NotificationJob};
use paloma_tests::{Calls, Person, Phone, World, until};
use serde_json::{Value, json};

fn accepted_at(message: &Value) -> u64 {
    message["timestamp"].as_u64().expect("a timestamp")
}

fn grace() -> u64 {
    u64::try_from(GRACE.as_millis()).unwrap()
}

/// Waits until push has concluded this of a message.
async fn concluded(message: &Value, outcome: &str) {
    let (world, id) = (World::get().await, message["messageId"].as_str().unwrap());
    until(&format!("push to conclude {outcome:?}"), async || {
        let log = world.log_of("push");
        log.iter().any(|line| line["messageId"] == id && line["outcome"] == outcome).then_some(())
    })
    .await;
}

/// Waits until push has concluded that nobody needs to hear of this message.
async fn passed_over(message: &Value) {
    concluded(message, "nobody needs it").await;
}

/// Up to where somebody's devices have been pushed to.
async fn pushed_seq(chat: &str, person: &Person) -> u64 {
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
    let said = ana.say(&chat, "Are you there?").await;

    let buzz = phone.buzzed(&chat, 1).await;
    assert_eq!((buzz.title.as_str(), buzz.body.as_str(), buzz.badge), ("Ana", "Are you there?", 1));
    assert_eq!(buzz.collapses, chat);
    assert!(buzz.time < accepted_at(&said) + grace(), "it waits for nobody who could acknowledge");

    // The sender is not pushed to, and a replay of the job pushes nothing.
    concluded(&said, "pushed").await;
    let hers = Phone::of(&ana, "fcm").await;
    let world = World::get().await;
    let job = world.delivery(&serde_json::from_value(said.clone()).unwrap()).await;
    world.environment(&Default::default()).deliveries().unwrap().enqueue(&chat, &job).await.unwrap();
    passed_over(&said).await;
    assert_eq!(phone.buzzes().await.len(), 1);
    assert_eq!(hers.buzzes().await.len(), 0);
}

#[tokio::test]
async fn quiet_an_idle_socket_that_never_acknowledges_is_pushed_to_after_the_grace_period() {
    let [ana, bruno] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "apns").await;
    let chat = ana.chat_with(&bruno).await;
    let mut idle = bruno.connect().await;
    let said = ana.say(&chat, "Your laptop is open, and you are out").await;
    idle.message(&chat, 1).await;

    let buzz = phone.buzzed(&chat, 1).await;
    assert!(buzz.time >= accepted_at(&said) + grace(), "{} ms", buzz.time - accepted_at(&said));
    assert_eq!((buzz.badge, buzz.collapses.as_str()), (1, chat.as_str()));
    assert_eq!(phone.buzzes().await.len(), 1);
}

#[tokio::test]
async fn quiet_a_device_that_acknowledges_keeps_the_others_silent() {
    let [ana, bruno] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let chat = ana.chat_with(&bruno).await;
    let mut laptop = bruno.connect().await;
    let said = ana.say(&chat, "Seen").await;
    let heard = laptop.message(&chat, 1).await;
    laptop.tell(json!({ "action": "updateStatus", "messageId": heard["messageId"], "status": "delivered" })).await;

    passed_over(&said).await;
    assert_eq!(phone.pushes().await, []);
}

#[tokio::test]
async fn quiet_ten_messages_to_a_sleeping_phone_collapse_and_its_badge_is_right() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "apns_sandbox").await;
    let (chat, other) = (ana.chat_with(&bruno).await, carla.chat_with(&bruno).await);
    for number in 1..=10 {
        ana.say(&chat, &format!("number {number}")).await;
    }
    until("the mark to come to the last", async || (pushed_seq(&chat, &bruno).await == 10).then_some(())).await;
    let buzzes = phone.buzzes().await;
    let last = buzzes.last().expect("a push");
    assert_eq!((last.body.as_str(), last.badge), ("number 10", 10), "{buzzes:?}");
    assert!(buzzes.iter().all(|buzz| buzz.collapses == chat), "one notification on the screen: {buzzes:?}");
    let seqs: Vec<_> = buzzes.iter().map(|buzz| buzz.seq).collect();
    assert_eq!(seqs.last(), Some(&10), "what stays on the screen is the newest: {seqs:?}");
    assert!(seqs.len() <= 10, "{seqs:?}");
    assert!(buzzes.iter().all(|buzz| buzz.badge >= buzz.seq && buzz.badge <= 10), "{buzzes:?}");

    // Another chat is another notification, and the number on the icon is that of all of them.
    carla.say(&other, "And I").await;
    let buzz = phone.buzzed(&other, 1).await;
    assert_eq!((buzz.collapses.as_str(), buzz.badge), (other.as_str(), 11));

    // Whoever has read is told of what came since, and of no more.
    let history = bruno.history(&chat, "").await;
    assert_eq!(bruno.receipt(&history[9], "read").await.status, 200);
    ana.say(&chat, "number 11").await;
    assert_eq!(phone.buzzed(&chat, 11).await.badge, 2);
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

    let said = ana.say(&muted, "Psst").await;
    passed_over(&said).await;
    assert_eq!(phone.pushes().await, []);
    carla.say(&other, "Hello").await;
    assert_eq!(phone.buzzed(&other, 1).await.badge, 2);

    // Until a moment that has passed is: no longer.
    let answer = bruno.put(&format!("/chats/{muted}/mute"), json!({ "until": 1 })).await;
    assert_eq!((answer.status, &answer.body["mutedUntil"]), (200, &Value::Null));
    ana.say(&muted, "Loud again").await;
    assert_eq!(phone.buzzed(&muted, 2).await.badge, 3);
}

#[tokio::test]
async fn muting_refuses_what_is_no_moment_and_chats_of_others() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let path = format!("/chats/{chat}/mute");
    for bad in [json!({}), json!({ "until": "tomorrow" }), json!({ "until": -1 }), json!({ "until": 1e15 as u64 })] {
        assert_eq!(bruno.put(&path, bad.clone()).await.problem(400), ["until"], "{bad}");
    }
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
    ana.say(&chat, "Hello, all").await;
    let buzz = phone.buzzed(&chat, 1).await;
    assert_eq!((buzz.title.as_str(), buzz.body.as_str()), ("Group", "Ana: Hello, all"));
}

#[tokio::test]
async fn every_device_of_somebody_buzzes_once() {
    let [ana, bruno] = World::get().await.people().await;
    let phones = [Phone::of(&bruno, "fcm").await, Phone::of(&bruno, "apns").await, Phone::of(&bruno, "fcm").await];
    let chat = ana.chat_with(&bruno).await;
    ana.say(&chat, "Hello").await;
    for phone in &phones {
        phone.buzzed(&chat, 1).await;
    }
    until("the mark", async || (pushed_seq(&chat, &bruno).await == 1).then_some(())).await;
    ana.say(&chat, "And again").await;
    for phone in &phones {
        phone.buzzed(&chat, 2).await;
        assert_eq!(phone.buzzes().await.len(), 2);
    }
}

#[tokio::test]
async fn contained_a_phone_that_sns_throttles_keeps_nobody_waiting_and_dies_alone_with_its_reason() {
    let world = World::get().await;
    let [ana, bruno, carla, dora, emil] = world.people().await;
    let (brunos, carlas) = (Phone::of(&bruno, "fcm").await, Phone::of(&carla, "fcm").await);
    let (doras, emils) = (Phone::of(&dora, "fcm").await, Phone::of(&emil, "fcm").await);
    let second = Phone::of(&bruno, "fcm").await;
    carlas.behave("throttle").await;
    doras.behave("hang").await;
    second.behave("refuse").await;
    let chat = ana.group_with(&[bruno.id(), carla.id(), dora.id(), emil.id()]).await;
    let mut screen = ana.connect().await;
    let said = ana.say(&chat, "Who is there?").await;

    // The others' pushes go out, and so does that to the other device of one whose second is refused.
    for phone in [&brunos, &emils] {
        phone.buzzed(&chat, 1).await;
    }
    // Who recovers in time is pushed to.
    doras.behave("").await;
    assert_eq!(doras.buzzed(&chat, 1).await.badge, 1);
    // The chat did not wait.
    assert_eq!(emil.receipt(&said, "delivered").await.status, 200);
    screen.hear("Emil's receipt", |frame| frame["type"] == "status" && frame["userId"] == emil.id()).await;

    for (phone, cause) in [(&carlas, "Throttled"), (&second, "InternalError")] {
        let dead = world.take_from_within(paloma_tests::LONG, "notificationsDeadLetter", &phone.device_id).await;
        let notes = dead.message_attributes().expect("notes");
        let note = |name: &str| notes[name].string_value().unwrap().to_owned();
        // On a busy machine the last try may have been too slow to hear it.
        assert!(note("cause").contains(cause) || note("cause").contains("timeout"), "{}", note("cause"));
        assert!(note("cause").contains(&phone.device_id), "{}", note("cause"));
        let refused: Vec<_> = phone.pushes().await.into_iter().map(|push| push.refused).collect();
        assert!(refused.len() >= 5 && refused.iter().all(|code| code.as_deref() == Some(cause)), "{refused:?}");
        assert_eq!(note("tries"), "5");
        assert!(!dead.body().unwrap().contains("null"), "{dead:?}");
    }
    for phone in [&brunos, &emils, &doras] {
        assert_eq!(phone.buzzes().await.len(), 1, "nobody is pushed to again for the sake of another");
    }
}

/// A phone that is refused while several messages come in gets the newest, once, when it recovers; the other one of
/// the same person hears each no more than once, whatever becomes of this one.
#[tokio::test]
async fn of_two_phones_one_recovers_and_neither_misses_or_repeats_the_newest() {
    let [ana, bruno] = World::get().await.people().await;
    let (good, bad) = (Phone::of(&bruno, "fcm").await, Phone::of(&bruno, "apns").await);
    bad.behave("throttle").await;
    let chat = ana.chat_with(&bruno).await;
    // An idle socket, so that their own jobs come after the grace period, and that of the first before: it tells the
    // newest, as jobs in any order do.
    let mut idle = bruno.connect().await;
    for number in 1..=3 {
        ana.say(&chat, &format!("number {number}")).await;
    }
    let first = serde_json::from_value(idle.message(&chat, 1).await).unwrap();
    until("the summary", async || (bruno.listed(&chat).await["lastMessage"]["seq"] == 3).then_some(())).await;
    let job = Notification::of(&first, vec![bruno.id().parse().unwrap()]);
    let pusher = Pusher::new(&World::get().await.environment(&Calls::default())).unwrap();
    assert_eq!(consume(&pusher, &job).await, Vec::<String>::new());
    assert_eq!(good.buzzed(&chat, 3).await.badge, 3);
    assert!(bad.pushes().await.iter().all(|push| push.refused.is_some()));
    bad.behave("").await;
    assert_eq!(bad.buzzed(&chat, 3).await.badge, 3);

    ana.say(&chat, "number 4").await;
    for phone in [&good, &bad] {
        phone.buzzed(&chat, 4).await;
        let buzzes = phone.buzzes().await;
        let of_third = buzzes.iter().filter(|buzz| buzz.seq == 3).count();
        assert_eq!((of_third, buzzes.last().unwrap().seq), (1, 4), "{buzzes:?}");
    }
}

#[tokio::test]
async fn where_content_is_not_told_a_push_says_that_there_is_a_message() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let chat = ana.chat_with(&bruno).await;
    let mut idle = bruno.connect().await;
    let message = {
        ana.say(&chat, "A secret").await;
        serde_json::from_value(idle.message(&chat, 1).await).unwrap()
    };
    // Before the grace period is over, by a function that may not tell content.
    let job = Notification::of(&message, vec![bruno.id().parse().unwrap()]);
    let pusher = Pusher::new(&world.environment_with(&[("PUSH_CONTENT", "false")])).unwrap();
    assert_eq!(consume(&pusher, &job).await, Vec::<String>::new());
    assert_eq!(phone.buzzed(&chat, 1).await.body, "New message");
    assert!(!format!("{:?}", phone.pushes().await).contains("secret"));
}

/// Hands a job to push, as SQS does for the second time; the ids of what failed.
pub(crate) async fn consume(pusher: &Pusher, job: &Notification) -> Vec<String> {
    let body = serde_json::to_string(&NotificationJob::Notify(job.clone())).unwrap();
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

/// Invariant 3: push dies before and after every call that it makes; its retry ends as if nothing had happened.
#[tokio::test]
async fn durable_a_push_that_dies_anywhere_is_finished_by_its_retry() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let chat = ana.chat_with(&bruno).await;
    let mut idle = bruno.connect().await;
    let mut seq = 0;
    crate::durable::at_every_call(async |calls| {
        seq += 1;
        ana.say(&chat, "Nothing is lost").await;
        let message = serde_json::from_value(idle.message(&chat, seq).await).unwrap();
        let job = Notification::of(&message, vec![bruno.id().parse().unwrap()]);
        let dying = Pusher::new(&world.environment(&calls)).unwrap();
        assert_eq!(consume(&dying, &job).await.len(), usize::from(calls.crashed()), "a death is no success");
        let retried = Pusher::new(&world.environment(&Calls::default())).unwrap();
        assert_eq!(consume(&retried, &job).await, Vec::<String>::new());
        assert_eq!(pushed_seq(&chat, &bruno).await, seq);
        let told = phone.buzzes().await.iter().filter(|buzz| buzz.seq == seq).count();
        assert!((1..=2).contains(&told), "told {told} times");
        assert_eq!(consume(&retried, &job).await, Vec::<String>::new());
        assert_eq!(phone.buzzes().await.iter().filter(|buzz| buzz.seq == seq).count(), told, "and then no more");
    })
    .await;
}

#[tokio::test]
async fn a_dead_push_is_replayed_and_one_that_was_overtaken_is_not() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let chat = ana.chat_with(&bruno).await;
    phone.behave("refuse").await;
    ana.say(&chat, "Lost at first").await;
    let dead = world.take_from_within(paloma_tests::LONG, "notificationsDeadLetter", &phone.device_id).await;
    phone.behave("").await;
    let replay = async || {
        let send = world.sqs().send_message().queue_url(world.queue("notifications"));
        send.message_body(dead.body().unwrap()).message_group_id(&chat).send().await.unwrap();
    };
    replay().await;
    assert_eq!(phone.buzzed(&chat, 1).await.body, "Lost at first");

    let newer = ana.say(&chat, "Newer").await;
    concluded(&newer, "pushed").await;
    replay().await;
    ana.say(&chat, "Newest").await;
    phone.buzzed(&chat, 3).await;
    let seqs: Vec<_> = phone.buzzes().await.iter().map(|buzz| buzz.seq).collect();
    assert_eq!(seqs, [1, 2, 3], "the old one does not come back over the newer ones");
}
