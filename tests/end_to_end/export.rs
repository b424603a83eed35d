//! The export of an account: one file with all data of the user, for that user alone.

use export_account::{ExportAccount, ExportProgress, ExportTask, Failure, Step};
use paloma::domain::{ChatId, Draft, ExportId, LastMessage, Timestamp, UserId};
use paloma::exports::Export;
use paloma::store::Acceptance;
use paloma_tests::{Answer, Calls, Execution, Person, Phone, World, until};
use serde_json::{Value, json};

use crate::message_changes::edit;

/// Fetches the file behind a link without a login.
pub(crate) async fn lines_at(url: &str) -> Vec<Value> {
    let answer = reqwest::get(url).await.unwrap();
    assert_eq!(answer.status(), 200);
    lines_of(&answer.text().await.unwrap())
}

fn lines_of(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

pub(crate) fn of_kind<'a>(lines: &'a [Value], kind: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["kind"] == kind).collect()
}

pub(crate) async fn until_ready(person: &Person, export_id: &str) -> Answer {
    until("the export to be ready", async || {
        let answer = person.get(&format!("/me/exports/{export_id}")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        (answer.body["status"] == "ready").then_some(answer)
    })
    .await
}

/// The lines of a user's export.
pub(crate) async fn exported(person: &Person) -> Vec<Value> {
    let export_id = person.post("/me/export", json!({})).await.text("exportId");
    lines_at(&until_ready(person, &export_id).await.text("url")).await
}

#[tokio::test]
async fn an_export_holds_all_data_of_the_user_and_nothing_private_of_others() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let phone = Phone::of(&ana, "fcm").await;
    let _socket = ana.connects().await;
    let from_ana = [ana.sends(&chat, "One of Ana's").await, ana.sends(&chat, "Two of Ana's").await];
    let from_bruno = bruno.sends(&chat, "A message of Bruno").await;
    ana.acknowledges(&from_bruno, "read").await;
    assert_eq!(edit(&ana, &from_ana[0], "One of Ana's, edited", 0).await.status, 200);

    for (call, body) in [("pin", json!({ "pinned": true })), ("unread", json!({ "markedUnread": true }))] {
        assert_eq!(ana.put(&format!("/chats/{chat}/{call}"), body).await.status, 200);
    }

    let started = ana.post("/me/export", json!({})).await;
    assert_eq!((started.status, &started.body["status"]), (202, &json!("running")), "{started:?}");
    let export_id = started.text("exportId");
    assert_eq!(
        ana.post("/me/export", json!({})).await.text("exportId"),
        export_id,
        "a repeated call names the same export"
    );
    let link = until_ready(&ana, &export_id).await;
    assert!(link.body["expiresAt"].is_u64(), "{link:?}");
    let lines = lines_at(&link.text("url")).await;

    assert_eq!(lines[0]["kind"], "export");
    assert_eq!(of_kind(&lines, "profile")[0]["email"], json!(ana.user.email));
    assert_eq!(of_kind(&lines, "device")[0]["deviceId"], json!(phone.device_id));
    assert_eq!(of_kind(&lines, "connection").len(), 1);
    let chats = of_kind(&lines, "chat");
    assert_eq!((chats.len(), &chats[0]["chatId"], &chats[0]["readSeq"]), (1, &json!(chat), &json!(3)));
    assert_eq!((&chats[0]["markedUnread"], &chats[0]["archived"]), (&json!(true), &json!(false)));
    assert_eq!(of_kind(&lines, "pinnedChats")[0]["chatIds"], json!([chat]));
    let messages = of_kind(&lines, "message");
    for (message, sent) in messages.iter().zip(&from_ana) {
        assert_eq!(message["messageId"], sent["messageId"]);
    }
    assert_eq!((messages.len(), &messages[1]["content"]), (2, &json!("Two of Ana's")));
    assert_eq!(messages[0]["content"], "One of Ana's, edited");
    assert!(messages[0]["editedAt"].is_u64() && messages[1]["editedAt"].is_null(), "{messages:?}");
    let receipts = of_kind(&lines, "receipt");
    assert_eq!((receipts.len(), &receipts[0]["messageId"]), (1, &from_bruno["messageId"]));
    assert!(receipts[0]["readAt"].is_u64());

    let text = format!("{lines:?}");
    for private in ["A message of Bruno", bruno.user.email.as_str(), phone.token.as_str(), "arn:aws:sns"] {
        assert!(!text.contains(private), "{private} is in {text}");
    }
    // No other user, and no link without its signature, reaches the file.
    assert_eq!(bruno.get(&format!("/me/exports/{export_id}")).await.status, 404);
    assert_eq!(ana.get(&format!("/me/exports/{}", UserId::random())).await.status, 404);
    assert_eq!(ana.get("/me/exports/mine").await.status, 404);
    let unsigned = link.text("url").split('?').next().unwrap().to_owned();
    assert_eq!(reqwest::get(&unsigned).await.unwrap().status(), 403);
    let forged = link.text("url").replace(ana.id(), bruno.id());
    assert_eq!(reqwest::get(&forged).await.unwrap().status(), 403);
    assert_eq!(ana.post("/me/export", json!({})).await.text("status"), "ready", "at most one export a day");
}

