//! Reports of messages, users and chats: their copies, and the callers who may not report.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::join_all;
use paloma::domain::{Report, ReportId, ReportTarget, ReportedItem, UserId};
use paloma::store::Reports;
use paloma_tests::{Answer, Calls, Person, World};
use serde_json::{Value, json};

use crate::blocks::block;
use crate::erase::erased;
use crate::group_members::{add, remove};
use crate::message_changes::{delete, edit};
use crate::presence::id;

const REASON: &str = "This is a threat.";

pub(crate) async fn report(person: &Person, item: Value) -> Answer {
    let mut body = item;
    body["reason"] = json!(REASON);
    person.post("/reports", body).await
}

pub(crate) fn of_message(message: &Value) -> Value {
    json!({ "messageId": message["messageId"] })
}

/// The table, read as an administrator.
pub(crate) async fn table() -> Reports {
    World::get().await.environment(&Calls::default()).reports().unwrap()
}

/// The stored report of an answer.
pub(crate) async fn stored(answer: &Answer) -> Report {
    assert!(matches!(answer.status, 200 | 201), "{answer:?}");
    let id: ReportId = answer.text("reportId").parse().unwrap();
    table().await.report(id).await.unwrap().expect("a report")
}

/// Whether a user has reported an item.
async fn has_reported(person: &Person, item: ReportTarget) -> bool {
    table().await.report(ReportId::derive(id(person), item)).await.unwrap().is_some()
}

fn target_of(message: &Value) -> ReportTarget {
    ReportTarget::Message(message["messageId"].as_str().unwrap().parse().unwrap())
}

async fn row_of(answer: &Answer) -> HashMap<String, AttributeValue> {
    World::get().await.row("reports", "reportId", &answer.text("reportId")).await.expect("a row")
}

#[tokio::test]
async fn a_report_has_a_copy_of_a_message_a_user_or_a_chat_and_is_kept_for_90_days() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.group_with(&[bruno.id()]).await;
    let sent = ana.sends(&chat, "A threat").await;
    let of_message = report(&bruno, of_message(&sent)).await;
    assert_eq!(of_message.status, 201, "{of_message:?}");
    // The copy stays as it was.
    assert_eq!(edit(&ana, &sent, "A joke", 0).await.status, 200);
    assert_eq!(delete(&ana, &sent).await.status, 200);
    let stored_message = stored(&of_message).await;
    let ReportedItem::Message { seq, sender_id, content, .. } = &stored_message.item else { panic!("a message") };
    assert_eq!((u64::from(*seq), *sender_id), (1, id(&ana)));
    assert_eq!(content.clone().map(String::from).as_deref(), Some("A threat"));
    assert_eq!(stored_message.reporter_id, Some(id(&bruno)));
    assert_eq!(stored_message.reason.as_ref().map(|reason| reason.as_str()), Some(REASON));
    assert!(stored_message.is_open());

    let of_user = stored(&report(&bruno, json!({ "userId": ana.id() })).await).await;
    let ReportedItem::User { user_id, name, .. } = of_user.item else { panic!("a user") };
    assert_eq!((user_id, name.is_some()), (id(&ana), true));
    let of_chat = stored(&report(&bruno, json!({ "chatId": chat })).await).await;
    let ReportedItem::Chat { created_by, name, .. } = of_chat.item else { panic!("a chat") };
    assert_eq!((created_by, name.map(String::from).as_deref()), (id(&ana), Some("Group")));

    let row = row_of(&of_message).await;
    let number = |name: &str| row[name].as_n().unwrap().parse::<u64>().unwrap();
    assert_eq!(number("ttl"), number("reportedAt") / 1_000 + 90 * 24 * 3_600);
    let log = World::get().await.log_of("people");
    let lines: Vec<_> = log.iter().map(Value::to_string).filter(|line| line.contains(bruno.id())).collect();
    assert!(!lines.is_empty() && !lines.iter().any(|line| line.contains("threat")), "{lines:?}");
}

