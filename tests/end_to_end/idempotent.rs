//! Invariant 2: one sender, one chat and one client message id make one message, however often it is sent.

use std::collections::BTreeSet;

use futures::future::join_all;
use paloma::domain::{ClientMessageId, Content, Draft, Session, Timestamp};
use paloma_tests::{Calls, World};
use send_message::SendMessage;
use serde_json::{Value, json};

#[tokio::test]
async fn idempotent_twenty_concurrent_tries_make_one_message_and_get_equal_answers() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let mut devices = join_all((0..10).map(|_| ana.connects())).await;
    let mut bruno_phone = bruno.connects().await;

    let body = json!({ "content": "Once", "clientMessageId": "the-same" });
    let mut frame = body.clone();
    frame["action"] = json!("sendMessage");
    frame["chatId"] = json!(chat);
    let path = format!("/chats/{chat}/messages");
    let (over_rest, over_sockets) = futures::join!(
        join_all((0..10).map(|_| ana.post(&path, body.clone()))),
        join_all(devices.iter_mut().map(|device| device.request_ok(frame.clone()))),
    );
    let answers: Vec<Value> = over_rest.into_iter().map(|answer| answer.body).chain(over_sockets).collect();
    assert_eq!(answers.len(), 20);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:#?}");
    assert_eq!(answers[0]["seq"], 1);

    assert_eq!(bruno_phone.receives_message(&chat, 1).await["messageId"], answers[0]["messageId"]);
    assert_eq!(bruno.history(&chat, "").await.len(), 1);

    // A late repetition, after the message was read, gets the first answer.
    assert_eq!(bruno.acknowledges(&answers[0], "read").await.status, 200);
    assert_eq!(ana.post(&path, body).await.body, answers[0]);
    assert_eq!(ana.sends(&chat, "Next").await["seq"], 2, "the tries took no seq");
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
async fn idempotent_other_content_with_the_same_client_id_is_rejected_with_the_stored_message() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let (mut ana_phone, mut bruno_phone) = (ana.connects().await, bruno.connects().await);
    ana.sends(&chat, "Before").await;
    let path = format!("/chats/{chat}/messages");
    let body = |content: &str| json!({ "content": content, "clientMessageId": "the-same" });
    let first = ana.post(&path, body("Hello")).await;
    assert_eq!((first.status, &first.body["seq"]), (202, &json!(2)));

    // Content that looks the same, or differs in case or space alone, is other content.
    for other in ["Bye", "hello", "Hello ", "Hello\u{200b}"] {
        let rejected = ana.post(&path, body(other)).await;
        assert_eq!(rejected.problem(409), Vec::<String>::new(), "{other:?}");
        assert_eq!((&rejected.body["messageId"], &rejected.body["seq"]), (&first.body["messageId"], &json!(2)));

        let mut frame = body(other);
        (frame["action"], frame["chatId"]) = (json!("sendMessage"), json!(chat));
        let error = ana_phone.request(frame).await;
        assert_eq!((&error["type"], &error["problem"]["status"]), (&json!("error"), &json!(409)), "{error}");
        let named = (&error["problem"]["messageId"], &error["problem"]["seq"]);
        assert_eq!(named, (&first.body["messageId"], &json!(2)));
    }
    assert_eq!(ana.post(&path, body("Hello")).await.body, first.body, "the same content is a repetition");
    assert_eq!(ana.sends(&chat, "After").await["seq"], 3, "the tries took no seq");

    bruno_phone.receives_message(&chat, 3).await;
    let contents: Vec<_> = bruno.history(&chat, "").await.iter().map(|message| message["content"].clone()).collect();
    assert_eq!(contents, ["Before", "Hello", "After"]);
    let received = bruno_phone.received_frames().await;
    let words = received.iter().filter(|frame| frame["type"] == "message").map(|frame| &frame["message"]["content"]);
    assert!(words.clone().all(|content| content == "Before" || content == "Hello"), "{:?}", words.collect::<Vec<_>>());
}

#[tokio::test]
async fn idempotent_other_content_enqueues_nothing_and_a_repetition_enqueues_again() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let draft = |content: &str| Draft {
        chat_id: chat.parse().unwrap(),
        sender_id: ana.id().parse().unwrap(),
        client_message_id: ClientMessageId::try_from("the-same".to_owned()).unwrap(),
        content: Content::try_from(content.to_owned()).unwrap(),
        reply_to: None,
    };
    let send = async |content: &str| {
        let calls = Calls::default();
        let session = Session::beginning_now(draft(content).sender_id);
        let sent = SendMessage::new(&world.environment(&calls)).unwrap().send(session, draft(content), None).await;
        (sent, calls.made())
    };
    let all = ["BatchGetItem", "TransactWriteItems", "SendMessage", "SendMessage"];
    let (first, calls) = send("Hello").await;
    assert_eq!((first.unwrap().repeated, calls.as_slice()), (false, &all.map(str::to_owned)[..]));
    let (other, calls) = send("Bye").await;
    assert_eq!((other.unwrap_err().status, calls.as_slice()), (409, &all.map(str::to_owned)[..2]));
    let (again, calls) = send("Hello").await;
    assert_eq!((again.unwrap().repeated, calls.as_slice()), (true, &all.map(str::to_owned)[..]));
}

/// Erased content cannot be compared, so the client message id decides.
#[tokio::test]
async fn idempotent_a_repetition_of_an_erased_message_gets_the_first_answer() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let path = format!("/chats/{chat}/messages");
    let body = |content: &str| json!({ "content": content, "clientMessageId": "the-same" });
    let first = ana.post(&path, body("Hello")).await;
    let messages = world.environment(&Calls::default()).messages().unwrap();
    let (id, sender) = (first.text("messageId").parse().unwrap(), ana.id().parse().unwrap());
    assert!(messages.redact(id, sender, Timestamp::now()).await.unwrap());

    for content in ["Hello", "Bye"] {
        let again = ana.post(&path, body(content)).await;
        assert_eq!((again.status, &again.body), (202, &first.body), "{content}");
    }
    let history = bruno.history(&chat, "").await;
    assert_eq!((history.len(), &history[0]["content"]), (1, &Value::Null), "erased content does not come back");
}

#[tokio::test]
async fn a_pair_has_one_direct_chat_however_often_it_is_requested() {
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

    // A repeated request changes nothing in the chat.
    let chat = made[0].text("chatId");
    let message = ana.sends(&chat, "Hello").await;
    bruno.acknowledges(&message, "read").await;
    assert_eq!(bruno.chat_with(&ana).await, chat);
    assert_eq!(bruno.listed(&chat).await["readSeq"], 1);
}
