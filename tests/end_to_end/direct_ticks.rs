//! Ticks of direct chats, where nothing is settled: each receipt and each answer raises the messages that it covers.

use paloma::domain::{Accepted, ChatId, Message, MessageRef, Receipt, Timestamp, Watermark};
use paloma::queue::{Job, SummaryJob};
use paloma_tests::{Calls, History, Person, World, until};
use propagate_status::{PropagateStatus, by_chat as receipts_by_chat};
use serde_json::{Value, json};
use update_summaries::{UpdateSummaries, by_chat};

use crate::durable::{at_every_call, send};
use crate::erase::erased;

/// The environment of a function that makes these calls.
async fn environment(calls: &Calls) -> paloma::runtime::Environment {
    World::get().await.environment(calls)
}

async fn status(person: &Person, message: &Message) -> Value {
    let (chat, before) = (message.chat_id.to_string(), u64::from(message.seq) - 1);
    person.history(&chat, &format!("?after={before}")).await[0]["status"].clone()
}

#[tokio::test]
async fn durable_an_answer_whose_summary_crashes_anywhere_ticks_the_messages_before_it() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat_id: ChatId = ana.chat_with(&bruno).await.parse().unwrap();
    let mut phone = ana.connects().await;
    at_every_call(async |calls| {
        let asked = send(chat_id, &ana).await;
        let answer = send(chat_id, &bruno).await;
        let jobs = [Job::first_try("1", SummaryJob::of(&answer))];
        let summary = by_chat(&jobs, Timestamp::now()).remove(0);
        let crashing = UpdateSummaries::new(&environment(&calls).await).unwrap();
        if crashing.summarise(&summary).await.is_err() {
            UpdateSummaries::new(&environment(&Calls::default()).await).unwrap().summarise(&summary).await.unwrap();
        }
        phone.receives_tick(&chat_id.to_string(), u64::from(asked.seq), "read").await;
        assert_eq!(status(&ana, &asked).await, "read");
        assert_eq!(status(&bruno, &answer).await, "sent", "Ana has not received the answer");
        assert_eq!(world.stored_status(&asked.message_id.to_string()).await, "read");
    })
    .await;
}

#[tokio::test]
async fn durable_a_receipt_that_crashes_anywhere_raises_all_messages_that_it_covers() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat_id: ChatId = ana.chat_with(&bruno).await.parse().unwrap();
    let mut phone = ana.connects().await;
    at_every_call(async |calls| {
        let (first, last) = (send(chat_id, &ana).await, send(chat_id, &ana).await);
        let mut receipt = world.receipt_record(&Accepted::from(&last), &bruno, Receipt::Read).await;
        receipt.covers_after = Watermark::at(u64::from(first.seq) - 1);
        let receipts = receipts_by_chat([&receipt]).remove(0);
        let crashing = PropagateStatus::new(&environment(&calls).await).unwrap();
        assert_eq!(crashing.propagate(&receipts).await.is_err(), calls.crashed());
        PropagateStatus::new(&environment(&Calls::default()).await).unwrap().propagate(&receipts).await.unwrap();
        phone.receives_tick(&chat_id.to_string(), u64::from(last.seq), "read").await;
        for message in [first, last] {
            assert_eq!(status(&ana, &message).await, "read");
            assert_eq!(world.stored_status(&message.message_id.to_string()).await, "read");
        }
    })
    .await;
}

#[tokio::test]
async fn a_receipt_after_a_long_absence_raises_hundreds_of_messages() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let ids = [&ana, &bruno].map(|person| person.id().parse().unwrap());
    let history = History {
        chat_id: chat.parse().unwrap(),
        senders: ids.to_vec(),
        contents: vec!["{seq}".to_owned()],
        count: 450,
        first_at: 1_700_000_000_000,
        interval: 1_000,
        read: [(ids[1], 0)].into(),
    };
    world.store_history(&history).await;
    let last = ana.sends(&chat, "Are you back?").await;
    bruno.acknowledges(&last, "read").await;
    for seq in [1, 201, 449, 451] {
        let message = ana.history(&chat, &format!("?after={}", seq - 1)).await[0].clone();
        let id = message["messageId"].as_str().unwrap().to_owned();
        until("the status", async || (world.stored_status(&id).await == "read").then_some(())).await;
    }
}

#[tokio::test]
async fn a_receipt_whose_range_was_narrowed_keeps_it_and_a_newer_receipt_is_left_alone() {
    let [ana, bruno] = World::get().await.people().await;
    let chat_id: ChatId = ana.chat_with(&bruno).await.parse().unwrap();
    let message = send(chat_id, &ana).await;
    let statuses = environment(&Calls::default()).await.statuses().unwrap();
    let (reader, now) = (bruno.id().parse().unwrap(), Timestamp::now());
    let record = async |receipt| {
        statuses
            .record(MessageRef::from(&message), reader, receipt, (Watermark::START, None), None, now)
            .await
            .unwrap();
    };
    let stored = async || statuses.of_message(message.message_id).await.unwrap().remove(0);
    record(Receipt::Delivered).await;
    let delivered = stored().await;
    statuses.narrow(&delivered, Watermark::at(7)).await.unwrap();
    assert_eq!(stored().await.covers_after, Watermark::at(7));
    statuses.narrow(&delivered, Watermark::at(3)).await.unwrap();
    assert_eq!(stored().await.covers_after, Watermark::at(7), "a range never widens");
    record(Receipt::Read).await;
    statuses.narrow(&delivered, Watermark::at(9)).await.unwrap();
    assert_eq!(stored().await.covers_after, Watermark::START, "the newer receipt has a range of its own");
}

#[tokio::test]
async fn erase_keeps_the_ticks_of_a_direct_chat() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let read = ana.sends(&chat, "read").await;
    bruno.acknowledges(&read, "read").await;
    ana.sends(&chat, "unread").await;
    bruno.sends(&chat, "unread by Ana").await;
    let last = ana.sends(&chat, "sent last").await;
    bruno.acknowledges(&last, "delivered").await;
    let statuses = async || -> Vec<Value> {
        ana.history(&chat, "").await.iter().map(|message| message["status"].clone()).collect()
    };
    let before = statuses().await;
    assert_eq!(before, ["read", "read", "read", "delivered"].map(|status| json!(status)));
    erased(&bruno).await;
    assert_eq!(statuses().await, before);
}
