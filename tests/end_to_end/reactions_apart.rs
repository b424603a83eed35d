//! Reactions and people kept apart: blocks, former members, and the rights over one's own data.

use paloma_tests::{Calls, World, until};
use serde_json::{Value, json};

use crate::blocks::{block, unblock};
use crate::erase::erased;
use crate::export::exported;
use crate::message_changes::page;
use crate::reactions::{react, seen, unreact, until_seen};

fn in_chat(mut message: Value, chat: &str) -> Value {
    message["chatId"] = json!(chat);
    message
}

#[tokio::test]
async fn blocks_keep_reactions_apart_and_the_blocked_user_notices_nothing() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let message = in_chat(ana.sends(&chat, "Hello").await, &chat);
    assert_eq!(react(&ana, &message, "🎉").await.status, 200);
    until_seen(&bruno, &message, &[("🎉", json!([ana.id()]))], Value::Null).await;
    let (mut socket, mut bruno_socket) = (ana.connects().await, bruno.connects().await);
    block(&ana, bruno.id()).await;
    assert_eq!(react(&bruno, &message, "👎").await.status, 200);
    let frame = bruno_socket.receives("his change", |frame| frame["changeSeq"] == 2).await;
    assert_eq!(frame["message"]["reactions"]["count"], 2);
    until_seen(&bruno, &message, &[("🎉", json!([ana.id()])), ("👎", json!([bruno.id()]))], json!("👎")).await;
    for answer in [react(&ana, &message, "👍").await, unreact(&ana, &message).await] {
        answer.problem(403);
    }
    let received = socket.received_frames().await;
    assert!(received.iter().all(|frame| frame["type"] == "settings"), "{received:?}");
    assert_eq!(seen(&ana, &message).await, (vec![("🎉".to_owned(), json!([ana.id()]))], json!("🎉")), "her own");
    let caught_up = page(&ana, &chat, "?after=1&changedAfter=1").await;
    assert_eq!((&caught_up["changed"], &caught_up["changeSeq"]), (&json!([]), &json!(1)), "{caught_up}");

    unblock(&ana, bruno.id()).await;
    let after = page(&ana, &chat, "?after=1&changedAfter=1").await;
    assert_eq!(after["changed"][0]["reactions"]["count"], 2, "as edits of that time: {after}");
}

#[tokio::test]
async fn windows_a_former_member_sees_no_later_reaction_and_gets_no_frame() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let chat = ana.group_with(&[bruno.id(), carla.id()]).await;
    let message = in_chat(ana.sends(&chat, "Hello").await, &chat);
    let quiet = in_chat(ana.sends(&chat, "Quiet").await, &chat);
    for (person, message) in [(&carla, &message), (&bruno, &quiet)] {
        assert_eq!(react(person, message, "👍").await.status, 200);
        until_seen(&ana, message, &[("👍", json!([person.id()]))], Value::Null).await;
    }
    assert_eq!(ana.delete(&format!("/chats/{chat}/members/{}", carla.id())).await.status, 200);
    let mut socket = carla.connects().await;
    assert_eq!(react(&bruno, &message, "🎉").await.status, 200);
    until_seen(&ana, &message, &[("👍", json!([carla.id()])), ("🎉", json!([bruno.id()]))], Value::Null).await;
    let own = (vec![("👍".to_owned(), json!([carla.id()]))], json!("👍"));
    assert_eq!(seen(&carla, &message).await, own);
    assert_eq!(seen(&carla, &quiet).await.0, [("👍".to_owned(), json!([bruno.id()]))], "nothing has changed there");
    let caught_up = page(&carla, &chat, "?after=3&changedAfter=2").await;
    assert_eq!(caught_up["changed"], json!([]), "{caught_up}");
    let received = socket.received_frames().await;
    assert!(received.iter().all(|frame| frame["type"] != "change"), "{received:?}");
}

#[tokio::test]
async fn erase_removes_the_reactions_of_the_user_and_those_to_the_users_messages() {
    let world = World::get().await;
    let [ana, bruno, carla] = world.people().await;
    let chat = ana.group_with(&[bruno.id(), carla.id()]).await;
    let own = in_chat(ana.sends(&chat, "Mine").await, &chat);
    let other = in_chat(bruno.sends(&chat, "Yours").await, &chat);
    let expected = [("👍", json!([ana.id(), carla.id()]))];
    for (message, people) in [(&other, [&ana, &carla]), (&own, [&bruno, &carla])] {
        for person in people {
            assert_eq!(react(person, message, "👍").await.status, 200);
            until("the reaction", async || seen(person, message).await.1.is_string().then_some(())).await;
        }
    }
    until_seen(&bruno, &other, &expected, Value::Null).await;
    let mut socket = bruno.connects().await;
    let ended = erased(&ana).await;
    assert_eq!(ended.output["removed"]["reactions"], 1, "{ended:?}");
    until_seen(&bruno, &other, &[("👍", json!([carla.id()]))], Value::Null).await;
    let frame = socket.receives("the removal", |frame| frame["type"] == "change").await;
    assert_eq!(frame["message"]["reactions"]["count"], 1, "{frame}");
    assert_eq!(seen(&bruno, &own).await, (vec![], Value::Null));
    let reactions = world.environment(&Calls::default()).reactions().unwrap();
    for (message, count) in [(&own, 0), (&other, 1)] {
        let message_id = message["messageId"].as_str().unwrap().parse().unwrap();
        let left = reactions.of_message(message_id).await.unwrap();
        assert!(left.len() == count && left.iter().all(|left| left.user_id.to_string() != ana.id()), "{left:?}");
    }
}

#[tokio::test]
async fn an_export_has_the_users_reactions() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let messages = [ana.sends(&chat, "Mine").await, bruno.sends(&chat, "Yours").await];
    for (person, emoji) in [(&ana, "👍"), (&bruno, "🎉")] {
        for message in &messages {
            assert_eq!(react(person, message, emoji).await.status, 200);
        }
    }
    let lines = exported(&ana).await;
    let reactions: Vec<_> = lines.iter().filter(|line| line["kind"] == "reaction").collect();
    assert_eq!(reactions.len(), 2, "{lines:?}");
    for (line, message) in reactions.iter().zip(&messages) {
        assert_eq!((&line["messageId"], &line["emoji"]), (&message["messageId"], &json!("👍")));
        assert!(line["chatId"] == json!(chat) && line["reactedAt"].is_u64(), "{line}");
    }
}
