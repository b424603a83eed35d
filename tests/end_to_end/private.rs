//! Invariant 6: to users outside a chat, the chat does not exist.

use paloma_tests::{Answer, Person, Socket, World};
use serde_json::{Value, json};

/// An unknown id.
fn unknown_id() -> String {
    paloma::domain::UserId::random().to_string()
}

/// Makes every REST call about a chat or a message.
async fn call_everything(outsider: &Person, chat: &str, message: &str) -> Vec<(String, Answer)> {
    let (messages, status, receipts) = (
        format!("/chats/{chat}/messages"),
        format!("/messages/{message}/status"),
        format!("/messages/{message}/receipts"),
    );
    let send = |content: &str| json!({ "content": content, "clientMessageId": "outside" });
    let mut answers = Vec::new();
    for path in [format!("/chats/{chat}"), messages.clone(), receipts] {
        answers.push((format!("GET {path}"), outsider.get(&path).await));
    }
    for query in ["?limit=1", "?before=2", "?after=0", "?after=1"] {
        answers.push((format!("GET {messages}{query}"), outsider.get(&format!("{messages}{query}")).await));
    }
    answers.push((format!("POST {messages}"), outsider.post(&messages, send("Let me in")).await));
    for word in ["delivered", "read"] {
        answers.push((format!("PUT {status} {word}"), outsider.put(&status, json!({ "status": word })).await));
    }
    answers
}

/// Sends every frame about a chat or a message.
async fn send_every_frame(outsider: &mut Socket, chat: &str, message: &str) -> Vec<(Value, Value)> {
    let frames = [
        json!({ "action": "sendMessage", "chatId": chat, "content": "Let me in", "clientMessageId": "outside" }),
        json!({ "action": "updateStatus", "messageId": message, "status": "delivered" }),
        json!({ "action": "updateStatus", "messageId": message, "status": "read" }),
        json!({ "action": "updateStatus", "chatId": chat, "seq": 1, "status": "delivered" }),
        json!({ "action": "updateStatus", "chatId": chat, "seq": 1, "status": "read" }),
        json!({ "action": "updateStatus", "chatId": chat, "seq": 2, "status": "read" }),
        json!({ "action": "typing", "chatId": chat }),
        json!({ "action": "watch", "chatId": chat }),
    ];
    let mut answers = Vec::new();
    for frame in frames {
        let mut answer = outsider.request(frame.clone()).await;
        answer.as_object_mut().unwrap().remove("id");
        answer["problem"].as_object_mut().unwrap().remove("requestId").expect("a request id");
        answers.push((frame, answer));
    }
    answers
}

#[tokio::test]
async fn private_an_outsider_gets_the_same_answers_as_for_an_unknown_chat() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let direct = ana.chat_with(&bruno).await;
    let group = ana.group_with(&[bruno.id()]).await;
    for chat in [direct, group] {
        let message = ana.sends(&chat, "Between us").await;
        let message_id = message["messageId"].as_str().unwrap();

        let foreign = call_everything(&carla, &chat, message_id).await;
        let missing = call_everything(&carla, &unknown_id(), &unknown_id()).await;
        let no_id = call_everything(&carla, "lobby", "first").await;
        for (((call, foreign), (_, missing)), (_, no_id)) in foreign.into_iter().zip(missing).zip(no_id) {
            foreign.problem(404);
            assert_eq!(foreign.clone().without_request_id(), missing.without_request_id(), "{call}");
            assert_eq!(foreign.without_request_id(), no_id.without_request_id(), "{call}");
        }

        let mut phone = carla.connects().await;
        let foreign = send_every_frame(&mut phone, &chat, message_id).await;
        let missing = send_every_frame(&mut phone, &unknown_id(), &unknown_id()).await;
        for ((frame, foreign), (_, missing)) in foreign.into_iter().zip(missing) {
            assert_eq!((&foreign["type"], &foreign["problem"]["status"]), (&json!("error"), &json!(404)), "{foreign}");
            assert_eq!(foreign, missing, "{frame}");
        }

        // The members see the chat, and nothing in it has changed.
        for member in [&ana, &bruno] {
            let history = member.history(&chat, "").await;
            assert_eq!(history.iter().map(|message| &message["messageId"]).collect::<Vec<_>>(), [message_id]);
            assert_eq!(history[0]["status"], "sent");
        }
        assert_eq!(bruno.listed(&chat).await["unreadCount"], 1);
        assert_eq!(carla.get("/chats").await.body["chats"], json!([]));
    }
}

