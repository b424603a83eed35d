//! Failed and overlapping pushes: others are sent, and a failed one is retried, or becomes a
//! dead letter with its cause.

use ::push::Pusher;
use paloma::queue::Notification;
use paloma_tests::{Calls, LONG, Phone, World, until};

use crate::durable::at_every_call;
use crate::push::{consume, pushed_seq, until_outcome};

#[tokio::test]
async fn contained_a_failing_phone_delays_no_other_and_gets_its_push_when_it_recovers() {
    let world = World::get().await;
    let [ana, bruno, carla, dora, emil, frida] = world.people().await;
    let (bruno_phone, carla_phone) = (Phone::of(&bruno, "fcm").await, Phone::of(&carla, "fcm").await);
    let (dora_phone, emil_phone) = (Phone::of(&dora, "fcm").await, Phone::of(&emil, "fcm").await);
    let (second, frida_phone) = (Phone::of(&bruno, "fcm").await, Phone::of(&frida, "fcm").await);
    carla_phone.behave("throttle").await;
    dora_phone.behave("hang").await;
    frida_phone.behave("hang").await;
    second.behave("deny").await;
    let chat = ana.group_with(&[bruno.id(), carla.id(), dora.id(), emil.id(), frida.id()]).await;
    let mut screen = ana.connects().await;
    let sent = ana.sends(&chat, "Hello").await;

    // The other phones get their pushes. So does the first phone of Bruno, although his second one is rejected.
    for phone in [&bruno_phone, &emil_phone] {
        phone.receives_alert(&chat, 1).await;
    }
    // A phone that recovers in time gets its push.
    dora_phone.behave("").await;
    assert_eq!(dora_phone.receives_alert(&chat, 1).await.badge, 1);
    // Receipts were not delayed.
    assert_eq!(emil.acknowledges(&sent, "delivered").await.status, 200);
    screen.receives("Emil's receipt", |frame| frame["type"] == "status" && frame["userId"] == emil.id()).await;

    // A push that cannot succeed becomes a dead letter with its cause.
    let dead = world.take_from_within(LONG, "notificationsDeadLetter", &second.device_id).await;
    let attributes = dead.message_attributes().expect("attributes");
    let attribute = |name: &str| attributes[name].string_value().unwrap().to_owned();
    assert!(attribute("cause").contains("AuthorizationError"), "{}", attribute("cause"));
    assert!(attribute("cause").contains(&second.device_id), "{}", attribute("cause"));
    assert_eq!(attribute("tries"), "5");
    assert!(!dead.body().unwrap().contains("null"), "{dead:?}");
    // The other phones are tried again and again, and get their push when SNS accepts it.
    until("the third try", async || (carla_phone.pushes().await.len() >= 3).then_some(())).await;
    let refused: Vec<_> = carla_phone.pushes().await.into_iter().map(|push| push.rejected).collect();
    assert!(refused.iter().all(|code| code.as_deref() == Some("Throttled")), "{refused:?}");
    for phone in [&carla_phone, &frida_phone] {
        phone.behave("").await;
        phone.receives_alert(&chat, 1).await;
    }
    for phone in [&bruno_phone, &emil_phone, &dora_phone, &carla_phone] {
        assert_eq!(phone.alerts().await.len(), 1, "one alert per phone");
    }
}

/// A throttled phone gets the newest message once when it recovers. The other phone of the user gets each message at
/// most once.
#[tokio::test]
async fn a_recovered_phone_gets_the_newest_message_once_and_the_other_phone_no_repetition() {
    let [ana, bruno] = World::get().await.people().await;
    let (good, bad) = (Phone::of(&bruno, "fcm").await, Phone::of(&bruno, "apns").await);
    bad.behave("throttle").await;
    let chat = ana.chat_with(&bruno).await;
    // With an idle socket, the jobs of the stack wait for the grace period. The job of message 1 comes before, and
    // pushes the newest message.
    let mut idle = bruno.connects().await;
    for number in 1..=3 {
        ana.sends(&chat, &format!("number {number}")).await;
    }
    let first = serde_json::from_value(idle.receives_message(&chat, 1).await).unwrap();
    until("the summary", async || (bruno.listed(&chat).await["lastMessage"]["seq"] == 3).then_some(())).await;
    let job = Notification::of(&first, vec![bruno.id().parse().unwrap()]);
    let pusher = Pusher::new(&World::get().await.environment(&Calls::default())).unwrap();
    assert_eq!(consume(&pusher, &job).await, Vec::<String>::new());
    assert_eq!(good.receives_alert(&chat, 3).await.badge, 3);
    assert!(bad.pushes().await.iter().all(|push| push.rejected.is_some()));
    bad.behave("").await;
    assert_eq!(bad.receives_alert(&chat, 3).await.badge, 3);

    ana.sends(&chat, "number 4").await;
    for phone in [&good, &bad] {
        phone.receives_alert(&chat, 4).await;
        let alerts = phone.alerts().await;
        let third = alerts.iter().filter(|alert| alert.seq == 3).count();
        assert_eq!((third, alerts.last().unwrap().seq), (1, 4), "{alerts:?}");
    }
}

/// Invariant 3: push crashes before and after each of its calls, and the retry finishes the job.
#[tokio::test]
async fn durable_a_push_that_crashes_anywhere_is_finished_by_its_retry() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let chat = ana.chat_with(&bruno).await;
    let mut idle = bruno.connects().await;
    let mut seq = 0;
    at_every_call(async |calls| {
        seq += 1;
        ana.sends(&chat, "Nothing is lost").await;
        let message = serde_json::from_value(idle.receives_message(&chat, seq).await).unwrap();
        let job = Notification::of(&message, vec![bruno.id().parse().unwrap()]);
        let crashing = Pusher::new(&world.environment(&calls)).unwrap();
        assert_eq!(consume(&crashing, &job).await.len(), usize::from(calls.crashed()), "a crash is an error");
        let retried = Pusher::new(&world.environment(&Calls::default())).unwrap();
        assert_eq!(consume(&retried, &job).await, Vec::<String>::new());
        assert_eq!(pushed_seq(&chat, &bruno).await, seq);
        let alerts = phone.alerts().await.iter().filter(|alert| alert.seq == seq).count();
        assert!((1..=2).contains(&alerts), "{alerts} alerts");
        assert_eq!(consume(&retried, &job).await, Vec::<String>::new());
        assert_eq!(phone.alerts().await.iter().filter(|alert| alert.seq == seq).count(), alerts, "a replay sends none");
    })
    .await;
}

#[tokio::test]
async fn a_replayed_dead_letter_is_pushed_unless_a_newer_message_was() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let chat = ana.chat_with(&bruno).await;
    phone.behave("deny").await;
    ana.sends(&chat, "Lost at first").await;
    let dead = world.take_from_within(LONG, "notificationsDeadLetter", &phone.device_id).await;
    phone.behave("").await;
    let replay = async || {
        let send = world.sqs().send_message().queue_url(world.queue("notifications"));
        send.message_body(dead.body().unwrap()).message_group_id(&chat).send().await.unwrap();
    };
    replay().await;
    assert_eq!(phone.receives_alert(&chat, 1).await.body, "Lost at first");

    let newer = ana.sends(&chat, "Newer").await;
    until_outcome(&newer, "pushed").await;
    replay().await;
    ana.sends(&chat, "Newest").await;
    phone.receives_alert(&chat, 3).await;
    let seqs: Vec<_> = phone.alerts().await.iter().map(|alert| alert.seq).collect();
    assert_eq!(seqs, [1, 2, 3], "the old message is not pushed after newer ones");
}
