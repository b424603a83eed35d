//! `paloma reports` and `paloma message remove`: the way of a report from its maker to the removal of the message.

use paloma::domain::UserId;
use paloma_tests::{Person, Phone, Socket, World, until};
use serde_json::{Value, json};

use crate::erase::until_summarised;
use crate::group_members::add;
use crate::message_changes::{delete, edit, page};
use crate::reports::{of_message, report, stored};

async fn removes(message: &Value, reason: &str) -> Value {
    let id = message["messageId"].as_str().unwrap();
    let output = World::get().await.paloma(&["message", "remove", id, "--reason", reason, "--json"]).await;
    assert_eq!(output.code, 0, "{output:?}");
    output.json()
}

fn assert_removed(message: &Value) {
    assert_eq!((&message["content"], &message["deletedBy"]), (&Value::Null, &json!("operator")), "{message}");
    assert!(message["deletedAt"].is_u64(), "{message}");
}

async fn receives_the_removal(socket: &mut Socket, message: &Value) {
    let frame = socket.receives("the removal", |frame| frame["type"] == "change").await;
    assert_eq!(frame["message"]["messageId"], message["messageId"]);
    assert_removed(&frame["message"]);
}

/// A group of a sender and a reporter, and its only message, which breaks the rules.
async fn scene() -> (Person, Person, String, Value) {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.group_with(&[bruno.id()]).await;
    let sent = ana.sends(&chat, "A threat").await;
    until_summarised(&bruno, &chat, 1).await;
    (ana, bruno, chat, sent)
}

#[tokio::test]
async fn a_removed_message_is_a_tombstone_on_all_screens_in_pages_previews_and_counts() {
    let (ana, bruno, chat, sent) = scene().await;
    let (mut screen, mut own_screen) = (bruno.connects().await, ana.connects().await);
    let removed = removes(&sent, "a threat").await;
    let expected = json!({ "messageId": sent["messageId"], "chatId": chat, "seq": 1, "removed": true });
    assert_eq!(removed, expected);
    for (person, socket) in [(&ana, &mut own_screen), (&bruno, &mut screen)] {
        receives_the_removal(socket, &sent).await;
        let page = page(person, &chat, "").await;
        assert_removed(&page["messages"][0]);
        let caught_up = crate::message_changes::page(person, &chat, "?after=1&changedAfter=0").await;
        assert_removed(&caught_up["changed"][0]);
        let listed = person.listed(&chat).await;
        assert_removed(&listed["lastMessage"]);
        assert_eq!((&listed["unreadCount"], &listed["changeSeq"]), (&json!(0), &json!(1)));
        assert!(!format!("{page}{listed}").contains("threat"));
    }
    // No member can bring it back, and a repetition changes nothing.
    assert_eq!(edit(&ana, &sent, "Again", 0).await.status, 409);
    assert_eq!(delete(&ana, &sent).await.status, 200);
    assert_eq!(removes(&sent, "again").await["removed"], false);
    assert_eq!(page(&bruno, &chat, "").await["changeSeq"], 1);
    let trace = World::get().await.paloma(&["trace", sent["messageId"].as_str().unwrap()]).await;
    assert!(trace.stdout.contains("deleted by operator"), "{trace:?}");
    // The reason is kept, and no user sees it.
    let row = World::get().await.row("messages", "messageId", sent["messageId"].as_str().unwrap()).await.unwrap();
    assert_eq!(row["removedFor"].as_s().unwrap(), "a threat");
    assert!(!format!("{row:?}").contains("A threat"), "{row:?}");
}

#[tokio::test]
async fn quiet_the_push_of_a_removed_message_is_retracted() {
    let [ana, bruno] = World::get().await.people().await;
    let phone = Phone::of(&bruno, "apns").await;
    let chat = ana.chat_with(&bruno).await;
    let sent = ana.sends(&chat, "A threat").await;
    phone.receives_alert(&chat, 1).await;
    removes(&sent, "a threat").await;
    until("the retracted push", async || {
        let alerts = phone.alerts().await;
        alerts.last().is_some_and(|alert| alert.body == "This message was deleted").then_some(())
    })
    .await;
    ana.sends(&chat, "Next").await;
    assert_eq!(phone.receives_alert(&chat, 2).await.badge, 1);
}

