//! Requests of strangers: until the recipient accepts, the recipient looks to the stranger like one with a phone that
//! is off.

use create_chat::CreateChat;
use futures::future::join_all;
use paloma_tests::{Answer, Person, World, until};
use serde_json::{Value, json};

use crate::blocks::seen;
use crate::blocks_unnoticed::rest_request;
use crate::presence::{connect, id, watch};

/// Creates a chat where strangers ask, with the permissions of create-chat.
async fn creates(person: &Person, body: Value) -> Value {
    let environment = World::get().await.environment_of_with("create-chat", &[("MESSAGE_REQUESTS", "true")]).await;
    let request = rest_request(person, "POST /chats", &json!({}), &body);
    let answer = CreateChat::new(&environment).unwrap().answer(request).await.unwrap();
    assert!(matches!(answer.status, 200 | 201), "{answer:?}");
    serde_json::from_str(&answer.body).unwrap()
}

/// Begins a direct chat with a stranger.
pub(crate) async fn asks(person: &Person, other: &Person) -> String {
    let body = json!({ "type": "direct", "participants": [other.id()] });
    let chat = creates(person, body).await;
    assert_eq!((&chat["requestedBy"], &chat["presence"]), (&Value::Null, &Value::Null), "{chat}");
    chat["chatId"].as_str().unwrap().to_owned()
}

/// Creates a group with strangers.
pub(crate) async fn asks_all(person: &Person, others: &[&Person]) -> String {
    let others: Vec<_> = others.iter().map(|other| other.id()).collect();
    let body = json!({ "type": "group", "participants": others, "name": "Strangers" });
    creates(person, body).await["chatId"].as_str().unwrap().to_owned()
}

async fn answers(person: &Person, chat: &str, answer: &str) -> Answer {
    person.post(&format!("/chats/{chat}/{answer}"), json!({})).await
}

pub(crate) async fn accepts(person: &Person, chat: &str) {
    let answer = answers(person, chat, "accept").await;
    assert_eq!((answer.status, &answer.body["accepted"]), (200, &json!(true)), "{answer:?}");
}

async fn declines(person: &Person, chat: &str) {
    let answer = answers(person, chat, "decline").await;
    assert_eq!((answer.status, &answer.body["accepted"]), (200, &json!(false)), "{answer:?}");
}

/// The chats of a user, and the user's requests.
async fn lists(person: &Person) -> [Vec<Value>; 2] {
    let lists = join_all(["/chats", "/chats?requests=true"].map(|list| person.get(list))).await;
    let ids = |answer: &Answer| {
        let chats = answer.body["chats"].as_array().unwrap();
        chats.iter().map(|chat| chat["chatId"].clone()).collect::<Vec<_>>()
    };
    [ids(&lists[0]), ids(&lists[1])]
}

pub(crate) async fn is_listed_as(person: &Person, chat: &str, expected: [bool; 2]) {
    let found = lists(person).await.map(|list| list.contains(&json!(chat)));
    assert_eq!(found, expected, "in the list of chats, and in that of requests");
}

fn statuses(expected: &[(u64, &str)]) -> Vec<(u64, String)> {
    expected.iter().map(|(seq, status)| (*seq, (*status).to_owned())).collect()
}

#[tokio::test]
async fn a_request_is_listed_apart_and_reveals_nothing_until_it_is_accepted() {
    let [ana, bruno] = World::get().await.people().await;
    let (mut ana_socket, mut bruno_socket) = (connect(&ana).await, connect(&bruno).await);
    let chat = asks(&ana, &bruno).await;
    is_listed_as(&bruno, &chat, [false, false]).await;
    let sent = ana.sends(&chat, "Hello, do we know each other?").await;
    bruno_socket.receives_message(&chat, 1).await;
    is_listed_as(&bruno, &chat, [false, true]).await;
    is_listed_as(&ana, &chat, [true, false]).await;
    let shown = bruno.get(&format!("/chats/{chat}")).await.body;
    assert_eq!((&shown["requestedBy"], &shown["presence"]), (&json!(ana.id()), &Value::Null), "{shown}");

    // Nothing of Bruno reaches Ana, and nothing of Ana but her messages reaches Bruno.
    assert_eq!(bruno.acknowledges(&sent, "read").await.problem(403), Vec::<String>::new());
    for frame in ["typing", "watch"] {
        assert_eq!(bruno_socket.status_of(json!({ "action": frame, "chatId": chat })).await, 403, "{frame}");
    }
    let reaction = format!("/messages/{}/reaction", sent["messageId"].as_str().unwrap());
    assert_eq!(bruno.put(&reaction, json!({ "emoji": "👍" })).await.status, 403);
    let watched = ana_socket.request_ok(json!({ "action": "watch", "chatId": chat })).await;
    assert_eq!(watched["presence"], Value::Null);
    ana_socket.request_ok(json!({ "action": "typing", "chatId": chat })).await;
    assert_eq!(seen(&ana, &chat).await, statuses(&[(1, "sent")]));

    accepts(&bruno, &chat).await;
    let frame = bruno_socket.receives("the answer", |frame| frame["type"] == "settings").await;
    assert_eq!((&frame["request"]["chatId"], &frame["request"]["accepted"]), (&json!(chat), &json!(true)));
    accepts(&bruno, &chat).await;
    is_listed_as(&bruno, &chat, [true, false]).await;
    assert_eq!(bruno.acknowledges(&sent, "read").await.status, 200);
    ana_socket.receives_tick(&chat, 1, "read").await;
    assert_eq!(watch(&mut ana_socket, &chat, id(&bruno)).await["online"], true);
    let typed = bruno_socket.received_frames().await.into_iter().filter(|frame| frame["type"] == "typing").count();
    assert_eq!(typed, 0, "the typing of before");
}