#[tokio::test]
async fn private_an_invalid_request_gets_the_same_answer_for_a_foreign_and_an_unknown_chat() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let message = ana.sends(&chat, "Between us").await["messageId"].as_str().unwrap().to_owned();
    let invalid_requests = async |chat: &str, message: &str| {
        let messages = format!("/chats/{chat}/messages");
        [
            carla.get(&format!("{messages}?limit=0")).await.without_request_id(),
            carla.get(&format!("{messages}?before=1&after=1")).await.without_request_id(),
            carla.post(&messages, json!({ "content": "", "clientMessageId": "a" })).await.without_request_id(),
            carla.put(&format!("/messages/{message}/status"), json!({ "status": "seen" })).await.without_request_id(),
        ]
    };
    assert_eq!(invalid_requests(&chat, &message).await, invalid_requests(&unknown_id(), &unknown_id()).await);
}

#[tokio::test]
async fn private_an_outsider_receives_no_frame_of_a_group() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let mut outside = carla.connects().await;
    let (mut ana_phone, mut bruno_phone) = (ana.connects().await, bruno.connects().await);

    // The members receive every kind of frame: a new chat, a message, typing, a tick.
    let chat = ana.group_with(&[bruno.id()]).await;
    bruno_phone.receives("the chat", |frame| frame["type"] == "chat" && frame["chat"]["chatId"] == chat).await;
    ana.sends(&chat, "Between us").await;
    bruno_phone.receives_message(&chat, 1).await;
    ana_phone.request_ok(json!({ "action": "typing", "chatId": chat })).await;
    bruno_phone.receives("typing", |frame| frame["type"] == "typing" && frame["chatId"] == chat).await;
    bruno_phone.request_ok(json!({ "action": "updateStatus", "chatId": chat, "seq": 1, "status": "read" })).await;
    ana_phone.receives_tick(&chat, 1, "read").await;

    // Carla receives the message of her own chat, and no frame came before it.
    let own_chat = ana.chat_with(&carla).await;
    ana.sends(&own_chat, "Hello Carla").await;
    outside.receives_message(&own_chat, 1).await;
    let received = outside.received_frames().await;
    let foreign: Vec<_> = received.iter().filter(|frame| !frame.to_string().contains(&own_chat)).collect();
    assert_eq!(foreign, Vec::<&Value>::new(), "frames of a foreign chat");
}

#[tokio::test]
async fn private_an_outsider_receives_no_frame_of_a_direct_chat_and_cannot_write_to_it() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let mut phones = [ana.connects().await, bruno.connects().await];
    let mut outside = carla.connects().await;
    let chat = ana.chat_with(&bruno).await;
    call_everything(&carla, &chat, &unknown_id()).await;
    send_every_frame(&mut outside, &chat, &unknown_id()).await;

    ana.sends(&chat, "Hello Bruno").await;
    for phone in &mut phones {
        assert_eq!(phone.receives_message(&chat, 1).await["senderId"], ana.id(), "Carla's tries took no seq");
        let received = phone.received_frames().await;
        assert!(received.iter().all(|frame| !frame.to_string().contains(carla.id())), "{received:?}");
    }
    let own_chat = ana.chat_with(&carla).await;
    ana.sends(&own_chat, "Hello Carla").await;
    outside.receives_message(&own_chat, 1).await;
    let received = outside.received_frames().await;
    assert!(received.iter().all(|frame| !frame.to_string().contains(&chat)), "{received:?}");
}
