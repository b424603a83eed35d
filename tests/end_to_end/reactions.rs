//! Reactions to messages (invariant 9): on all screens, in pages and in catch-ups, and no effect on anything else.

use paloma_tests::{Answer, Person, Phone, World, until};
use serde_json::{Value, json};

use crate::erase::until_summarised;
use crate::message_changes::{delete, edit, page};

fn path(message: &Value) -> String {
    format!("/messages/{}/reaction", message["messageId"].as_str().unwrap())
}

pub(crate) async fn react(person: &Person, message: &Value, emoji: &str) -> Answer {
    person.put(&path(message), json!({ "emoji": emoji })).await
}

pub(crate) async fn unreact(person: &Person, message: &Value) -> Answer {
    person.delete(&path(message)).await
}

/// The reactions to a message as a page shows them to this person: each kind with its people, and the own one.
pub(crate) async fn seen(person: &Person, message: &Value) -> (Vec<(String, Value)>, Value) {
    let history = person.history(message["chatId"].as_str().unwrap(), "?limit=100").await;
    let found = history.iter().find(|found| found["messageId"] == message["messageId"]).expect("the message");
    let reactions = &found["reactions"];
    let kinds = reactions["kinds"].as_array().cloned().unwrap_or_default();
    let kinds = kinds.iter().map(|kind| (kind["emoji"].as_str().unwrap().to_owned(), kind["userIds"].clone()));
    (kinds.collect(), reactions["mine"].clone())
}

/// Waits until a page shows these kinds to this person. `mine` is the own one.
pub(crate) async fn until_seen(person: &Person, message: &Value, kinds: &[(&str, Value)], mine: Value) {
    let kinds: Vec<_> = kinds.iter().map(|(emoji, people)| ((*emoji).to_owned(), people.clone())).collect();
    let expected = (kinds, mine);
    until("the reactions", async || (seen(person, message).await == expected).then_some(())).await;
}

/// A message as the send's answer, and the chat that it is in.
async fn sent(sender: &Person, chat: &str, content: &str) -> Value {
    let mut message = sender.sends(chat, content).await;
    message["chatId"] = json!(chat);
    message
}

#[tokio::test]
async fn a_reaction_shows_on_all_screens_changes_and_goes() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let message = sent(&ana, &chat, "We won").await;
    let (mut socket, mut own_socket) = (ana.connects().await, bruno.connects().await);
    let reacted = react(&bruno, &message, "\u{2764}").await;
    assert_eq!((reacted.status, &reacted.body["emoji"]), (200, &json!("❤️")), "{reacted:?}");
    for socket in [&mut socket, &mut own_socket] {
        let frame = socket.receives("the change", |frame| frame["type"] == "change").await;
        assert_eq!((&frame["changeSeq"], &frame["reactedBy"]), (&json!(1), &json!(bruno.id())));
        let kind = json!({ "emoji": "❤️", "count": 1, "userIds": [bruno.id()] });
        assert_eq!(frame["message"]["reactions"], json!({ "count": 1, "kinds": [kind] }));
        assert_eq!((&frame["message"]["content"], &frame["message"]["version"]), (&json!("We won"), &json!(1)));
    }
    until_seen(&ana, &message, &[("❤️", json!([bruno.id()]))], Value::Null).await;
    until_seen(&bruno, &message, &[("❤️", json!([bruno.id()]))], json!("❤️")).await;

    assert_eq!(react(&bruno, &message, "❤️").await.body["changedAt"], reacted.body["changedAt"], "a repetition");
    assert_eq!(react(&ana, &message, "❤️").await.status, 200);
    until_seen(&bruno, &message, &[("❤️", json!([bruno.id(), ana.id()]))], json!("❤️")).await;
    assert_eq!(react(&bruno, &message, "🎉").await.status, 200);
    let both = [("❤️", json!([ana.id()])), ("🎉", json!([bruno.id()]))];
    until_seen(&bruno, &message, &both, json!("🎉")).await;
    for _ in 0..2 {
        let removed = unreact(&bruno, &message).await;
        assert_eq!((removed.status, &removed.body["emoji"]), (200, &Value::Null), "{removed:?}");
    }
    until_seen(&bruno, &message, &[("❤️", json!([ana.id()]))], Value::Null).await;
    assert_eq!(unreact(&ana, &message).await.status, 200);
    until_seen(&bruno, &message, &[], Value::Null).await;
    assert_eq!(page(&ana, &chat, "").await["changeSeq"], 5, "repetitions made no change");
}

