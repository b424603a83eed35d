//! Everything there is about somebody, in one file, for them alone.

use export_account::{ExportAccount, Failure, Progress, Step, Task};
use paloma::domain::{ChatId, Draft, ExportId, LastMessage, Timestamp, UserId};
use paloma::exports::Export;
use paloma::store::Acceptance;
use paloma_tests::{Answer, Calls, Execution, Person, Phone, World, until};
use serde_json::{Value, json};

/// The lines of a file that is behind a link, fetched by somebody who is not logged in.
async fn lines_at(url: &str) -> Vec<Value> {
    let answer = reqwest::get(url).await.unwrap();
    assert_eq!(answer.status(), 200);
    lines_of(&answer.text().await.unwrap())
}

fn lines_of(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

fn of_kind<'a>(lines: &'a [Value], kind: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["kind"] == kind).collect()
}

async fn ready(person: &Person, export_id: &str) -> Answer {
    until("the export to be ready", async || {
        let answer = person.get(&format!("/me/exports/{export_id}")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        (answer.body["status"] == "ready").then_some(answer)
    })
    .await
}

#[tokio::test]
async fn an_export_holds_everything_about_one_and_nothing_private_of_others() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let phone = Phone::of(&ana, "fcm").await;
    let _socket = ana.connects().await;
    let hers = [ana.sends(&chat, "One of Ana's").await, ana.sends(&chat, "Two of Ana's").await];
    let his = bruno.sends(&chat, "What Bruno said").await;
    ana.acknowledges(&his, "read").await;

    let begun = ana.post("/me/export", json!({})).await;
    assert_eq!((begun.status, &begun.body["status"]), (202, &json!("running")), "{begun:?}");
    let export_id = begun.text("exportId");
    assert_eq!(ana.post("/me/export", json!({})).await.text("exportId"), export_id, "the same one");
    let link = ready(&ana, &export_id).await;
    assert!(link.body["expiresAt"].is_u64(), "{link:?}");
    let lines = lines_at(&link.text("url")).await;

    assert_eq!(lines[0]["kind"], "export");
    assert_eq!(of_kind(&lines, "profile")[0]["email"], json!(ana.user.email));
    assert_eq!(of_kind(&lines, "device")[0]["deviceId"], json!(phone.device_id));
    assert_eq!(of_kind(&lines, "connection").len(), 1);
    let chats = of_kind(&lines, "chat");
    assert_eq!((chats.len(), &chats[0]["chatId"], &chats[0]["readSeq"]), (1, &json!(chat), &json!(3)));
    let messages = of_kind(&lines, "message");
    for (message, sent) in messages.iter().zip(&hers) {
        assert_eq!(message["messageId"], sent["messageId"]);
    }
    assert_eq!((messages.len(), &messages[1]["content"]), (2, &json!("Two of Ana's")));
    let receipts = of_kind(&lines, "receipt");
    assert_eq!((receipts.len(), &receipts[0]["messageId"]), (1, &his["messageId"]));
    assert!(receipts[0]["readAt"].is_u64());

    let text = format!("{lines:?}");
    for private in ["What Bruno said", bruno.user.email.as_str(), phone.token.as_str(), "arn:aws:sns"] {
        assert!(!text.contains(private), "{private} is in {text}");
    }
    // It is hers alone, whoever asks in whatever way.
    assert_eq!(bruno.get(&format!("/me/exports/{export_id}")).await.status, 404);
    assert_eq!(ana.get(&format!("/me/exports/{}", UserId::random())).await.status, 404);
    assert_eq!(ana.get("/me/exports/mine").await.status, 404);
    let unsigned = link.text("url").split('?').next().unwrap().to_owned();
    assert_eq!(reqwest::get(&unsigned).await.unwrap().status(), 403);
    let forged = link.text("url").replace(ana.id(), bruno.id());
    assert_eq!(reqwest::get(&forged).await.unwrap().status(), 403);
    assert_eq!(ana.post("/me/export", json!({})).await.text("status"), "ready", "one a day");
}

