//! Invariant 5: the status of a message moves forward only.

use std::collections::BTreeSet;

use futures::future::join_all;
use paloma::domain::Receipt;
use paloma_tests::{Calls, FakeGateway, World};
use propagate_status::{PropagateStatus, by_chat};
use serde_json::{Value, json};

async fn statuses(person: &paloma_tests::Person, chat: &str) -> Vec<String> {
    let history = person.history(chat, "").await;
    history.iter().map(|message| message["status"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn monotone_a_receipt_covers_earlier_messages_and_never_goes_back() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let mut messages = Vec::new();
    for number in 1..=4 {
        messages.push(ana.sends(&chat, &format!("number {number}")).await);
    }
    assert_eq!(statuses(&ana, &chat).await, ["sent"; 4]);

    let mut phone = ana.connects().await;
    assert_eq!(bruno.acknowledges(&messages[2], "read").await.body["unreadCount"], 1);
    phone.receives_tick(&chat, 3, "read").await;
    assert_eq!(statuses(&ana, &chat).await, ["read", "read", "read", "sent"]);

    // A step backwards is accepted, and changes nothing.
    for (message, status) in [(&messages[2], "delivered"), (&messages[0], "read"), (&messages[0], "delivered")] {
        let answer = bruno.acknowledges(message, status).await;
        assert_eq!((answer.status, &answer.body["status"], &answer.body["readSeq"]), (200, &json!("read"), &json!(3)));
    }
    bruno.acknowledges(&messages[3], "delivered").await;
    phone.receives_tick(&chat, 4, "delivered").await;
    assert_eq!(statuses(&ana, &chat).await, ["read", "read", "read", "delivered"]);

    // The rows of the messages have the same status.
    let world = World::get().await;
    let stored =
        join_all(messages.iter().map(|message| world.stored_status(message["messageId"].as_str().unwrap()))).await;
    assert_eq!(stored, ["read", "read", "read", "delivered"]);
}

#[tokio::test]
async fn a_message_in_a_group_is_read_when_the_last_member_has_read_it() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let chat = ana.group_with(&[bruno.id(), carla.id()]).await;
    let mut phone = ana.connects().await;
    let message = ana.sends(&chat, "Hello").await;

    bruno.acknowledges(&message, "read").await;
    let by_bruno =
        phone.receives("Bruno's receipt", |frame| frame["type"] == "status" && frame["userId"] == bruno.id()).await;
    assert_eq!((&by_bruno["everyone"], &by_bruno["status"]), (&json!(false), &json!("read")));
    assert_eq!(statuses(&ana, &chat).await, ["sent"]);

    carla.acknowledges(&message, "delivered").await;
    phone.receives_tick(&chat, 1, "delivered").await;
    carla.acknowledges(&message, "read").await;
    phone.receives_tick(&chat, 1, "read").await;
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
async fn a_member_who_answers_has_read() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let mut phone = ana.connects().await;
    ana.sends(&chat, "Are you there?").await;
    bruno.sends(&chat, "Yes").await;
    assert_eq!(bruno.listed(&chat).await["unreadCount"], 0);
    assert_eq!(ana.listed(&chat).await["unreadCount"], 1);
    phone.receives_tick(&chat, 1, "read").await;
}

/// The members who get one read receipt of Bruno in a group of this size, in which all have a socket, and the ids of
/// Ana, the sender, and of Bruno.
async fn recipients_of_a_receipt(group: usize) -> (BTreeSet<String>, [String; 2]) {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let mut others: Vec<_> = world.silent_people(group - 2).await.iter().map(ToString::to_string).collect();
    others.push(bruno.id().to_owned());
    let chat = ana.group_with(&others.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let sent = serde_json::from_value(ana.sends(&chat, "Hello everybody").await).unwrap();
    let receipt = world.receipt_record(&sent, &bruno, Receipt::Read).await;
    let gateway = FakeGateway::open().await;
    let members = others.iter().map(String::as_str).chain([ana.id()]);
    join_all(members.map(|member| gateway.open_socket_of(member.parse().unwrap()))).await;
    let environment = world.environment_posting_to(&Calls::default(), &gateway.endpoint);
    let propagate_status = PropagateStatus::new(&environment).unwrap();
    propagate_status.propagate(&by_chat([&receipt]).remove(0)).await.unwrap();
    assert_eq!(bruno.listed(&chat).await["readSeq"], 1);
    let posts = gateway.posts();
    let recipients: BTreeSet<_> = posts.iter().cloned().collect();
    assert_eq!(posts.len(), recipients.len(), "one frame for each: {posts:?}");
    (recipients, [ana, bruno].map(|person| person.id().to_owned()))
}

#[tokio::test]
async fn a_sender_gets_each_receipt_in_groups_of_up_to_32_members() {
    let (recipients, people) = recipients_of_a_receipt(32).await;
    assert_eq!(recipients, people.into());
    let (recipients, [_, bruno]) = recipients_of_a_receipt(33).await;
    assert_eq!(recipients, [bruno].into(), "the sender gets the receipt of the last reader alone");
}

#[tokio::test]
async fn convergent_concurrent_readers_move_every_tick() {
    let people: [_; 6] = World::get().await.people().await;
    let others: Vec<_> = people[1..].iter().map(paloma_tests::Person::id).collect();
    let chat = people[0].group_with(&others).await;
    let mut phone = people[0].connects().await;
    for round in 1..=4 {
        let sent = people[0].sends(&chat, &format!("round {round}")).await;
        join_all(people[1..].iter().map(|person| person.acknowledges(&sent, "read"))).await;
        phone.receives_tick(&chat, round, "read").await;
    }
    assert_eq!(statuses(&people[0], &chat).await, ["read"; 4]);
}
