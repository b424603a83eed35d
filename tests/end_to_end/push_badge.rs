//! After a read receipt from one device, a badge update corrects the badge of the others, at most once in 3 s.

use ::push::Pusher;
use paloma::domain::{Receipt, Watermark};
use paloma::queue::{BadgeJob, NotificationJob};
use paloma::store::Sharing;
use paloma_tests::{Calls, Person, Phone, TestQueue, World, until};
use propagate_status::{PropagateStatus, by_chat};
use serde_json::Value;

use crate::durable::at_every_call;
use crate::push::{consume_job, pushed_seq};

/// The `badgeSeq` of a member.
async fn badge_seq(chat: &str, person: &Person) -> u64 {
    let member = World::get().await.row("chats", "chatId", &format!("{chat}#{}", person.id())).await.expect("a member");
    member.get("badgeSeq").and_then(|seq| seq.as_n().ok()?.parse().ok()).unwrap_or_default()
}

fn badge_job(chat: &str, person: &Person, read: u64) -> NotificationJob {
    NotificationJob::Badge(BadgeJob {
        chat_id: chat.parse().unwrap(),
        user_id: person.id().parse().unwrap(),
        read_seq: Watermark::at(read),
        device_id: None,
    })
}

/// Waits until the member has had the pushes up to `seq`.
async fn until_pushed(chat: &str, person: &Person, seq: u64) {
    until("the pushes", async || (pushed_seq(chat, person).await == seq).then_some(())).await;
}

#[tokio::test]
async fn quiet_a_badge_follows_a_read_on_another_device_and_a_replay_sends_nothing() {
    let world = World::get().await;
    let [ana, bruno, carla] = world.people().await;
    let (phone, tablet) = (Phone::of(&bruno, "apns").await, Phone::of(&bruno, "fcm").await);
    let (chat, other) = (ana.chat_with(&bruno).await, carla.chat_with(&bruno).await);
    let sent = ana.sends(&chat, "One").await;
    carla.sends(&other, "Two").await;
    for phone in [&phone, &tablet] {
        phone.receives_alert(&chat, 1).await;
        phone.receives_alert(&other, 1).await;
    }
    until_pushed(&chat, &bruno, 1).await;
    assert_eq!(bruno.acknowledges(&sent, "read").await.status, 200);
    for phone in [&phone, &tablet] {
        let badge = phone.receives_badge(1).await;
        assert_eq!((badge.chat, badge.read), (chat.clone(), 1));
    }
    until("the mark", async || (badge_seq(&chat, &bruno).await == 1).then_some(())).await;
    let pusher = Pusher::new(&world.environment(&Calls::default())).unwrap();
    assert_eq!(consume_job(&pusher, &badge_job(&chat, &bruno, 1)).await, Vec::<String>::new());
    assert_eq!((phone.badge_updates().await.len(), tablet.badge_updates().await.len()), (1, 1));
    assert_eq!((phone.alerts().await.len(), tablet.alerts().await.len()), (2, 2), "a badge update shows nothing");
}

#[tokio::test]
async fn quiet_the_phone_that_sent_the_read_receipt_gets_no_badge_update() {
    let [ana, bruno] = World::get().await.people().await;
    let (phone, tablet) = (Phone::of(&bruno, "fcm").await, Phone::of(&bruno, "apns").await);
    let chat = ana.chat_with(&bruno).await;
    let sent = ana.sends(&chat, "Read me").await;
    until_pushed(&chat, &bruno, 1).await;
    assert_eq!(bruno.acknowledges_on(&phone.device_id, &sent, "read").await.status, 200);
    assert_eq!(tablet.receives_badge(0).await.read, 1);
    until("the mark", async || (badge_seq(&chat, &bruno).await == 1).then_some(())).await;
    assert_eq!(phone.badge_updates().await, []);
}

/// Twenty read receipts in two chats. Each waits 3 s for its update, which covers all that was read until then. Updates
/// that run at the same time may repeat each other, so their exact number depends on the machine.
#[tokio::test]
async fn quiet_many_read_receipts_send_few_badge_updates_and_the_last_is_right() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "apns").await;
    let (chat, other) = (ana.chat_with(&bruno).await, carla.chat_with(&bruno).await);
    let mut sent: Vec<Value> = Vec::new();
    for number in 1..=10 {
        sent.push(ana.sends(&chat, &format!("number {number}")).await);
        sent.push(carla.sends(&other, &format!("number {number}")).await);
    }
    until_pushed(&chat, &bruno, 10).await;
    until_pushed(&other, &bruno, 10).await;
    for message in &sent {
        assert_eq!(bruno.acknowledges(message, "read").await.status, 200);
    }
    phone.receives_badge(0).await;
    for chat in [&chat, &other] {
        until("the mark", async || (badge_seq(chat, &bruno).await == 10).then_some(())).await;
    }
    let badges = phone.badge_updates().await;
    assert_eq!(badges.last().unwrap().badge, 0, "{badges:?}");
    assert!(badges.len() < sent.len() / 2, "{} updates for {} receipts", badges.len(), sent.len());
}