#[tokio::test]
async fn a_declined_request_is_in_no_list_and_its_messages_reach_nobody() {
    let [ana, bruno] = World::get().await.people().await;
    let mut bruno_socket = connect(&bruno).await;
    let chat = asks(&ana, &bruno).await;
    assert_eq!(answers(&bruno, &chat, "decline").await.status, 404, "without a message");
    ana.sends(&chat, "First").await;
    bruno_socket.receives_message(&chat, 1).await;
    declines(&bruno, &chat).await;
    declines(&bruno, &chat).await;
    is_listed_as(&bruno, &chat, [false, false]).await;
    assert_eq!(bruno.get(&format!("/chats/{chat}")).await.status, 404);
    let ana_sees = ana.get(&format!("/chats/{chat}")).await.body;
    ana.sends(&chat, "Second").await;
    let other = bruno.chat_with(&World::get().await.people::<1>().await[0]).await;
    bruno.sends(&other, "Meanwhile").await;
    bruno_socket.receives_message(&other, 1).await;
    let received = bruno_socket.received_frames().await;
    assert!(!received.iter().any(|frame| frame["message"]["content"] == "Second"), "{received:?}");
    assert_eq!(seen(&ana, &chat).await, statuses(&[(1, "sent"), (2, "sent")]));
    assert_eq!((&ana_sees["blocked"], &ana_sees["requestedBy"]), (&Value::Null, &Value::Null));
    let rejected =
        bruno.post(&format!("/chats/{chat}/messages"), json!({ "content": "x", "clientMessageId": "x" })).await;
    assert!(rejected.status == 403 && rejected.text("detail").contains("accept"), "{rejected:?}");

    // Bruno begins the chat: it is accepted, without the message of the time between. His other devices learn of it.
    let begun = creates(&bruno, json!({ "type": "direct", "participants": [ana.id()] })).await;
    assert_eq!(
        (&begun["chatId"], &begun["blocked"], &begun["requestedBy"]),
        (&json!(chat), &Value::Null, &Value::Null)
    );
    let is_answer = |frame: &Value| frame["request"]["accepted"] == true;
    assert_eq!(bruno_socket.receives("the acceptance", is_answer).await["request"]["chatId"], chat);
    is_listed_as(&bruno, &chat, [true, false]).await;
    ana.sends(&chat, "Third").await;
    bruno_socket.receives_message(&chat, 3).await;
    let shown: Vec<_> = seen(&bruno, &chat).await.into_iter().map(|(seq, _)| seq).collect();
    assert_eq!(shown, [1, 3]);
}

#[tokio::test]
async fn a_request_that_is_declined_with_a_block_stays_closed_until_the_end_of_both() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = asks(&ana, &bruno).await;
    ana.sends(&chat, "First").await;
    let declined = bruno.post(&format!("/chats/{chat}/decline"), json!({ "block": true })).await;
    assert_eq!(declined.status, 200, "{declined:?}");
    assert_eq!(bruno.get("/blocks").await.body["blocks"][0]["userId"], ana.id());
    assert_eq!(answers(&bruno, &chat, "accept").await.status, 403, "unblock first");
    assert_eq!(bruno.delete(&format!("/blocks/{}", ana.id())).await.status, 204);
    is_listed_as(&bruno, &chat, [false, true]).await;
    accepts(&bruno, &chat).await;
    is_listed_as(&bruno, &chat, [true, false]).await;
}

#[tokio::test]
async fn a_message_accepts_a_request_in_a_direct_chat_and_in_a_group() {
    let [ana, bruno] = World::get().await.people().await;
    for chat in [asks(&ana, &bruno).await, asks_all(&ana, &[&bruno]).await] {
        ana.sends(&chat, "Hello").await;
        is_listed_as(&bruno, &chat, [false, true]).await;
        bruno.sends(&chat, "Hello yourself").await;
        is_listed_as(&bruno, &chat, [true, false]).await;
        let sent = ana.sends(&chat, "Nice").await;
        assert_eq!(bruno.acknowledges(&sent, "read").await.status, 200);
        until("the tick", async || seen(&ana, &chat).await.contains(&(3, "read".to_owned())).then_some(())).await;
    }
}

