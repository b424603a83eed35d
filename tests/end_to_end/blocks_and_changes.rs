//! Edits and deletions during a block: no frame of them reaches the blocker, and no edit shows before the end.

use paloma_tests::World;
use serde_json::{Value, json};

use crate::blocks::{block, unblock};
use crate::erase::until_summarised;
use crate::message_changes::{delete, edit, page};

fn contents(messages: &Value) -> Vec<(u64, Value)> {
    let of = |message: &Value| (message["seq"].as_u64().unwrap(), message["content"].clone());
    messages.as_array().unwrap().iter().map(of).collect()
}

#[tokio::test]
async fn blocks_hold_edits_back_until_their_end_and_deletions_take_the_content_at_once() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let own = ana.sends(&chat, "Mine").await;
    let (gone, kept) = (bruno.sends(&chat, "A secret").await, bruno.sends(&chat, "Helo").await);
    until_summarised(&bruno, &chat, 3).await;
    let (mut socket, mut bruno_socket) = (ana.connects().await, bruno.connects().await);
    block(&ana, bruno.id()).await;
    assert_eq!(edit(&bruno, &kept, "Hello", 0).await.status, 200, "Bruno notices nothing");
    assert_eq!(delete(&bruno, &gone).await.status, 200);
    let hidden = bruno.sends(&chat, "Are you angry?").await;
    assert_eq!(edit(&bruno, &hidden, "Sorry", 0).await.status, 200);
    for change in [edit(&ana, &own, "Yours", 0).await, delete(&ana, &own).await] {
        assert_eq!(change.status, 403, "{change:?}");
    }
    for number in 1..=3 {
        bruno_socket.receives("his change", |frame| frame["changeSeq"] == number).await;
    }
    let received = socket.received_frames().await;
    assert!(received.iter().all(|frame| frame["type"] == "settings"), "{received:?}");

    let blocked = page(&ana, &chat, "?after=0&changedAfter=0").await;
    let as_it_was = [(1, json!("Mine")), (2, Value::Null), (3, json!("Helo"))];
    assert_eq!(contents(&blocked["messages"]), as_it_was, "{blocked}");
    assert_eq!((&blocked["changed"], &blocked["changeSeq"]), (&json!([]), &json!(0)));
    assert!(!ana.listed(&chat).await.to_string().contains("Hello"));

    unblock(&ana, bruno.id()).await;
    let after = page(&ana, &chat, "?after=3&changedAfter=0").await;
    assert_eq!(contents(&after["messages"]), [], "message 4 stays hidden: {after}");
    assert_eq!(contents(&after["changed"]), [(3, json!("Hello")), (2, Value::Null)]);
    assert_eq!(after["changeSeq"], 3);
}
