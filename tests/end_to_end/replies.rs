//! Replies: the quote of a message is what the reader may see of it now.

use paloma::domain::{MessageId, UserId};
use paloma_tests::{Answer, Calls, Person, World};
use send_message::SendMessage;
use serde_json::{Value, json};

use crate::durable::draft;
use crate::group_members::{add, remove};
use crate::message_changes::{delete, edit, page};

async fn reply(sender: &Person, chat: &str, content: &str, answered: &Value) -> Answer {
    let id = format!("{:032x}", fastrand::u128(..));
    let body = json!({ "content": content, "clientMessageId": id, "replyTo": answered["messageId"] });
    sender.post(&format!("/chats/{chat}/messages"), body).await
}

/// The quote in the last message of a page.
async fn quote(person: &Person, chat: &str, query: &str) -> Value {
    page(person, chat, query).await["messages"].as_array().unwrap().last().unwrap()["replyTo"].clone()
}

#[tokio::test]
async fn a_quote_shows_the_answered_message_as_it_is_now_and_says_when_it_is_gone() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let first = ana.sends(&chat, "A qestion").await;
    let mut screen = ana.connects().await;
    assert_eq!(reply(&bruno, &chat, "An answer", &first).await.status, 202);
    let frame = screen.receives_message(&chat, 2).await;
    assert_eq!(frame["replyTo"], json!({ "messageId": first["messageId"] }), "{frame}");
    let shown =
        |preview: &str| json!({ "messageId": first["messageId"], "seq": 1, "senderId": ana.id(), "preview": preview });
    // The page has the answered message, or reads it.
    for query in ["", "?after=1", "?limit=1"] {
        assert_eq!(quote(&ana, &chat, query).await, shown("A qestion"), "{query}");
    }
    assert_eq!(edit(&ana, &first, "A question", 0).await.status, 200);
    for query in ["", "?after=1"] {
        assert_eq!(quote(&bruno, &chat, query).await, shown("A question"), "{query}");
    }
    // Hidden for Bruno alone.
    let hidden = bruno.post(&format!("/messages/{}/hide", first["messageId"].as_str().unwrap()), json!({})).await;
    assert_eq!(hidden.status, 200);
    let gone = json!({ "messageId": first["messageId"], "gone": true });
    assert_eq!((quote(&bruno, &chat, "").await, quote(&ana, &chat, "").await), (gone.clone(), shown("A question")));
    assert_eq!(delete(&ana, &first).await.status, 200);
    for query in ["", "?after=1"] {
        assert_eq!(quote(&ana, &chat, query).await, gone, "{query}");
    }
    assert_eq!(reply(&bruno, &chat, "Too late", &first).await.status, 202, "Bruno saw it before it was deleted");

    let answer = ana.history(&chat, "?after=1").await[0].clone();
    let deleted = delete(&bruno, &answer).await;
    assert_eq!((deleted.status, &deleted.body["replyTo"]), (200, &Value::Null), "a tombstone answers nothing");
}

#[tokio::test]
async fn windows_a_quote_shows_no_message_from_another_time() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let chat = ana.group_with(&[bruno.id()]).await;
    let early = ana.sends(&chat, "Before Carla").await;
    assert_eq!(add(&ana, &chat, &[carla.id()]).await.status, 200);
    let mut screen = carla.connects().await;
    assert_eq!(reply(&bruno, &chat, "About it", &early).await.status, 202);
    let frame = screen.receives_message(&chat, 3).await;
    assert!(!frame.to_string().contains("Before"), "{frame}");
    assert_eq!(quote(&carla, &chat, "").await["gone"], true);
    assert_eq!(quote(&ana, &chat, "").await["preview"], "Before Carla");
    assert_eq!(reply(&carla, &chat, "What was it?", &early).await.problem(400), ["replyTo"]);

    assert_eq!(remove(&ana, &chat, bruno.id()).await.status, 200);
    assert_eq!(edit(&ana, &early, "After Bruno", 0).await.status, 200);
    let seen = page(&bruno, &chat, "?after=2").await;
    assert_eq!(seen["messages"][0]["replyTo"]["preview"], "Before Carla", "as Bruno left it: {seen}");
}

#[tokio::test]
async fn a_reply_is_to_a_visible_message_of_the_same_chat_and_its_repetition_answers_the_same_one() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let (chat, other) = (ana.chat_with(&bruno).await, ana.chat_with(&carla).await);
    let (first, elsewhere) = (ana.sends(&chat, "Here").await, ana.sends(&other, "Elsewhere").await);
    let unknown = json!({ "messageId": UserId::random().to_string() });
    for bad in [&elsewhere, &unknown, &json!({ "messageId": "x" })] {
        assert_eq!(reply(&ana, &chat, "To what?", bad).await.problem(400), ["replyTo"], "{bad}");
    }
    let body = |answered: &Value| json!({ "content": "Once", "clientMessageId": "one", "replyTo": answered });
    let path = format!("/chats/{chat}/messages");
    let sent = bruno.post(&path, body(&first["messageId"])).await;
    assert_eq!(bruno.post(&path, body(&first["messageId"])).await.body, sent.body);
    assert_eq!(bruno.post(&path, body(&Value::Null)).await.problem(409), Vec::<String>::new(), "another message");
    let mut socket = bruno.connects().await;
    let mut frame = body(&first["messageId"]);
    (frame["action"], frame["chatId"], frame["clientMessageId"]) = (json!("sendMessage"), json!(chat), json!("two"));
    assert_eq!(socket.request_ok(frame).await["seq"], 3);
    assert_eq!(quote(&ana, &chat, "").await["preview"], "Here");
}

#[tokio::test]
async fn a_reply_costs_one_read_more_than_another_message() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let first: MessageId = ana.sends(&chat, "First").await["messageId"].as_str().unwrap().parse().unwrap();
    let calls_of = async |reply_to| {
        let calls = Calls::default();
        let send_message = SendMessage::new(&world.environment(&calls)).unwrap();
        let draft = paloma::domain::Draft { reply_to, ..draft(chat.parse().unwrap(), &ana) };
        send_message.send(ana.session(), draft, None).await.unwrap();
        let mut made = calls.made();
        made.sort();
        made
    };
    let plain = calls_of(None).await;
    assert_eq!(plain, ["BatchGetItem", "SendMessage", "SendMessage", "TransactWriteItems"]);
    let mut expected = [plain, vec!["GetItem".to_owned()]].concat();
    expected.sort();
    assert_eq!(calls_of(Some(first)).await, expected);
}