#[tokio::test]
async fn a_reaction_pushes_nothing_and_leaves_previews_and_unread_counts() {
    let [ana, bruno] = World::get().await.people().await;
    let phone = Phone::of(&ana, "fcm").await;
    let chat = ana.chat_with(&bruno).await;
    let message = sent(&ana, &chat, "We won").await;
    until_summarised(&bruno, &chat, 1).await;
    let (before, own) = (bruno.listed(&chat).await, ana.listed(&chat).await);
    assert_eq!(react(&bruno, &message, "👍").await.status, 200);
    until_seen(&ana, &message, &[("👍", json!([bruno.id()]))], Value::Null).await;
    for (person, before) in [(&bruno, before), (&ana, own)] {
        let now = person.listed(&chat).await;
        for field in ["lastMessage", "lastMessageTime", "unreadCount", "lastSeq", "readSeq"] {
            assert_eq!(now[field], before[field], "{field}");
        }
    }
    // The push of a message after it is the first one that the phone gets.
    sent(&bruno, &chat, "Congratulations").await;
    phone.receives_alert(&chat, 2).await;
    assert_eq!(phone.pushes().await.len(), 1);
}

#[tokio::test]
async fn a_text_that_is_no_emoji_changes_nothing() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let message = sent(&ana, &chat, "Hello").await;
    for emoji in ["", " ", "a", "1", "👍👍", "👍 ", ":+1:", "\u{200d}", "🇪", &"👍".repeat(100)] {
        let rejected = react(&bruno, &message, emoji).await;
        assert_eq!(rejected.problem(400), ["emoji"], "{emoji:?}");
        assert!(rejected.body["errors"][0]["reason"].as_str().unwrap().contains("one emoji"), "{rejected:?}");
    }
    for body in [json!({}), json!({ "emoji": null }), json!({ "emoji": 1 }), json!([])] {
        assert_eq!(bruno.put(&path(&message), body.clone()).await.status, 400, "{body}");
    }
    assert_eq!(seen(&bruno, &message).await, (vec![], Value::Null));
    assert_eq!(page(&bruno, &chat, "").await["changeSeq"], 0);
}

#[tokio::test]
async fn members_react_former_members_may_not_and_for_strangers_there_is_no_message() {
    let [ana, bruno, carla, dora] = World::get().await.people().await;
    let chat = ana.group_with(&[bruno.id(), carla.id()]).await;
    let message = sent(&ana, &chat, "Hello").await;
    assert_eq!(react(&carla, &message, "👍").await.status, 200);
    until_seen(&bruno, &message, &[("👍", json!([carla.id()]))], Value::Null).await;
    let only_admins = ana.request(reqwest::Method::PATCH, &format!("/chats/{chat}"));
    let only_admins = Answer::to(only_admins.json(&json!({ "onlyAdminsWrite": true }))).await;
    assert_eq!(only_admins.status, 200, "{only_admins:?}");
    assert_eq!(react(&bruno, &message, "👍").await.status, 200, "all members react, also if only admins write");
    assert_eq!(carla.delete(&format!("/chats/{chat}/members/{}", carla.id())).await.status, 200);
    for answer in [react(&carla, &message, "🎉").await, unreact(&carla, &message).await] {
        answer.problem(403);
    }
    let unknown = json!({ "messageId": ana.id() });
    for answer in [
        react(&dora, &message, "🎉").await,
        unreact(&dora, &message).await,
        react(&ana, &unknown, "🎉").await,
        unreact(&ana, &unknown).await,
    ] {
        answer.problem(404);
    }
    let system = ana.history(&chat, "").await.pop().expect("the leaving");
    assert!(system["kind"].is_object(), "{system}");
    react(&ana, &system, "👍").await.problem(403);
    until_seen(&bruno, &message, &[("👍", json!([carla.id(), bruno.id()]))], json!("👍")).await;
}