#[tokio::test]
async fn idempotent_a_repeated_report_makes_no_second_one() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let chat = ana.group_with(&[bruno.id(), carla.id()]).await;
    let sent = ana.sends(&chat, "A threat").await;
    let answers = join_all((0..4).map(|_| report(&bruno, of_message(&sent)))).await;
    let created = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(created, 1, "{answers:?}");
    assert!(answers.iter().all(|answer| answer.body == answers[0].body), "{answers:?}");
    let other = json!({ "messageId": sent["messageId"], "reason": "Another reason" });
    assert_eq!(bruno.post("/reports", other).await.body, answers[0].body);
    assert_eq!(stored(&answers[0]).await.reason.unwrap().as_str(), REASON, "the first reason stays");
    // Another user makes another report.
    let of_carla = report(&carla, of_message(&sent)).await;
    assert_eq!(of_carla.status, 201);
    assert_ne!(of_carla.body["reportId"], answers[0].body["reportId"]);
    let item = stored(&of_carla).await.item;
    let all: Vec<_> = table().await.of_item(&item).await.unwrap();
    assert_eq!(all.len(), 2, "{all:?}");
}

#[tokio::test]
async fn invalid_reports_get_clear_problems_and_change_nothing() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let sent = ana.sends(&chat, "Hello").await;
    let (message, all) = (&sent["messageId"], ["messageId", "userId", "chatId"]);
    let long = "a".repeat(1_001);
    for (body, fields) in [
        (json!({ "reason": REASON }), all.to_vec()),
        (json!({ "messageId": null, "reason": REASON }), all.to_vec()),
        (json!({ "messageId": message, "chatId": chat, "reason": REASON }), vec!["messageId", "chatId"]),
        (json!({ "messageId": message, "userId": ana.id(), "chatId": chat, "reason": REASON }), all.to_vec()),
        (json!({ "messageId": message }), vec!["reason"]),
        (json!({ "messageId": message, "reason": " \u{200b}" }), vec!["reason"]),
        (json!({ "messageId": message, "reason": "a\u{0}" }), vec!["reason"]),
        (json!({ "messageId": message, "reason": long }), vec!["reason"]),
        (json!({ "messageId": message, "reason": 7 }), vec!["reason"]),
        (json!({ "messageId": "7", "reason": REASON }), vec!["messageId"]),
        (json!({ "userId": bruno.id(), "reason": REASON }), vec!["userId"]),
    ] {
        assert_eq!(bruno.post("/reports", body.clone()).await.problem(400), fields, "{body}");
    }
    // The caller's own message.
    assert_eq!(report(&ana, of_message(&sent)).await.problem(400), ["messageId"]);
    for body in [b"[]".to_vec(), b"".to_vec(), b"\xff".to_vec()] {
        assert_eq!(bruno.post_bytes("/reports", body).await.status, 400);
    }
    for (person, target) in [
        (&bruno, target_of(&sent)),
        (&ana, target_of(&sent)),
        (&bruno, ReportTarget::User(id(&ana))),
        (&bruno, ReportTarget::User(id(&bruno))),
        (&bruno, ReportTarget::Chat(chat.parse().unwrap())),
    ] {
        assert!(!has_reported(person, target).await, "{target}");
    }
}

#[tokio::test]
async fn private_strangers_cannot_report_and_learn_nothing() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let sent = ana.sends(&chat, "Between us").await;
    let unknown = UserId::random();
    for (item, missing, target) in [
        (of_message(&sent), json!({ "messageId": unknown }), target_of(&sent)),
        (json!({ "userId": ana.id() }), json!({ "userId": unknown }), ReportTarget::User(id(&ana))),
        (json!({ "chatId": chat }), json!({ "chatId": unknown }), ReportTarget::Chat(chat.parse().unwrap())),
    ] {
        let refused = report(&carla, item).await;
        assert_eq!(refused.problem(404), Vec::<String>::new());
        assert_eq!(refused.without_request_id(), report(&carla, missing).await.without_request_id());
        assert!(!has_reported(&carla, target).await);
    }
}