#[tokio::test]
async fn a_member_of_a_group_who_has_not_accepted_is_left_out_of_read_by_all() {
    let [ana, bruno, carla] = World::get().await.people().await;
    ana.chat_with(&bruno).await;
    let chat = asks_all(&ana, &[&bruno, &carla]).await;
    is_listed_as(&bruno, &chat, [true, false]).await;
    is_listed_as(&carla, &chat, [false, true]).await;
    let first = ana.sends(&chat, "Who is there?").await;
    assert_eq!(bruno.acknowledges(&first, "read").await.status, 200);
    until("the tick", async || (seen(&ana, &chat).await == statuses(&[(1, "read")])).then_some(())).await;
    assert_eq!(carla.acknowledges(&first, "read").await.status, 403);

    accepts(&carla, &chat).await;
    is_listed_as(&carla, &chat, [true, false]).await;
    assert_eq!(carla.listed(&chat).await["readSeq"], 1, "an accepted group is read up to here");
    let second = ana.sends(&chat, "And now?").await;
    assert_eq!(bruno.acknowledges(&second, "read").await.status, 200);
    assert_eq!(carla.acknowledges(&second, "delivered").await.status, 200);
    let expected = statuses(&[(1, "read"), (2, "delivered")]);
    until("the ticks", async || (seen(&ana, &chat).await == expected).then_some(())).await;
}

#[tokio::test]
async fn a_declined_group_is_left_and_in_no_list() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = asks_all(&ana, &[&bruno]).await;
    is_listed_as(&bruno, &chat, [false, true]).await;
    declines(&bruno, &chat).await;
    declines(&bruno, &chat).await;
    is_listed_as(&bruno, &chat, [false, false]).await;
    assert_eq!(ana.get(&format!("/chats/{chat}")).await.body["participants"], json!([ana.id()]));
    assert_eq!(answers(&bruno, &chat, "accept").await.status, 403);
    // A friend who adds him again asks for nothing.
    let body = json!({ "userIds": [bruno.id()], "clientMessageId": "again" });
    assert_eq!(ana.post(&format!("/chats/{chat}/members"), body).await.status, 200);
    is_listed_as(&bruno, &chat, [true, false]).await;
}

#[tokio::test]
async fn only_users_who_share_no_chat_that_both_have_accepted_are_strangers() {
    let [ana, bruno, carla, dora] = World::get().await.people().await;
    let pending = asks_all(&ana, &[&bruno, &carla]).await;
    // A request that waits makes no user known.
    let direct = asks(&ana, &bruno).await;
    ana.sends(&direct, "Hello").await;
    is_listed_as(&bruno, &direct, [false, true]).await;
    let between = asks(&bruno, &carla).await;
    bruno.sends(&between, "Hello").await;
    is_listed_as(&carla, &between, [false, true]).await;
    // A group that both have accepted does.
    accepts(&bruno, &pending).await;
    let group = asks_all(&ana, &[&bruno, &dora]).await;
    is_listed_as(&bruno, &group, [true, false]).await;
    is_listed_as(&dora, &group, [false, true]).await;
}

#[tokio::test]
async fn a_block_that_ends_shows_a_request_that_was_empty_or_begun_during_the_block() {
    let [ana, bruno] = World::get().await.people().await;
    let empty = asks(&ana, &bruno).await;
    assert_eq!(bruno.put(&format!("/blocks/{}", ana.id()), Value::Null).await.status, 204);
    assert_eq!(bruno.delete(&format!("/blocks/{}", ana.id())).await.status, 204);
    let [carla] = World::get().await.people().await;
    assert_eq!(bruno.put(&format!("/blocks/{}", carla.id()), Value::Null).await.status, 204);
    let begun = asks(&carla, &bruno).await;
    assert_eq!(bruno.delete(&format!("/blocks/{}", carla.id())).await.status, 204);
    for (asker, chat) in [(&ana, &empty), (&carla, &begun)] {
        asker.sends(chat, "Hello again").await;
        is_listed_as(&bruno, chat, [false, true]).await;
        accepts(&bruno, chat).await;
        is_listed_as(&bruno, chat, [true, false]).await;
    }
}

#[tokio::test]
async fn bad_answers_change_nothing() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let chat = asks(&ana, &bruno).await;
    ana.sends(&chat, "Hello").await;
    for answer in ["accept", "decline"] {
        assert_eq!(answers(&carla, &chat, answer).await.status, 404, "a stranger");
        assert_eq!(answers(&bruno, "no-id", answer).await.status, 404, "no id");
    }
    let bad = bruno.post(&format!("/chats/{chat}/decline"), json!({ "block": "yes" })).await;
    assert_eq!(bad.problem(400), ["block"]);
    assert_eq!(bruno.get("/chats?requests=perhaps").await.problem(400), ["requests"]);
    assert_eq!(answers(&ana, &chat, "decline").await.status, 409, "no request");
    accepts(&ana, &chat).await;
    is_listed_as(&bruno, &chat, [false, true]).await;
}