#[tokio::test]
async fn quiet_a_message_from_the_laptop_corrects_the_badge_too() {
    let [ana, bruno] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let chat = ana.chat_with(&bruno).await;
    ana.sends(&chat, "Are you there?").await;
    until_pushed(&chat, &bruno, 1).await;
    bruno.sends(&chat, "Yes").await;
    assert_eq!(phone.receives_badge(0).await.read, 2);
}

/// The number of jobs that propagating a read receipt enqueues for push.
async fn jobs_of_a_receipt(chat: &str, bruno: &Person, sent: &Value) -> usize {
    let (world, queue) = (World::get().await, TestQueue::create().await);
    let environment = world.environment_with(&[("NOTIFICATIONS_QUEUE", &queue.url)]);
    let receipt = world.receipt_record(&serde_json::from_value(sent.clone()).unwrap(), bruno, Receipt::Read).await;
    let propagate_status = PropagateStatus::new(&environment).unwrap();
    for receipts in by_chat([&receipt]) {
        assert_eq!(propagate_status.propagate(&receipts).await.unwrap(), []);
    }
    assert!(bruno.listed(chat).await["readSeq"].as_u64() >= sent["seq"].as_u64());
    queue.delayed().await + queue.take().await.len()
}

#[tokio::test]
async fn a_receipt_without_an_earlier_push_enqueues_no_badge_update() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let sent = ana.sends(&chat, "Seen in time").await;
    assert_eq!(jobs_of_a_receipt(&chat, &bruno, &sent).await, 0);
    let _phone = Phone::of(&bruno, "fcm").await;
    let sent = ana.sends(&chat, "Seen later").await;
    until_pushed(&chat, &bruno, 2).await;
    assert_eq!(jobs_of_a_receipt(&chat, &bruno, &sent).await, 1);
}

/// Invariant 3: a badge update crashes before and after each of its calls, and the retry finishes it.
#[tokio::test]
async fn durable_a_badge_update_that_crashes_anywhere_is_finished_by_its_retry() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let chat = ana.chat_with(&bruno).await;
    let chats = world.environment(&Calls::default()).chats().unwrap();
    let mut seq = 0;
    at_every_call(async |calls| {
        seq += 1;
        ana.sends(&chat, "Nothing is lost").await;
        until_pushed(&chat, &bruno, seq).await;
        // The mark moves without a receipt, so that the stream enqueues no job.
        let (chat_id, user_id) = (chat.parse().unwrap(), bruno.id().parse().unwrap());
        let marks = chats.membership(chat_id, user_id).await.unwrap().unwrap().1.marks;
        chats
            .advance(chat_id, user_id, marks, Receipt::Read, (seq.try_into().unwrap(), None), Sharing::Shared)
            .await
            .unwrap();
        let job = badge_job(&chat, &bruno, seq);
        let crashing = Pusher::new(&world.environment(&calls)).unwrap();
        assert_eq!(consume_job(&crashing, &job).await.len(), usize::from(calls.crashed()), "a crash is an error");
        let retried = Pusher::new(&world.environment(&Calls::default())).unwrap();
        assert_eq!(consume_job(&retried, &job).await, Vec::<String>::new());
        assert_eq!(badge_seq(&chat, &bruno).await, seq);
        let updates = phone.badge_updates().await.iter().filter(|badge| badge.read == seq && badge.badge == 0).count();
        assert!((1..=2).contains(&updates), "{updates} badge updates");
    })
    .await;
}

#[tokio::test]
async fn contained_a_phone_that_sns_throttles_gets_its_badge_update_later() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let (good, bad) = (Phone::of(&bruno, "fcm").await, Phone::of(&bruno, "apns").await);
    let chat = ana.chat_with(&bruno).await;
    let sent = ana.sends(&chat, "Read me").await;
    until_pushed(&chat, &bruno, 1).await;
    bad.receives_alert(&chat, 1).await;
    bad.behave("throttle").await;
    assert_eq!(bruno.acknowledges(&sent, "read").await.status, 200);
    good.receives_badge(0).await;
    until("the first throttled push", async || {
        bad.pushes().await.iter().any(|push| push.rejected.is_some()).then_some(())
    })
    .await;
    bad.behave("").await;
    bad.receives_badge(0).await;
    assert_eq!(good.badge_updates().await.len(), 1, "the other phone gets no second update");
}
