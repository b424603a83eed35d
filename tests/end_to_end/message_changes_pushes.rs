//! Pushes and unread counts after edits and deletions (invariants 8 and 9).

use ::push::Pusher;
use futures::future::join_all;
use paloma::queue::Notification;
use paloma_tests::{Calls, Person, Phone, World, until};
use serde_json::Value;

use crate::message_changes::{delete, edit};
use crate::push::consume;

/// Waits until the last alert on a phone has this text.
async fn until_shown(phone: &Phone, text: &str) {
    until(&format!("the alert {text:?}"), async || {
        phone.alerts().await.last().is_some_and(|alert| alert.body == text).then_some(())
    })
    .await;
}

/// Hands the push of a changed message to push, as a replayed job does.
async fn replay(message: &Value, recipient: &Person) {
    let pusher = Pusher::new(&World::get().await.environment(&Calls::default())).unwrap();
    let message = serde_json::from_value(message.clone()).unwrap();
    let job = Notification::replacing(&message, vec![recipient.id().parse().unwrap()]);
    assert_eq!(consume(&pusher, &job).await, Vec::<String>::new());
}

/// Waits until the member's row has the push of this version.
async fn until_marked(chat: &str, person: &Person, version: &str) {
    let key = format!("{chat}#{}", person.id());
    until(&format!("the mark of version {version}"), async || {
        let row = World::get().await.row("chats", "chatId", &key).await.expect("a member");
        row.get("pushedVersion").is_some_and(|pushed| pushed.as_n().is_ok_and(|pushed| pushed == version)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn quiet_a_push_that_was_sent_is_replaced_once_by_the_edit_and_once_by_the_deletion() {
    let [ana, bruno] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "apns").await;
    let chat = ana.chat_with(&bruno).await;
    let sent = ana.sends(&chat, "A secret").await;
    until_shown(&phone, "A secret").await;
    let edited = edit(&ana, &sent, "Edited", 0).await;
    until_shown(&phone, "Edited").await;
    until_marked(&chat, &bruno, "1").await;
    replay(&edited.body, &bruno).await;
    assert_eq!(phone.alerts().await.len(), 2, "a replay pushes nothing");
    let pushes = phone.pushes().await;
    let sounds: Vec<_> = pushes.iter().map(|push| push.message["aps"]["sound"].is_string()).collect();
    assert_eq!(sounds, [true, false], "the edit makes no sound: {pushes:?}");

    let deleted = delete(&ana, &sent).await;
    until_shown(&phone, "This message was deleted").await;
    until_marked(&chat, &bruno, "2").await;
    for message in [&deleted.body, &edited.body] {
        replay(message, &bruno).await;
    }
    assert_eq!(phone.alerts().await.len(), 3, "a replay pushes nothing");
    ana.sends(&chat, "Next").await;
    assert_eq!(phone.receives_alert(&chat, 2).await.badge, 1);
}

#[tokio::test]
async fn quiet_the_change_of_a_message_that_was_not_pushed_last_pushes_nothing() {
    let [ana, bruno] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let chat = ana.chat_with(&bruno).await;
    let first = ana.sends(&chat, "First").await;
    ana.sends(&chat, "Second").await;
    phone.receives_alert(&chat, 2).await;
    until("the mark", async || (crate::push::pushed_seq(&chat, &bruno).await == 2).then_some(())).await;
    let before = phone.alerts().await.len();
    let deleted = delete(&ana, &first).await;
    replay(&deleted.body, &bruno).await;
    assert_eq!(phone.alerts().await.len(), before);
}

#[tokio::test]
async fn unread_counts_and_badges_are_exact_after_ten_deletions() {
    let [ana, bruno] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let chat = ana.chat_with(&bruno).await;
    let mut sent = Vec::new();
    for number in 1..=14 {
        sent.push(ana.sends(&chat, &format!("Message {number}")).await);
    }
    assert_eq!(bruno.acknowledges(&sent[1], "read").await.status, 200);
    assert_eq!(delete(&ana, &sent[0]).await.status, 200, "Bruno has read this one");
    let deleted = join_all(sent[2..12].iter().map(|message| delete(&ana, message))).await;
    assert!(deleted.iter().all(|answer| answer.status == 200), "{deleted:?}");
    assert_eq!(bruno.listed(&chat).await["unreadCount"], 2);
    assert_eq!(bruno.get(&format!("/chats/{chat}")).await.body["unreadCount"], 2);
    ana.sends(&chat, "Message 15").await;
    assert_eq!(phone.receives_alert(&chat, 15).await.badge, 3);
}
