//! Blocks race messages, and crash at every call.

use std::time::Duration;

use futures::future::join_all;
use paloma::domain::{ChatId, Session, Timestamp};
use paloma::store::{BlockChange, Blocks};
use paloma_tests::{Calls, Person, TestQueue, World};
use people::People;
use send_message::SendMessage;
use serde_json::{Value, json};

use crate::blocks::seen;
use crate::blocks_unnoticed::rest_request;
use crate::durable::{at_every_call, draft, send};
use crate::presence::id;

const RACES: usize = 50;

/// The users in the deliveries of message `seq`.
fn recipients(jobs: &[Value], seq: u64) -> Vec<Value> {
    let of_message = jobs.iter().filter(|job| job["event"]["message"]["seq"] == seq);
    of_message.flat_map(|job| job["audience"]["only"].as_array().unwrap().clone()).collect()
}

/// Begins a block while Bruno sends three messages, and sends one more after it. Then ends the block.
async fn race(blocks: &Blocks, sender: &SendMessage, (ana, bruno, chat): (&Person, &Person, ChatId)) -> (u64, u64) {
    let sends = join_all((0..3).map(|_| async {
        tokio::time::sleep(Duration::from_millis(fastrand::u64(0..30))).await;
        sender.send(Session::beginning_now(id(bruno)), draft(chat, bruno), None).await.expect("Bruno notices nothing")
    }));
    let block = async {
        tokio::time::sleep(Duration::from_millis(fastrand::u64(0..30))).await;
        let began = blocks.change(id(ana), id(bruno), BlockChange::Begin(None), Timestamp::now()).await;
        assert!(began.unwrap());
    };
    let (sent, ()) = tokio::join!(sends, block);
    let last = sent.iter().map(|sent| u64::from(sent.message.seq)).max().unwrap();
    let hidden = sender.send(Session::beginning_now(id(bruno)), draft(chat, bruno), None).await.unwrap();
    assert!(blocks.change(id(ana), id(bruno), BlockChange::End, Timestamp::now()).await.unwrap());
    (last, hidden.message.seq.into())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blocked_in_50_races_each_message_is_either_visible_and_delivered_or_hidden_for_ever() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let chat_id: ChatId = chat.parse().unwrap();
    send(chat_id, &bruno).await;
    let queue = TestQueue::create().await;
    let sender = SendMessage::new(&world.environment_with(&[("DELIVERIES_QUEUE", &queue.url)])).unwrap();
    let blocks = world.environment(&Calls::default()).blocks().unwrap();
    let (mut after_blocks, mut split) = (Vec::new(), 0);
    for _ in 0..RACES {
        let (last_of_race, hidden) = race(&blocks, &sender, (&ana, &bruno, chat_id)).await;
        assert_eq!(hidden, last_of_race + 1, "no gap");
        after_blocks.push(hidden);
    }
    let total = *after_blocks.last().unwrap();
    let jobs = queue.take().await;
    let windows = ana.listed(&chat).await["windows"].clone();
    let shows =
        |seq: u64| {
            windows.as_array().unwrap().iter().any(|window| {
                window["from"].as_u64().unwrap() <= seq && window["to"].as_u64().is_none_or(|to| seq <= to)
            })
        };
    // A row holds 32 windows: messages of older ones are no longer visible.
    let first = windows[0]["from"].as_u64().unwrap();
    for seq in first..=total {
        let to_ana = recipients(&jobs, seq).contains(&json!(ana.id()));
        assert_eq!(shows(seq), to_ana, "message {seq}: {windows}");
        split += usize::from(!to_ana && !after_blocks.contains(&seq));
    }
    assert!(after_blocks.iter().all(|seq| !shows(*seq)), "{after_blocks:?} {windows}");
    assert!(split > 0, "no message lost a race against a block");
    let visible: Vec<_> = seen(&ana, &chat).await.into_iter().map(|(seq, _)| seq).collect();
    let expected: Vec<_> = (first..=total).filter(|seq| shows(*seq)).collect();
    assert_eq!(visible, expected[expected.len().saturating_sub(100)..]);
}

#[tokio::test]
async fn durable_a_block_that_crashes_anywhere_is_finished_by_its_retry() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let chat_id: ChatId = chat.parse().unwrap();
    let mut expected = vec![u64::from(send(chat_id, &bruno).await.seq)];
    at_every_call(async |calls| {
        // More calls than a user may make.
        let environment = |calls: &Calls| world.environment_of_calls(calls, &[("RARE_CALLS_FACTOR", "1000")]);
        let crashing = People::new(&environment(&calls)).unwrap();
        let people = People::new(&environment(&Calls::default())).unwrap();
        for method in ["PUT", "DELETE"] {
            let request = || {
                let path = json!({ "userId": bruno.id() });
                rest_request(&ana, &format!("{method} /blocks/{{userId}}"), &path, &Value::Null)
            };
            if crashing.answer(request()).await.is_err() {
                assert_eq!(people.answer(request()).await.unwrap().status, 204);
            }
            let is_blocked = ana.listed(&chat).await["blocked"] == true;
            assert_eq!(is_blocked, method == "PUT");
            let sent = send(chat_id, &bruno).await;
            expected.extend((!is_blocked).then_some(u64::from(sent.seq)));
        }
    })
    .await;
    let visible: Vec<_> = seen(&ana, &chat).await.into_iter().map(|(seq, _)| seq).collect();
    assert_eq!(visible, expected);
}

/// More work is a change of the product's price: docs/costs.md has the figures.
#[tokio::test]
async fn a_block_costs_seven_calls_and_its_end_five() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    send(ana.chat_with(&bruno).await.parse().unwrap(), &bruno).await;
    let work = async |method: &str| {
        let calls = Calls::counted();
        let people = People::new(&world.environment(&calls)).unwrap();
        let path = json!({ "userId": bruno.id() });
        let route = format!("{method} /blocks/{{userId}}");
        people.answer(rest_request(&ana, &route, &path, &Value::Null)).await.unwrap();
        (calls.made().len(), world.work_of(&calls).await)
    };
    let outcomes = [work("PUT").await, work("PUT").await, work("DELETE").await, work("DELETE").await];
    println!("block, again, unblock, again: {outcomes:?}");
    assert_eq!(outcomes.map(|(calls, _)| calls), [7, 6, 5, 4]);
}
