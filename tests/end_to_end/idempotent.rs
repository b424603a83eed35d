//! Invariant 2: one sender, one chat, one client message id: one message, however many tries.

use std::collections::BTreeSet;

use futures::future::join_all;
use paloma_tests::World;
use serde_json::{Value, json};

#[tokio::test]
async fn idempotent_twenty_tries_at_once_are_one_message_with_twenty_equal_answers() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let mut devices = join_all((0..10).map(|_| ana.connect())).await;
    let mut bruno_phone = bruno.connect().await;

    let body = json!({ "content": "Once", "clientMessageId": "the-same" });
    let mut frame = body.clone();
    frame["action"] = json!("sendMessage");
    frame["chatId"] = json!(chat);
    let path = format!("/chats/{chat}/messages");
    let (over_rest, over_sockets) = futures::join!(
        join_all((0..10).map(|_| ana.post(&path, body.clone()))),
        join_all(devices.iter_mut().map(|device| device.tell(frame.clone()))),
    );
    let answers: Vec<Value> = over_rest.into_iter().map(|answer| answer.body).chain(over_sockets).collect();
    assert_eq!(answers.len(), 20);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    assert_eq!(answers[0]["seq"], 1);

    assert_eq!(bruno_phone.message(&chat, 1).await["messageId"], answers[0]["messageId"]);
    assert_eq!(bruno.history(&chat, "").await.len(), 1);

    // Much later, and after it was read: still the first answer.
    assert_eq!(bruno.receipt(&answers[0], "read").await.status, 200);
    assert_eq!(ana.post(&path, body).await.body, answers[0]);
    assert_eq!(ana.say(&chat, "Next").await["seq"], 2, "the tries took no place in the sequence");
}

#[tokio::test]
async fn idempotent_a_client_id_belongs_to_its_sender_and_its_chat() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let (with_bruno, with_carla) = (ana.chat_with(&bruno).await, ana.chat_with(&carla).await);
    let body = json!({ "content": "Hello", "clientMessageId": "1" });
    let mut ids = BTreeSet::new();
    for (sender, chat) in [(&ana, &with_bruno), (&bruno, &with_bruno), (&ana, &with_carla)] {
        let answer = sender.post(&format!("/chats/{chat}/messages"), body.clone()).await;
        assert_eq!(answer.status, 202);
        ids.insert(answer.text("messageId"));
    }
    assert_eq!(ids.len(), 3);
}

#[tokio::test]
async fn a_pair_has_one_direct_chat_however_often_it_is_made() {
    let [ana, bruno] = World::get().await.people().await;
    let made = join_all((0..10).map(|number| {
        let (one, other) = if number % 2 == 0 { (&ana, &bruno) } else { (&bruno, &ana) };
        one.post("/chats", json!({ "type": "direct", "participants": [other.id()] }))
    }))
    .await;
    let ids: BTreeSet<_> = made.iter().map(|answer| answer.text("chatId")).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(made.iter().filter(|answer| answer.status == 201).count(), 1, "{made:?}");
    assert_eq!(made.iter().filter(|answer| answer.status == 200).count(), 9);

    // What has happened in it stays when it is made once more.
    let chat = made[0].text("chatId");
    let message = ana.say(&chat, "Hello").await;
    bruno.receipt(&message, "read").await;
    assert_eq!(bruno.chat_with(&ana).await, chat);
    assert_eq!(bruno.listed(&chat).await["readSeq"], 1);
}
