//! Read receipts that a user does not share: crashes, races, and calls.

use std::collections::BTreeMap;

use paloma::domain::{Receipt, Watermark};
use paloma_tests::{Calls, World};
use propagate_status::{PropagateStatus, by_chat};
use send_message::SendMessage;
use serde_json::json;
use update_status::UpdateStatus;

use crate::blocks::seen;
use crate::blocks_unnoticed::rest_request;
use crate::durable::{at_every_call, draft, send};
use crate::erase::until_summarised;
use crate::privacy_receipts::{has_no_read_of, hides, reads, shares};
use crate::privacy_settings::set_privacy;

/// A client that sends no receipts, such as a bot.
#[tokio::test]
async fn durable_writing_without_a_receipt_tells_no_more_wherever_the_send_crashes() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let chat_id = chat.parse().unwrap();
    let mut phone = ana.connects().await;
    let before = ana.sends(&chat, "Before").await;
    reads(&bruno, &before).await;
    phone.receives_tick(&chat, 1, "read").await;
    hides(&bruno).await;
    at_every_call(async |calls| {
        let asked = ana.sends(&chat, "Are you there?").await;
        let draft = draft(chat_id, &bruno);
        let crashing = SendMessage::new(&world.environment(&calls)).unwrap();
        let sent = match crashing.send(bruno.session(), draft.clone(), None).await {
            Ok(sent) => sent,
            Err(_) => {
                let retried = SendMessage::new(&world.environment(&Calls::default())).unwrap();
                retried.send(bruno.session(), draft, None).await.unwrap()
            }
        };
        let seq = u64::from(sent.message.seq);
        until_summarised(&ana, &chat, seq).await;
        phone.receives_tick(&chat, asked["seq"].as_u64().unwrap(), "delivered").await;
        let statuses = seen(&ana, &chat).await;
        let of_ana = statuses.iter().filter(|(number, _)| asked["seq"] == *number);
        assert_eq!(of_ana.map(|(_, status)| status.as_str()).collect::<Vec<_>>(), ["delivered"]);
        assert_eq!(bruno.listed(&chat).await["unreadCount"], 0);
    })
    .await;
    assert_eq!(seen(&ana, &chat).await[0].1, "read", "the tick from before stays");
    has_no_read_of(&mut phone, &bruno).await;
}

#[tokio::test]
async fn durable_a_hidden_receipt_that_crashes_anywhere_shows_the_message_as_delivered() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat_id = ana.chat_with(&bruno).await.parse().unwrap();
    let mut phone = ana.connects().await;
    at_every_call(async |calls| {
        let (first, last) = (send(chat_id, &ana).await, send(chat_id, &ana).await);
        let mut receipt = world.receipt_record(&(&last).into(), &bruno, Receipt::Read).await;
        receipt.covers_after = Watermark::at(u64::from(first.seq) - 1);
        receipt.hidden_after = Some(receipt.covers_after);
        let receipts = by_chat([&receipt]).remove(0);
        let crashing = PropagateStatus::new(&world.environment(&calls)).unwrap();
        assert_eq!(crashing.propagate(&receipts).await.is_err(), calls.crashed());
        PropagateStatus::new(&world.environment(&Calls::default())).unwrap().propagate(&receipts).await.unwrap();
        phone.receives_tick(&chat_id.to_string(), u64::from(last.seq), "delivered").await;
        for message in [first, last] {
            assert_eq!(world.stored_status(&message.message_id.to_string()).await, "delivered");
        }
        has_no_read_of(&mut phone, &bruno).await;
        assert_eq!(bruno.listed(&chat_id.to_string()).await["unreadCount"], 0);
    })
    .await;
}

#[tokio::test]
async fn monotone_receipts_that_race_changes_of_the_setting_take_no_tick_back() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let rank = |status: &str| ["sent", "delivered", "read"].iter().position(|one| *one == status).expect("a status");
    let change = async {
        for circle in ["nobody", "everyone", "contacts"].iter().cycle().take(18) {
            set_privacy(&bruno, json!({ "receipts": circle })).await;
        }
    };
    let read = async {
        let mut before: BTreeMap<u64, usize> = BTreeMap::new();
        for _ in 0..12 {
            let sent = ana.sends(&chat, "Hello").await;
            reads(&bruno, &sent).await;
            let now: BTreeMap<_, _> = seen(&ana, &chat).await.iter().map(|(seq, of)| (*seq, rank(of))).collect();
            assert!(before.iter().all(|(seq, tick)| now[seq] >= *tick), "{before:?} {now:?}");
            assert!(now.values().all(|tick| *tick >= 1), "each message is received: {now:?}");
            before = now;
        }
    };
    tokio::join!(change, read);
    shares(&bruno).await;
    let last = ana.sends(&chat, "The last").await;
    reads(&bruno, &last).await;
    assert!(seen(&ana, &chat).await.iter().all(|(_, status)| status == "read"));
}

#[tokio::test]
async fn a_hidden_receipt_makes_the_same_calls_as_a_shared_one() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let calls_of_reading = async || {
        let message = ana.sends(&chat, "Hello").await;
        let calls = Calls::default();
        let app = UpdateStatus::new(&world.environment(&calls)).unwrap();
        let path = json!({ "messageId": message["messageId"] });
        let request = rest_request(&bruno, "PUT /messages/{messageId}/status", &path, &json!({ "status": "read" }));
        assert_eq!(app.answer(request).await.unwrap().status, 200);
        calls.made()
    };
    let shared = calls_of_reading().await;
    hides(&bruno).await;
    assert_eq!(calls_of_reading().await, shared);
    assert_eq!(shared.len(), 4, "{shared:?}");
}
