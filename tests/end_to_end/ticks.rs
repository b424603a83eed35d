//! Invariant 5: ticks go forward, and mean what they say.

use futures::future::join_all;
use paloma_tests::{World, until};
use serde_json::{Value, json};

async fn statuses(person: &paloma_tests::Person, chat: &str) -> Vec<String> {
    let history = person.history(chat, "").await;
    history.iter().map(|message| message["status"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn monotone_a_receipt_covers_what_came_before_and_never_goes_back() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let mut messages = Vec::new();
    for number in 1..=4 {
        messages.push(ana.say(&chat, &format!("number {number}")).await);
    }
    assert_eq!(statuses(&ana, &chat).await, ["sent"; 4]);

    let mut phone = ana.connect().await;
    assert_eq!(bruno.receipt(&messages[2], "read").await.body["unreadCount"], 1);
    phone.tick(&chat, 3, "read").await;
    assert_eq!(statuses(&ana, &chat).await, ["read", "read", "read", "sent"]);

    // Backwards is a no-op, not an error.
    for (message, status) in [(&messages[2], "delivered"), (&messages[0], "read"), (&messages[0], "delivered")] {
        let answer = bruno.receipt(message, status).await;
        assert_eq!((answer.status, &answer.body["status"], &answer.body["readSeq"]), (200, &json!("read"), &json!(3)));
    }
    bruno.receipt(&messages[3], "delivered").await;
    phone.tick(&chat, 4, "delivered").await;
    assert_eq!(statuses(&ana, &chat).await, ["read", "read", "read", "delivered"]);

    // The copy in each message's row, which events and exports read, says the same.
    let world = World::get().await;
    let stored =
        join_all(messages.iter().map(|message| world.stored_status(message["messageId"].as_str().unwrap()))).await;
    assert_eq!(stored, ["read", "read", "read", "delivered"]);
}

#[tokio::test]
async fn a_group_has_read_when_its_last_member_has() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let chat = ana.group_with(&[bruno.id(), carla.id()]).await;
    let mut phone = ana.connect().await;
    let message = ana.say(&chat, "Has everybody seen this?").await;

    bruno.receipt(&message, "read").await;
    let by_bruno =
        phone.hear("Bruno's receipt", |frame| frame["type"] == "status" && frame["userId"] == bruno.id()).await;
    assert_eq!((&by_bruno["everyone"], &by_bruno["status"]), (&json!(false), &json!("read")));
    assert_eq!(statuses(&ana, &chat).await, ["sent"]);

    carla.receipt(&message, "delivered").await;
    phone.tick(&chat, 1, "delivered").await;
    carla.receipt(&message, "read").await;
    phone.tick(&chat, 1, "read").await;
    assert_eq!(statuses(&ana, &chat).await, ["read"]);

    let path = format!("/messages/{}/receipts", message["messageId"].as_str().unwrap());
    let receipts = ana.get(&path).await;
    assert_eq!((receipts.status, &receipts.body["status"]), (200, &json!("read")));
    let of = |id: &str| -> Value {
        let all = receipts.body["receipts"].as_array().unwrap();
        assert_eq!(all.len(), 2, "the sender is no recipient");
        all.iter().find(|receipt| receipt["userId"] == id).unwrap().clone()
    };
    assert!(of(carla.id())["deliveredAt"].as_u64().unwrap() < of(carla.id())["readAt"].as_u64().unwrap());
    assert!(of(bruno.id())["readAt"].is_u64());
}

#[tokio::test]
async fn who_answers_has_read() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let mut phone = ana.connect().await;
    ana.say(&chat, "Are you there?").await;
    bruno.say(&chat, "Yes").await;
    assert_eq!(bruno.listed(&chat).await["unreadCount"], 0);
    assert_eq!(ana.listed(&chat).await["unreadCount"], 1);
    phone.tick(&chat, 1, "read").await;
}

#[tokio::test]
async fn in_a_large_group_a_sender_hears_once_when_the_last_has_read() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let mut others: Vec<_> = world.silent_people(40).await.iter().map(ToString::to_string).collect();
    others.push(bruno.id().to_owned());
    let chat = ana.group_with(&others.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let mut phone = ana.connect().await;
    let message = ana.say(&chat, "Hello everybody").await;
    phone.message(&chat, 1).await;
    bruno.receipt(&message, "read").await;
    let path = format!("/messages/{}/receipts", message["messageId"].as_str().unwrap());
    until("Bruno among the receipts", async || {
        let receipts = ana.get(&path).await.body;
        let bruno_read = |receipt: &Value| receipt["userId"] == bruno.id() && receipt["status"] == "read";
        receipts["receipts"].as_array()?.iter().any(bruno_read).then_some(())
    })
    .await;
    // Bruno's answer is told after his receipt was propagated: had that been told, it would have come before.
    let status = |frame: &Value| frame["type"] == "status";
    assert!(!phone.everything().await.iter().any(status), "one of forty is no news");
}