#[tokio::test]
async fn reports_are_listed_shown_and_resolved_with_outcome_note_and_operator() {
    let world = World::get().await;
    let (ana, bruno, chat, sent) = scene().await;
    let [carla] = world.people().await;
    add(&ana, &chat, &[carla.id()]).await;
    let made = report(&bruno, of_message(&sent)).await;
    let id = made.text("reportId");
    let of_ana = report(&carla, json!({ "userId": ana.id() })).await.text("reportId");
    let also_of_ana = report(&bruno, json!({ "userId": ana.id() })).await.text("reportId");

    // The newest come first, page by page. Other tests make reports too.
    let (mut listed, mut after) = (Vec::new(), None::<String>);
    loop {
        let mut command = vec!["reports", "list", "--limit", "2", "--json"];
        command.extend(after.as_deref().map(|after| ["--after", after]).into_iter().flatten());
        let page = world.paloma(&command).await.json();
        listed.extend(page["reports"].as_array().unwrap().clone());
        after = page["next"].as_str().map(str::to_owned);
        let ids: Vec<_> = listed.iter().map(|row| row["reportId"].as_str().unwrap()).collect();
        if after.is_none() || ids.contains(&id.as_str()) {
            break;
        }
    }
    let times: Vec<_> = listed.iter().map(|row| row["reportedAt"].as_u64().unwrap()).collect();
    assert!(times.is_sorted_by(|newer, older| newer >= older), "{times:?}");
    let row = listed.iter().find(|row| row["reportId"] == *id).expect("the report");
    assert_eq!(row["item"], format!("message {}", sent["messageId"].as_str().unwrap()));
    assert_eq!((&row["subjectId"], &row["reporterId"]), (&json!(ana.id()), &json!(bruno.id())));
    assert!(!format!("{listed:?}").contains("A threat"), "a list has no copies");

    let shown = world.paloma(&["reports", "show", &id]).await;
    assert_eq!(shown.code, 0, "{shown:?}");
    let remove = format!("message remove {}", sent["messageId"].as_str().unwrap());
    for part in ["A threat", chat.as_str(), ana.id(), bruno.id(), "This is a threat.", "open", remove.as_str()] {
        assert!(shown.stdout.contains(part), "no {part:?} in {}", shown.stdout);
    }
    let others = world.paloma(&["reports", "show", &also_of_ana, "--json"]).await.json();
    assert_eq!(others["others"][0]["reportId"], of_ana, "{others}");
    assert_eq!(others["others"].as_array().map(Vec::len), Some(1));

    removes(&sent, "a threat").await;
    let resolve = ["reports", "resolve", &id, "--outcome", "removed", "--note", "Breaks rule 3", "--json"];
    let resolved = world.paloma(&resolve).await;
    assert_eq!((resolved.code, &resolved.json()["outcome"]), (0, &json!("removed")), "{resolved:?}");
    let again = world.paloma(&["reports", "resolve", &id, "--outcome", "dismissed", "--note", "no"]).await;
    assert!(again.code == 3 && again.stderr.contains("is resolved already"), "{again:?}");
    let resolution = stored(&made).await.resolution.unwrap();
    assert_eq!(resolution.note.as_str(), "Breaks rule 3");
    assert!(resolution.resolved_by.starts_with("arn:aws:"), "{resolution:?}");
    let shown = world.paloma(&["reports", "show", &id]).await.stdout;
    for part in ["removed at", &resolution.resolved_by, "Breaks rule 3", "has removed the message: a threat"] {
        assert!(shown.contains(part), "no {part:?} in {shown}");
    }
    until("the list without the report", async || {
        let page = world.paloma(&["reports", "list", "--limit", "100", "--json"]).await.json();
        (!page["reports"].to_string().contains(&id)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn wrong_commands_change_nothing_and_name_the_remedy() {
    let world = World::get().await;
    let (ana, bruno, chat, sent) = scene().await;
    let [carla] = world.people().await;
    let notice = add(&ana, &chat, &[carla.id()]).await.body["message"].clone();
    let (unknown, message) = (UserId::random().to_string(), sent["messageId"].as_str().unwrap());
    let long = "a".repeat(1_001);
    for (command, code, part) in [
        (vec!["message", "remove", message], 2, "--reason"),
        (vec!["message", "remove", message, "--reason", " "], 2, "visible character"),
        (vec!["message", "remove", message, "--reason", &long], 2, "1,000 characters"),
        (vec!["message", "remove", "7", "--reason", "x"], 2, "UUID"),
        (vec!["message", "remove", &unknown, "--reason", "x"], 3, "no such item"),
        (vec!["message", "remove", notice["messageId"].as_str().unwrap(), "--reason", "x"], 3, "system message"),
        (vec!["reports", "show", &unknown], 3, "there is no report"),
        (vec!["reports", "resolve", &unknown, "--outcome", "other", "--note", "x"], 3, "there is no report"),
        (vec!["reports", "resolve", &unknown, "--outcome", "ignored", "--note", "x"], 2, "dismissed"),
        (vec!["reports", "resolve", &unknown, "--outcome", "other"], 2, "--note"),
        (vec!["reports", "list", "--limit", "0"], 2, "1 to 100"),
        (vec!["reports", "list", "--after", "x"], 2, "--after"),
    ] {
        let output = world.paloma(&command).await;
        assert!(output.code == code && output.stderr.contains(part), "{command:?}: {output:?}");
    }
    assert_eq!(page(&bruno, &chat, "").await["messages"][0]["content"], "A threat");
}
