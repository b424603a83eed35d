//! A request is pushed once, also with duplicated jobs, and also if it is the addition to a group.

use members::Members;
use paloma_tests::{Calls, Phone, World};
use serde_json::json;

use crate::blocks_unnoticed::rest_request;
use crate::push::{until_not_needed, until_outcome};
use crate::requests::{accepts, asks, is_listed_as};

#[tokio::test]
async fn quiet_a_stranger_who_adds_a_user_to_a_group_asks_and_one_message_is_pushed() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let chat = ana.group_with(&[carla.id()]).await;
    ana.sends(&chat, "Before").await;
    let environment = World::get().await.environment_of_with("members", &[("MESSAGE_REQUESTS", "true")]).await;
    let body = json!({ "userIds": [bruno.id()], "clientMessageId": "add" });
    let request = rest_request(&ana, "POST /chats/{chatId}/members", &json!({ "chatId": chat }), &body);
    assert_eq!(Members::new(&environment).unwrap().answer(request).await.unwrap().status, 200);
    is_listed_as(&bruno, &chat, [false, true]).await;
    assert_eq!(bruno.get(&format!("/chats/{chat}")).await.body["requestedBy"], ana.id());
    let first = carla.sends(&chat, "Welcome").await;
    until_outcome(&first, "pushed").await;
    until_not_needed(&carla.sends(&chat, "Are you there?").await).await;
    let pushed: Vec<_> = phone.alerts().await.into_iter().map(|alert| alert.body).collect();
    assert_eq!(pushed.len(), 1, "{pushed:?}");
    accepts(&bruno, &chat).await;
    assert_eq!(bruno.listed(&chat).await["unreadCount"], 0);
}

#[tokio::test]
async fn quiet_a_request_is_pushed_once() {
    let [ana, bruno] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let chat = asks(&ana, &bruno).await;
    let first = ana.sends(&chat, "Hello").await;
    phone.receives_alert(&chat, 1).await;
    until_outcome(&first, "pushed").await;
    let second = ana.sends(&chat, "Hello?").await;
    until_not_needed(&second).await;
    // Duplicated jobs of both, that of the first message last: it has had another outcome so far.
    let deliveries = World::get().await.environment(&Calls::default()).deliveries().unwrap();
    for sent in [&second, &first] {
        let job = World::get().await.delivery_job(&serde_json::from_value(sent.clone()).unwrap()).await;
        deliveries.enqueue(&chat, &job).await.unwrap();
    }
    until_not_needed(&first).await;
    accepts(&bruno, &chat).await;
    let third = ana.sends(&chat, "Thank you").await;
    until_outcome(&third, "pushed").await;
    let seqs: Vec<_> = phone.alerts().await.iter().map(|alert| alert.body.clone()).collect();
    assert_eq!(seqs, ["Hello", "Thank you"]);
}