#[tokio::test]
async fn windows_a_message_outside_of_them_or_hidden_or_without_content_cannot_be_reported() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let chat = ana.group_with(&[bruno.id()]).await;
    let before = ana.sends(&chat, "Before Carla").await;
    add(&ana, &chat, &[carla.id()]).await;
    let visible = ana.sends(&chat, "To Carla").await;
    let hidden = ana.sends(&chat, "Hidden by Carla").await;
    let hide = format!("/messages/{}/hide", hidden["messageId"].as_str().unwrap());
    assert_eq!(carla.post(&hide, json!({})).await.status, 200);
    assert_eq!(edit(&ana, &visible, "Edited for Carla", 0).await.status, 200);
    let removed = remove(&ana, &chat, carla.id()).await.body["message"].clone();
    let after = ana.sends(&chat, "After Carla").await;
    assert_eq!(edit(&ana, &visible, "Edited after Carla", 1).await.status, 200);

    for message in [&before, &hidden, &after] {
        assert_eq!(report(&carla, of_message(message)).await.problem(404), Vec::<String>::new());
        assert!(!has_reported(&carla, target_of(message)).await);
    }
    // A former member reports the message as it was at the end.
    let ReportedItem::Message { content, .. } = stored(&report(&carla, of_message(&visible)).await).await.item else {
        panic!("a message")
    };
    assert_eq!(content.map(String::from).as_deref(), Some("Edited for Carla"));
    assert_eq!(report(&carla, json!({ "chatId": chat })).await.status, 201, "also the group that removed her");
    assert_eq!(report(&carla, json!({ "userId": ana.id() })).await.status, 201);

    let deleted = ana.sends(&chat, "Deleted").await;
    assert_eq!(delete(&ana, &deleted).await.status, 200);
    for message in [&deleted, &removed] {
        let refused = report(&bruno, of_message(message)).await;
        assert_eq!(refused.problem(409), Vec::<String>::new());
        assert!(refused.text("detail").contains("report its sender"), "{refused:?}");
        assert!(!has_reported(&bruno, target_of(message)).await);
    }
    let clear = json!({ "upTo": after["seq"] });
    assert_eq!(bruno.post(&format!("/chats/{chat}/clear"), clear).await.status, 200);
    assert_eq!(report(&bruno, of_message(&after)).await.status, 404, "a cleared message");
}

#[tokio::test]
async fn a_blocker_reports_what_came_before_the_block_and_an_erased_user_is_gone() {
    let [ana, bruno, dora] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let before = ana.sends(&chat, "Before the block").await;
    block(&bruno, ana.id()).await;
    let during = ana.sends(&chat, "During the block").await;
    assert_eq!(report(&bruno, of_message(&before)).await.status, 201);
    assert_eq!(report(&bruno, of_message(&during)).await.status, 404);
    assert_eq!(report(&bruno, json!({ "userId": ana.id() })).await.status, 201);
    assert_eq!(report(&bruno, json!({ "chatId": chat })).await.status, 201);
    // The blocked user notices nothing, and may report too.
    assert_eq!(report(&ana, json!({ "userId": bruno.id() })).await.status, 201);

    let group = bruno.group_with(&[dora.id()]).await;
    let of_dora = dora.sends(&group, "From Dora").await;
    erased(&dora).await;
    assert_eq!(report(&bruno, json!({ "userId": dora.id() })).await.status, 404);
    assert_eq!(report(&bruno, of_message(&of_dora)).await.status, 409);
    assert_eq!(report(&dora, json!({ "chatId": group })).await.status, 401);
}

#[tokio::test]
async fn reports_are_limited_per_user() {
    let [ana, bruno, carla] = World::get().await.people().await;
    ana.chat_with(&bruno).await;
    carla.chat_with(&bruno).await;
    let mut passed = 0;
    let refused = loop {
        let answer = report(&ana, json!({ "userId": bruno.id() })).await;
        if answer.status == 429 {
            break answer;
        }
        passed += 1;
        assert!(passed < 40, "40 reports passed");
    };
    assert!(passed >= 20, "{passed}");
    assert_eq!(refused.problem(429), Vec::<String>::new());
    let wait = refused.body["retryAfterMs"].as_u64().unwrap();
    assert!((1..=4_320_000).contains(&wait), "20 per day: {wait} ms");
    assert_eq!(report(&carla, json!({ "userId": bruno.id() })).await.status, 201, "another user is not limited");
}

#[tokio::test]
async fn a_user_is_found_in_a_group_also_after_many_other_chats() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    ana.group_with(&[bruno.id()]).await;
    let silent = world.silent_people(3).await;
    for other in &silent {
        ana.group_with(&[&other.to_string()]).await;
    }
    assert_eq!(report(&bruno, json!({ "userId": ana.id() })).await.status, 201);
    assert_eq!(report(&bruno, json!({ "userId": silent[0] })).await.status, 404, "Bruno shares no chat with them");
}