#[tokio::test]
async fn terminal_a_deleted_message_has_no_reactions_and_takes_none() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let message = sent(&ana, &chat, "A secret").await;
    assert_eq!(react(&bruno, &message, "👍").await.status, 200);
    until_seen(&ana, &message, &[("👍", json!([bruno.id()]))], Value::Null).await;
    let deleted = delete(&ana, &message).await;
    assert_eq!((deleted.status, &deleted.body["reactions"]), (200, &Value::Null), "{deleted:?}");
    let rejected = react(&bruno, &message, "🎉").await;
    rejected.problem(409);
    assert_eq!(rejected.body["message"]["content"], Value::Null, "{rejected:?}");
    assert_eq!(unreact(&bruno, &message).await.status, 200);
    assert_eq!(seen(&bruno, &message).await, (vec![], Value::Null));
    let reactions = world.environment(&paloma_tests::Calls::default()).reactions().unwrap();
    let message_id = message["messageId"].as_str().unwrap().parse().unwrap();
    until("the rows to go", async || reactions.of_message(message_id).await.unwrap().is_empty().then_some(())).await;
    assert_eq!(page(&bruno, &chat, "").await["changeSeq"], 2, "a reaction and the deletion");
}

#[tokio::test]
async fn an_edit_after_reactions_works_with_the_version_that_was_edited() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let message = sent(&ana, &chat, "Helo").await;
    assert_eq!(react(&bruno, &message, "👍").await.status, 200);
    until_seen(&ana, &message, &[("👍", json!([bruno.id()]))], Value::Null).await;
    let edited = edit(&ana, &message, "Hello", 0).await;
    assert_eq!((edited.status, &edited.body["version"]), (200, &json!(2)), "{edited:?}");
    assert_eq!(edited.body["reactions"]["count"], 1, "an edit keeps reactions");
    assert_eq!(react(&bruno, &message, "🎉").await.status, 200);
    until_seen(&ana, &message, &[("🎉", json!([bruno.id()]))], Value::Null).await;
    for outdated in [0, 1] {
        edit(&ana, &message, "Hallo", outdated).await.problem(409);
    }
    assert_eq!(edit(&ana, &message, "Hallo", 2).await.status, 200, "the version of the edit, before the reaction");
    assert_eq!(seen(&ana, &message).await.0, [("🎉".to_owned(), json!([bruno.id()]))]);
    let again = json!({ "content": "Other", "clientMessageId": message["clientMessageId"] });
    assert_eq!(ana.post(&format!("/chats/{chat}/messages"), again).await.status, 202, "a repeated send, after an edit");
}

#[tokio::test]
async fn a_client_that_was_offline_catches_up_with_each_message_once() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let mut messages = Vec::new();
    for number in 0..4 {
        messages.push(sent(&ana, &chat, &format!("Message {number}")).await);
    }
    for (message, emoji) in [(0, "👍"), (2, "🎉"), (0, "😂")] {
        assert_eq!(react(&bruno, &messages[message], emoji).await.status, 200);
        until_seen(&bruno, &messages[message], &[(emoji, json!([bruno.id()]))], json!(emoji)).await;
    }
    assert_eq!(edit(&ana, &messages[1], "Edited", 0).await.status, 200);
    for (person, mine) in [(&ana, Value::Null), (&bruno, json!("😂"))] {
        let caught_up = page(person, &chat, "?after=4&changedAfter=0").await;
        let changed = caught_up["changed"].as_array().unwrap();
        let seqs: Vec<_> = changed.iter().map(|message| message["seq"].as_u64().unwrap()).collect();
        assert_eq!((seqs, &caught_up["changeSeq"]), (vec![3, 1, 2], &json!(4)), "{caught_up}");
        let reactions = &changed[1]["reactions"];
        assert_eq!((&reactions["kinds"][0]["emoji"], &reactions["mine"]), (&json!("😂"), &mine));
    }
}
