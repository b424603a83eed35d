//! Edits and deletions of messages (invariant 9): on all screens, in pages, previews and unread counts.

use futures::future::join_all;
use paloma_tests::{Answer, Person, World};
use reqwest::Method;
use serde_json::{Value, json};

pub(crate) async fn edit(editor: &Person, message: &Value, content: &str, version: u64) -> Answer {
    let path = format!("/messages/{}", message["messageId"].as_str().unwrap());
    let body = json!({ "content": content, "version": version });
    Answer::to(editor.request(Method::PATCH, &path).json(&body)).await
}

pub(crate) async fn delete(deleter: &Person, message: &Value) -> Answer {
    deleter.delete(&format!("/messages/{}", message["messageId"].as_str().unwrap())).await
}

pub(crate) async fn page(person: &Person, chat: &str, query: &str) -> Value {
    let page = person.get(&format!("/chats/{chat}/messages{query}")).await;
    assert_eq!(page.status, 200, "{page:?}");
    page.body
}

#[tokio::test]
async fn an_edit_shows_on_all_screens_in_pages_and_in_previews() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let sent = ana.sends(&chat, "Helo").await;
    bruno.acknowledges(&sent, "read").await;
    let (mut socket, mut own_socket) = (bruno.connects().await, ana.connects().await);
    let edited = edit(&ana, &sent, "Hello", 0).await;
    assert_eq!((edited.status, &edited.body["content"]), (200, &json!("Hello")), "{edited:?}");
    assert_eq!(edited.body["version"], 1);
    for socket in [&mut socket, &mut own_socket] {
        let frame = socket.receives("the change", |frame| frame["type"] == "change").await;
        assert_eq!((&frame["chatId"], &frame["changeSeq"]), (&json!(chat), &json!(1)));
        assert_eq!(frame["message"]["content"], "Hello");
    }
    for person in [&ana, &bruno] {
        let page = page(person, &chat, "").await;
        let message = &page["messages"][0];
        assert_eq!((&message["content"], &message["status"]), (&json!("Hello"), &json!("read")), "ticks stay");
        assert!(message["editedAt"].is_u64() && page["changeSeq"] == 1, "{page}");
        let listed = person.listed(&chat).await;
        assert_eq!((&listed["lastMessage"]["content"], &listed["changeSeq"]), (&json!("Hello"), &json!(1)));
    }
    assert_eq!(edit(&ana, &sent, "Hello", 0).await.body["version"], 1, "a repetition changes nothing");
    let outdated = edit(&ana, &sent, "Hallo", 0).await;
    assert_eq!((outdated.status, &outdated.body["message"]["content"]), (409, &json!("Hello")), "{outdated:?}");
    assert_eq!(edit(&ana, &sent, "Hallo", 1).await.body["version"], 2);
    assert_eq!(edit(&bruno, &sent, "Mine", 2).await.status, 403);
    assert_eq!(edit(&carla, &sent, "Mine", 2).await.status, 404);
    assert_eq!(delete(&carla, &sent).await.status, 404);
    assert_eq!(edit(&ana, &sent, " ", 2).await.status, 400);
    assert_eq!(page(&bruno, &chat, "").await["messages"][0]["content"], "Hallo");
}

#[tokio::test]
async fn a_deletion_leaves_a_tombstone_and_no_unread_message_and_no_edit_restores_it() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let (first, second) = (ana.sends(&chat, "First").await, ana.sends(&chat, "A secret").await);
    let mut socket = bruno.connects().await;
    assert_eq!(delete(&bruno, &second).await.status, 403);
    let deleted = delete(&ana, &second).await;
    assert_eq!((deleted.status, &deleted.body["content"]), (200, &Value::Null), "{deleted:?}");
    assert_eq!(deleted.body["deletedBy"], json!(ana.id()));
    let frame = socket.receives("the change", |frame| frame["type"] == "change").await;
    assert_eq!((&frame["message"]["seq"], &frame["message"]["content"]), (&json!(2), &Value::Null));
    assert_eq!(delete(&ana, &second).await.body["version"], 1, "a repetition changes nothing");
    let edited = edit(&ana, &second, "A secret", 1).await;
    assert_eq!((edited.status, &edited.body["message"]["content"]), (409, &Value::Null), "{edited:?}");

    let listed = bruno.listed(&chat).await;
    assert_eq!((&listed["unreadCount"], &listed["lastSeq"]), (&json!(1), &json!(2)), "{listed}");
    assert_eq!(listed["lastMessage"]["content"], Value::Null);
    let page = page(&bruno, &chat, "").await;
    assert_eq!(page["messages"][1]["deletedBy"], json!(ana.id()));
    assert!(!page.to_string().contains("secret"), "{page}");
    bruno.acknowledges(&first, "read").await;
    assert_eq!(bruno.listed(&chat).await["unreadCount"], 0);
}