#[tokio::test]
async fn an_export_is_removed_with_its_account() {
    let world = World::get().await;
    let [ana] = world.people().await;
    let made = Execution::start(world, "exportAccount", json!({ "userId": ana.id() })).await.result().await;
    assert!(made.succeeded, "{made:?}");
    let export = Export {
        user_id: ana.id().parse().unwrap(),
        export_id: made.output["exportId"].as_str().unwrap().parse().unwrap(),
    };
    assert_eq!(made.output["file"]["key"], json!(export.key()));
    let exports = world.environment(&Calls::default()).exports().unwrap();
    assert!(exports.is_finished(export).await.unwrap());
    let input = json!({ "userId": ana.id(), "sweepAfterSeconds": 0 });
    let erased = Execution::start(world, "eraseAccount", input).await.result().await;
    assert_eq!(erased.output["removed"]["exports"], 1, "{erased:?}");
    assert!(!exports.is_finished(export).await.unwrap());
    let again = Execution::start(world, "exportAccount", json!({ "userId": ana.id() })).await.result().await;
    assert!(!again.succeeded && again.failure.contains("No user has this id"), "{again:?}");
    assert_eq!(ana.post("/me/export", json!({})).await.problem(401), Vec::<String>::new());
}

#[tokio::test]
async fn an_export_cannot_be_fetched_once_its_owner_asks_for_erasure() {
    let [ana] = World::get().await.people().await;
    let export_id = ana.post("/me/export", json!({})).await.text("exportId");
    let url = until_ready(&ana, &export_id).await.text("url");
    assert_eq!(reqwest::get(&url).await.unwrap().status(), 200);
    let delete = ana.request(reqwest::Method::DELETE, "/me").json(&json!({ "password": ana.user.password }));
    assert_eq!(Answer::to(delete).await.status, 202);
    // No new link is given, and the given link stops working before the messages are erased.
    assert_eq!(ana.get(&format!("/me/exports/{export_id}")).await.problem(401), Vec::<String>::new());
    assert_eq!(ana.post("/me/export", json!({})).await.problem(401), Vec::<String>::new());
    let is_removed = async || (reqwest::get(&url).await.unwrap().status() == 404).then_some(());
    until("the file to be removed", is_removed).await;
}

/// Runs one step, and retries a failed one with the same input, as the workflow does.
async fn step(crashing: &ExportAccount, step: Step, export: ExportProgress) -> ExportProgress {
    let task = ExportTask { step, export };
    match crashing.step(task.clone()).await {
        Ok(progress) => progress,
        Err(Failure::Unavailable(_)) => {
            let healthy = ExportAccount::new(&World::get().await.environment(&Calls::default())).unwrap();
            healthy.step(task).await.expect("the retry")
        }
        Err(failure) => panic!("{failure}"),
    }
}

/// Runs all steps. Returns the final state and the lines of the file.
async fn export_all(calls: &Calls, user_id: UserId) -> (ExportProgress, Vec<Value>) {
    // Links need the credentials of the account function, which S3 knows.
    let account = World::get().await.environment_of("account").await;
    let app = ExportAccount::new(&World::get().await.environment(calls)).unwrap();
    let input = json!({ "userId": user_id, "exportId": ExportId::random() });
    let mut progress = step(&app, Step::Begin, serde_json::from_value(input).unwrap()).await;
    while progress.next.is_some() {
        progress = step(&app, Step::Gather, progress).await;
    }
    let progress = step(&app, Step::Finish, progress).await;
    let export = Export { user_id, export_id: progress.export_id };
    let link = account.exports().unwrap().link(export, std::time::Duration::from_secs(60)).await.unwrap();
    (progress, lines_at(&link).await)
}

#[tokio::test]
async fn durable_an_export_that_crashes_anywhere_is_finished_by_its_retry() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    ana.sends(&chat, "One").await;
    let from_bruno = bruno.sends(&chat, "Two").await;
    ana.acknowledges(&from_bruno, "read").await;
    crate::durable::at_every_call(async |calls| {
        let (progress, lines) = export_all(&calls, ana.id().parse().unwrap()).await;
        let kinds: Vec<_> = lines.iter().map(|line| line["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["export", "profile", "pinnedChats", "chat", "message", "receipt"]);
        assert_eq!(progress.lines, 6);
    })
    .await;
}

#[tokio::test]
async fn an_export_of_several_parts_is_one_file_with_each_line_once() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat_id: ChatId = ana.chat_with(&bruno).await.parse().unwrap();
    let environment = world.environment(&Calls::default());
    let (chats, log) = (environment.chats().unwrap(), environment.message_log().unwrap());
    let sender = paloma::domain::Member::new(ana.id().parse().unwrap(), Timestamp::now());
    const COUNT: usize = 420;
    for number in 0..COUNT {
        let draft = Draft {
            chat_id,
            sender_id: ana.id().parse().unwrap(),
            client_message_id: format!("{number}").try_into().unwrap(),
            content: format!("{number} {}", "x".repeat(16_000)).try_into().unwrap(),
            reply_to: None,
        };
        let head = chats.head(chat_id).await.unwrap().unwrap();
        let message = draft.following(&head, Timestamp::now());
        assert!(matches!(log.accept(&message, &head, &sender).await.unwrap(), Acceptance::Accepted));
        // Without a summary, the safety net would enqueue every message again.
        chats.summarise(chat_id, &LastMessage::from(&message), None).await.unwrap();
    }
    let (progress, lines) = export_all(&Calls::default(), ana.id().parse().unwrap()).await;
    assert!(progress.parts >= 2, "{progress:?}");
    let messages = of_kind(&lines, "message");
    let numbers: Vec<_> = messages.iter().map(|message| message["clientMessageId"].as_str().unwrap()).collect();
    assert_eq!(numbers, (0..COUNT).map(|number| number.to_string()).collect::<Vec<_>>());
    assert_eq!(progress.lines, lines.len() as u64);
}
