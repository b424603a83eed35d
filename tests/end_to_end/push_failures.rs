//! Pushes that fail, die or cross: the others go out, and what failed is tried again, or lies in the dead-letter queue
//! with its reason.

use ::push::Pusher;
use paloma::queue::Notification;
use paloma_tests::{Calls, LONG, Phone, World, until};

use crate::durable::at_every_call;
use crate::push::{concluded, consume, pushed_seq};

#[tokio::test]
async fn contained_a_phone_that_sns_throttles_keeps_nobody_waiting_and_dies_alone_with_its_reason() {
    let world = World::get().await;
    let [ana, bruno, carla, dora, emil, frida] = world.people().await;
    let (bruno_phone, carla_phone) = (Phone::of(&bruno, "fcm").await, Phone::of(&carla, "fcm").await);
    let (dora_phone, emil_phone) = (Phone::of(&dora, "fcm").await, Phone::of(&emil, "fcm").await);
    let (second, frida_phone) = (Phone::of(&bruno, "fcm").await, Phone::of(&frida, "fcm").await);
    carla_phone.behave("throttle").await;
    dora_phone.behave("hang").await;
    frida_phone.behave("hang").await;
    second.behave("refuse").await;
    let chat = ana.group_with(&[bruno.id(), carla.id(), dora.id(), emil.id(), frida.id()]).await;
    let mut screen = ana.connects().await;
    let sent = ana.sends(&chat, "Who is there?").await;

    // The others' pushes go out, and so does that to the other device of one whose second is refused.
    for phone in [&bruno_phone, &emil_phone] {
        phone.receives_alert(&chat, 1).await;
    }
    // Who recovers in time is pushed to.
    dora_phone.behave("").await;
    assert_eq!(dora_phone.receives_alert(&chat, 1).await.badge, 1);
    // The chat did not wait.
    assert_eq!(emil.acknowledges(&sent, "delivered").await.status, 200);
    screen.receives("Emil's receipt", |frame| frame["type"] == "status" && frame["userId"] == emil.id()).await;

    for (phone, cause) in [(&carla_phone, "Throttled"), (&second, "InternalError")] {
        let dead = world.take_from_within(LONG, "notificationsDeadLetter", &phone.device_id).await;
        let notes = dead.message_attributes().expect("notes");
        let note = |name: &str| notes[name].string_value().unwrap().to_owned();
        // On a busy machine the last try may have been too slow to hear it.
        assert!(note("cause").contains(cause) || note("cause").contains("timeout"), "{}", note("cause"));
        assert!(note("cause").contains(&phone.device_id), "{}", note("cause"));
        let refused: Vec<_> = phone.pushes().await.into_iter().map(|push| push.rejected).collect();
        assert!(refused.len() >= 5 && refused.iter().all(|code| code.as_deref() == Some(cause)), "{refused:?}");
        assert_eq!(note("tries"), "5");
        assert!(!dead.body().unwrap().contains("null"), "{dead:?}");
    }
    // What SNS never answers dies alike.
    let dead = world.take_from_within(LONG, "notificationsDeadLetter", &frida_phone.device_id).await;
    let cause = dead.message_attributes().unwrap()["cause"].string_value().unwrap();
    assert!(cause.contains("timeout") && cause.contains(&frida_phone.device_id), "{cause}");
    for phone in [&bruno_phone, &emil_phone, &dora_phone] {
        assert_eq!(phone.alerts().await.len(), 1, "nobody is pushed to again for the sake of another");
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
        let of_third = alerts.iter().filter(|alert| alert.seq == 3).count();
        assert_eq!((of_third, alerts.last().unwrap().seq), (1, 4), "{alerts:?}");
    }
}

/// Invariant 3: push dies before and after every call that it makes; its retry ends as if nothing had happened.
#[tokio::test]
async fn durable_a_push_that_dies_anywhere_is_finished_by_its_retry() {
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
        let dying = Pusher::new(&world.environment(&calls)).unwrap();
        assert_eq!(consume(&dying, &job).await.len(), usize::from(calls.crashed()), "a death is no success");
        let retried = Pusher::new(&world.environment(&Calls::default())).unwrap();
        assert_eq!(consume(&retried, &job).await, Vec::<String>::new());
        assert_eq!(pushed_seq(&chat, &bruno).await, seq);
        let told = phone.alerts().await.iter().filter(|alert| alert.seq == seq).count();
        assert!((1..=2).contains(&told), "told {told} times");
        assert_eq!(consume(&retried, &job).await, Vec::<String>::new());
        assert_eq!(phone.alerts().await.iter().filter(|alert| alert.seq == seq).count(), told, "and then no more");
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
    concluded(&newer, "pushed").await;
    replay().await;
    ana.sends(&chat, "Newest").await;
    phone.receives_alert(&chat, 3).await;
    let seqs: Vec<_> = phone.alerts().await.iter().map(|alert| alert.seq).collect();
    assert_eq!(seqs, [1, 2, 3], "the old one does not come back over the newer ones");
}