#[tokio::test]
async fn a_client_that_was_offline_catches_up_with_one_call() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let mut sent = Vec::new();
    for number in 0..6 {
        sent.push(ana.sends(&chat, &format!("Message {number}")).await);
    }
    let before = page(&bruno, &chat, "").await;
    assert_eq!((&before["changeSeq"], &before["changed"]), (&json!(0), &json!([])));
    for (index, message) in sent.iter().enumerate().take(4) {
        assert_eq!(edit(&ana, message, &format!("Edited {index}"), 0).await.status, 200);
    }
    assert_eq!(delete(&ana, &sent[0]).await.status, 200);
    ana.sends(&chat, "Message 6").await;

    let caught_up = page(&bruno, &chat, "?after=6&changedAfter=0").await;
    let changed = caught_up["changed"].as_array().unwrap();
    let seqs: Vec<_> = changed.iter().map(|message| message["seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, [2, 3, 4, 1], "each message once, by its last change");
    assert_eq!((&changed[3]["content"], &changed[0]["content"]), (&Value::Null, &json!("Edited 1")));
    assert_eq!((&caught_up["changeSeq"], &caught_up["hasMoreChanges"]), (&json!(5), &json!(false)));
    assert_eq!(caught_up["messages"][0]["content"], "Message 6");
    let rest = page(&bruno, &chat, "?after=7&changedAfter=4").await;
    assert_eq!(rest["changed"].as_array().unwrap().len(), 1, "{rest}");
    assert_eq!(page(&bruno, &chat, "?after=7&changedAfter=5").await["changed"], json!([]));
    let reset = page(&bruno, &chat, "?after=7&changedAfter=99").await;
    assert_eq!((&reset["reset"], &reset["changeSeq"]), (&json!(true), &json!(5)), "a cursor without its changes");
    for query in ["changedAfter=x", "changedAfter=-1", "changedAfter=1&before=3"] {
        assert_eq!(bruno.get(&format!("/chats/{chat}/messages?{query}")).await.status, 400, "{query}");
    }
}

#[tokio::test]
async fn gapless_changes_and_sends_at_once_end_in_one_state() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let mut sent = Vec::new();
    for number in 0..5 {
        sent.push(ana.sends(&chat, &format!("Message {number}")).await);
    }
    let edits = join_all(sent.iter().map(async |message| {
        let edited = edit(&ana, message, "Edited", 0).await;
        let sent = ana.sends(&chat, "Meanwhile").await;
        assert_eq!((edited.status, delete(&ana, &sent).await.status), (200, 200));
        edited.body["version"].as_u64().unwrap()
    }));
    let mut versions = edits.await;
    versions.sort_unstable();
    versions.dedup();
    assert_eq!(versions.len(), 5, "each change has a number of its own: {versions:?}");
    let caught_up = page(&bruno, &chat, "?after=0&changedAfter=0").await;
    assert_eq!((&caught_up["changeSeq"], &caught_up["lastSeq"]), (&json!(10), &json!(10)), "{caught_up}");
    let versions: Vec<_> =
        caught_up["changed"].as_array().unwrap().iter().map(|message| message["version"].as_u64().unwrap()).collect();
    assert_eq!(versions, (1..=10).collect::<Vec<_>>());
    let listed = bruno.listed(&chat).await;
    assert_eq!((&listed["unreadCount"], &listed["changeSeq"]), (&json!(5), &json!(10)), "{listed}");
}
