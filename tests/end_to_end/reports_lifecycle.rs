//! Reports after they were made: their events, exports, and erasures of reporters and of reported users.

use paloma::domain::{Report, ReportOutcome, ReportedItem, Resolution, Timestamp};
use paloma_tests::{EventListener, World, until};
use serde_json::{Value, json};

use crate::erase::erased;
use crate::events::{check, schemas};
use crate::export::{exported, of_kind};
use crate::reports::{of_message, report, stored, table};

fn content_of(report: &Report) -> Option<String> {
    let ReportedItem::Message { content, .. } = &report.item else { panic!("a message: {report:?}") };
    content.clone().map(String::from)
}

async fn resolve(report: &Report) {
    let resolution = Resolution {
        outcome: ReportOutcome::Dismissed,
        note: "no threat".parse().unwrap(),
        resolved_by: "arn:aws:iam::000000000000:root".to_owned(),
        resolved_at: Timestamp::now(),
    };
    assert!(table().await.resolve(report.report_id, &resolution).await.unwrap());
}

#[tokio::test]
async fn every_report_is_published_without_reporter_reason_and_content() {
    let [ana, bruno] = World::get().await.people().await;
    let listener = EventListener::start().await;
    let chat = ana.group_with(&[bruno.id()]).await;
    let sent = ana.sends(&chat, "A threat").await;
    let schemas = schemas();
    for (item, name) in [
        (of_message(&sent), "MessageReported"),
        (json!({ "userId": ana.id() }), "UserReported"),
        (json!({ "chatId": chat }), "ChatReported"),
    ] {
        let made = report(&bruno, item.clone()).await;
        assert_eq!(report(&bruno, item.clone()).await.status, 200);
        let id = made.text("reportId");
        let event = listener.receives(name, |event| event.name == name && event.detail["reportId"] == *id).await;
        check(&event, &schemas);
        assert_eq!((event.id(), &event.detail["occurredAt"]), (id.as_str(), &made.body["reportedAt"]));
        for (field, value) in item.as_object().unwrap() {
            assert_eq!(&event.detail[field], value, "{event:?}");
        }
        let detail = event.detail.to_string();
        assert!(!detail.contains("threat") && !detail.contains(bruno.id()), "{event:?}");
    }
    let reported = listener.events().await.into_iter().filter(|event| event.name.ends_with("Reported"));
    let mine = reported.filter(|event| event.is_about(&[&chat, ana.id()])).count();
    assert!(mine <= 4, "a repeated report and a resolution publish nothing: {mine} events");
}

#[tokio::test]
async fn an_export_has_the_reports_of_the_user_without_the_copies() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let sent = ana.sends(&chat, "Words of Ana").await;
    let made = report(&bruno, of_message(&sent)).await;
    report(&ana, json!({ "userId": bruno.id() })).await;
    until("the index of the reporter", async || {
        let reports = table().await.by_user(bruno.id().parse().unwrap()).await.unwrap();
        (!reports.is_empty()).then_some(())
    })
    .await;
    let lines = exported(&bruno).await;
    let reports = of_kind(&lines, "report");
    let expected = json!({
        "kind": "report", "reportId": made.body["reportId"], "messageId": sent["messageId"],
        "reason": "This is a threat.", "reportedAt": made.body["reportedAt"],
    });
    assert_eq!(reports, [&expected], "reports about the user are of others");
    assert!(!format!("{lines:?}").contains("Words of Ana"));
}

#[tokio::test]
async fn terminal_an_erasure_removes_the_reporter_and_keeps_the_copy() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let sent = ana.sends(&chat, "A threat").await;
    let made = report(&bruno, of_message(&sent)).await;
    let ended = erased(&bruno).await;
    assert_eq!(ended.output["removed"]["reports"], 1, "{ended:?}");
    let kept = stored(&made).await;
    assert_eq!((kept.reporter_id, kept.reason.is_none(), kept.is_open()), (None, true, true));
    assert_eq!(content_of(&kept).as_deref(), Some("A threat"));
    let row = World::get().await.row("reports", "reportId", &made.text("reportId")).await.unwrap();
    assert!(!format!("{row:?}").contains(bruno.id()), "{row:?}");
}

#[tokio::test]
async fn terminal_an_erasure_removes_the_content_of_the_reported_user_once_the_report_is_resolved() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let (first, second) = (ana.sends(&chat, "First").await, ana.sends(&chat, "Second").await);
    let resolved = stored(&report(&bruno, of_message(&first)).await).await;
    let open_answer = report(&bruno, of_message(&second)).await;
    let of_user = report(&bruno, json!({ "userId": ana.id() })).await;
    resolve(&resolved).await;
    erased(&ana).await;

    let reports = table().await;
    let resolved = reports.report(resolved.report_id).await.unwrap().unwrap();
    assert_eq!((content_of(&resolved), resolved.subject_erased_at.is_some()), (None, true));
    let open = stored(&open_answer).await;
    assert_eq!(content_of(&open).as_deref(), Some("Second"), "evidence until the decision");
    resolve(&open).await;
    assert_eq!(content_of(&stored(&open_answer).await), None);
    resolve(&stored(&of_user).await).await;
    let ReportedItem::User { name, avatar, .. } = stored(&of_user).await.item else { panic!("a user") };
    assert_eq!((name, avatar), (None, None));
    let row: Value =
        json!(format!("{:?}", World::get().await.row("reports", "reportId", &open_answer.text("reportId")).await));
    assert!(!row.to_string().contains("Second"), "{row}");
}
