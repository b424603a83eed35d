//! Answers to requests that crash between two calls are finished by their retry, and of two answers at once one counts.

use futures::future::join_all;
use members::Members;
use paloma_tests::{Calls, Person, World};
use serde_json::{Value, json};

use crate::blocks_unnoticed::rest_request;
use crate::durable::at_every_call;
use crate::requests::{asks, asks_all, is_listed_as};

/// A request with a message.
async fn request(ana: &Person, bruno: &Person, is_group: bool) -> String {
    let chat = if is_group { asks_all(ana, &[bruno]).await } else { asks(ana, bruno).await };
    ana.sends(&chat, "Hello").await;
    chat
}

/// Answers in this process, as far as these calls go. Returns the status.
async fn answer(person: &Person, chat: &str, answer: &str, body: &Value, calls: &Calls) -> u16 {
    let members = Members::new(&World::get().await.environment(calls)).unwrap();
    let request = rest_request(person, &format!("POST /chats/{{chatId}}/{answer}"), &json!({ "chatId": chat }), body);
    match members.answer(request).await {
        Ok(answer) => answer.status,
        Err(problem) => problem.status,
    }
}

#[tokio::test]
async fn durable_an_answer_that_crashes_anywhere_is_finished_by_its_retry() {
    let world = World::get().await;
    for (is_group, kind, body) in [
        (false, "accept", json!({})),
        (true, "accept", json!({})),
        (false, "decline", json!({})),
        (false, "decline", json!({ "block": true })),
        (true, "decline", json!({})),
    ] {
        at_every_call(async |calls| {
            let [ana, bruno] = world.people().await;
            let chat = request(&ana, &bruno, is_group).await;
            let first = answer(&bruno, &chat, kind, &body, &calls).await;
            assert!(first == 200 || calls.crashed(), "{kind}: {first}");
            assert_eq!(answer(&bruno, &chat, kind, &body, &Calls::default()).await, 200, "{kind}");
            is_listed_as(&bruno, &chat, [kind == "accept", false]).await;
            let blocks = bruno.get("/blocks").await.body["blocks"].as_array().unwrap().len();
            assert_eq!(blocks, usize::from(body["block"] == true));
        })
        .await;
    }
}

#[tokio::test]
async fn of_answers_at_once_the_chat_is_in_one_list_or_in_none() {
    let world = World::get().await;
    for _ in 0..10 {
        let [ana, bruno] = world.people().await;
        let chat = request(&ana, &bruno, false).await;
        let path = format!("/chats/{chat}");
        let answers = ["accept", "decline", "accept", "decline"].map(|answer| format!("{path}/{answer}"));
        let posts = answers.iter().map(|answer| bruno.post(answer, json!({})));
        let (answered, sent) = tokio::join!(join_all(posts), ana.sends(&chat, "Meanwhile"));
        for answer in answered {
            // A decline that finds no request any more.
            assert!(matches!(answer.status, 200 | 409), "{answer:?}");
        }
        assert_eq!(sent["seq"], 2);
        // The user's list and the chat agree, and the user may accept.
        let listed = bruno.get("/chats").await.body.to_string().contains(&chat);
        is_listed_as(&bruno, &chat, [listed, false]).await;
        assert_eq!(bruno.get(&path).await.status, if listed { 200 } else { 404 });
        assert_eq!(bruno.post(&format!("{path}/accept"), json!({})).await.status, 200);
        is_listed_as(&bruno, &chat, [true, false]).await;
        let third = ana.sends(&chat, "After all").await;
        assert_eq!(bruno.acknowledges(&third, "read").await.status, 200);
    }
}

#[tokio::test]
async fn a_member_who_is_asked_looks_like_one_with_a_phone_that_is_off() {
    let world = World::get().await;
    let [ana, bruno, carla] = world.people().await;
    let asked = asks(&ana, &bruno).await;
    let off = ana.chat_with(&carla).await;
    for chat in [&asked, &off] {
        ana.sends(chat, "Hello").await;
    }
    let mut views = Vec::new();
    for (chat, other) in [(&asked, &bruno), (&off, &carla)] {
        let view = ana.get(&format!("/chats/{chat}")).await.body.to_string();
        let history = Value::from(ana.history(chat, "").await).to_string();
        let masked = [view, history].map(|text| text.replace(chat.as_str(), "chat").replace(other.id(), "other"));
        views.push(masked.map(|text| serde_json::from_str::<Value>(&text).unwrap()).map(shape));
    }
    assert_eq!(views[0], views[1]);
    assert_eq!(bruno.post(&format!("/chats/{asked}/decline"), json!({})).await.status, 200);
    let after = ana.history(&asked, "").await;
    assert_eq!(after[0]["status"], "sent");
}

/// A value with its fields, and without what differs between two chats: ids, names, times.
fn shape(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(fields.into_iter().map(|(name, value)| (name, shape(value))).collect()),
        Value::Array(values) => Value::Array(values.into_iter().map(shape).collect()),
        Value::String(text) if text.len() > 5 => json!("a text"),
        Value::Number(number) if number.as_u64() > Some(1_000) => json!("a time"),
        other => other,
    }
}