#[tokio::test]
async fn an_export_goes_with_its_account() {
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
    assert!(!again.succeeded && again.failure.contains("Nobody has this user id"), "{again:?}");
    assert_eq!(ana.post("/me/export", json!({})).await.problem(401), Vec::<String>::new());
}

#[tokio::test]
async fn an_export_is_out_of_reach_as_soon_as_its_owner_asks_to_be_erased() {
    let [ana] = World::get().await.people().await;
    let export_id = ana.post("/me/export", json!({})).await.text("exportId");
    let url = ready(&ana, &export_id).await.text("url");
    assert_eq!(reqwest::get(&url).await.unwrap().status(), 200);
    let delete = ana.request(reqwest::Method::DELETE, "/me").json(&json!({ "password": ana.user.password }));
    assert_eq!(delete.send().await.unwrap().status(), 202);
    // Before the profile goes, no link is given any more; what was given leads to nothing long before the sweep.
    assert_eq!(ana.get(&format!("/me/exports/{export_id}")).await.problem(401), Vec::<String>::new());
    assert_eq!(ana.post("/me/export", json!({})).await.problem(401), Vec::<String>::new());
    let gone = async || (reqwest::get(&url).await.unwrap().status() == 404).then_some(());
    until("the file to go", gone).await;
}

/// One step, as the workflow does it: what fails is tried again with the same input.
async fn step(dying: &ExportAccount, step: Step, export: Progress) -> Progress {
    let task = Task { step, export };
    match dying.step(task.clone()).await {
        Ok(progress) => progress,
        Err(Failure::Unavailable(_)) => {
            let living = ExportAccount::new(&World::get().await.environment(&Calls::default())).unwrap();
            living.step(task).await.expect("the retry")
        }
        Err(failure) => panic!("{failure}"),
    }
}

/// All steps; the file's lines.
async fn exported(calls: &Calls, user_id: UserId) -> (Progress, Vec<Value>) {
    // The function whose links people get: its key is one that S3 knows.
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
async fn durable_an_export_that_dies_anywhere_is_finished_by_its_retry() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    ana.sends(&chat, "One").await;
    let his = bruno.sends(&chat, "Two").await;
    ana.acknowledges(&his, "read").await;
    crate::durable::at_every_call(async |calls| {
        let (progress, lines) = exported(&calls, ana.id().parse().unwrap()).await;
        let kinds: Vec<_> = lines.iter().map(|line| line["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["export", "profile", "chat", "message", "receipt"]);
        assert_eq!(progress.lines, 5);
    })
    .await;
}

#[tokio::test]
async fn an_export_of_many_parts_is_one_file_with_each_line_once() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat_id: ChatId = ana.chat_with(&bruno).await.parse().unwrap();
    let environment = world.environment(&Calls::default());
    let (chats, log) = (environment.chats().unwrap(), environment.message_log().unwrap());
    const COUNT: usize = 420;
    for number in 0..COUNT {
        let draft = Draft {
            chat_id,
            sender_id: ana.id().parse().unwrap(),
            client_message_id: format!("{number}").try_into().unwrap(),
            content: format!("{number} {}", "x".repeat(16_000)).try_into().unwrap(),
        };
        let head = chats.head(chat_id).await.unwrap().unwrap();
        let message = draft.following(&head, Timestamp::now());
        assert!(matches!(log.accept(&message).await.unwrap(), Acceptance::Accepted));
        // Or the safety net would take all of them for lost, and enqueue them again.
        chats.summarise(chat_id, &LastMessage::from(&message)).await.unwrap();
    }
    let (progress, lines) = exported(&Calls::default(), ana.id().parse().unwrap()).await;
    assert!(progress.parts >= 2, "{progress:?}");
    let messages = of_kind(&lines, "message");
    let numbers: Vec<_> = messages.iter().map(|message| message["clientMessageId"].as_str().unwrap()).collect();
    assert_eq!(numbers, (0..COUNT).map(|number| number.to_string()).collect::<Vec<_>>());
    assert_eq!(progress.lines, lines.len() as u64);
}
