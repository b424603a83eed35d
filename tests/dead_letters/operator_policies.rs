//! The policies in `docs/operators/` allow the commands that they are for, and no others. IAM is enforced.

use paloma::domain::{Receipt, UserId};
use paloma_local::Credentials;
use paloma_tests::{CommandOutput, World, until};
use serde_json::json;

use crate::harness;

/// An operator with some of these policies.
struct Operator {
    world: &'static World,
    credentials: Credentials,
}

impl Operator {
    async fn with(world: &'static World, policies: &[&str]) -> Self {
        let credentials = world.stack.operator_credentials(policies).await.unwrap_or_else(|error| panic!("{error}"));
        Self { world, credentials }
    }

    async fn tries(&self, command: &str) -> CommandOutput {
        let arguments: Vec<&str> = command.split(' ').collect();
        self.world.paloma_as(&self.credentials, &arguments).await
    }

    async fn runs(&self, command: &str) -> CommandOutput {
        let ran = self.tries(command).await;
        assert!(ran.code <= 1, "{command} succeeds: {ran:?}");
        ran
    }

    /// Runs a command that needs a permission of another policy.
    async fn is_denied(&self, command: &str, action: &str) {
        let ran = self.tries(command).await;
        let expected = format!("paloma: permission denied: ask for {action} to be allowed on ");
        assert!(ran.code == 3 && ran.stderr.contains(&expected), "{command} without {action}: {ran:?}");
    }
}

#[tokio::test]
async fn the_policy_read_allows_every_report_and_no_change() {
    let (world, _guards) = harness::own_all_queues().await;
    let operator = Operator::with(world, &["read"]).await;
    let [ana, bruno] = world.people().await;
    let _socket = bruno.connects().await;
    let chat = ana.chat_with(&bruno).await;
    let accepted = harness::accepted(&ana.sends(&chat, "Look at this").await);
    let report = harness::stream_batch_report(world, &accepted.message_id.to_string()).await;
    harness::send_dead_letters(world, "relay", &[report.to_string()], "not read").await;

    let status = operator.runs("status --json").await.json();
    assert!(status["verdict"].to_string().contains(" in relay"), "{status}");
    until("the whole history", async || {
        let ran = operator.runs(&format!("trace {} --content", accepted.message_id)).await;
        (ran.code == 0 && ran.stdout.contains("Look at this")).then_some(())
    })
    .await;
    assert!(operator.runs(&format!("user show {}", ana.user.email)).await.stdout.contains(ana.id()));
    assert!(operator.runs(&format!("chat show {chat} --content")).await.stdout.contains(bruno.id()));
    assert!(operator.runs("dlq list").await.stdout.contains("RetryAttemptsExhausted"));
    assert!(operator.runs("dlq peek relay").await.stdout.contains("dev-messages"));

    harness::send_dead_letters(world, "summaries", &["poison".to_owned()], "made up").await;
    let copy = std::env::temp_dir().join(format!("paloma-reader-{}.jsonl", UserId::random()));
    let drop = format!("dlq drop summaries --all --reason tested --yes --copy {}", copy.display());
    operator.is_denied("dlq replay summaries", "sqs:SendMessage").await;
    operator.is_denied("dlq replay relay", "dynamodb:GetShardIterator").await;
    operator.is_denied("dlq replay relay --workflow", "states:StartExecution").await;
    operator.is_denied(&drop, "sqs:DeleteMessage").await;
    operator.is_denied(&format!("dlq restore {}", copy.display()), "sqs:SendMessage").await;
    std::fs::remove_file(&copy).unwrap();
    operator.is_denied(&format!("user export {}", ana.id()), "states:StartExecution").await;
    operator.is_denied(&format!("user erase {} --yes", ana.id()), "states:StartExecution").await;
    assert_eq!(harness::count_by_job(world, "summaries").await.len(), 1, "no dead letter was removed");
    assert_eq!(harness::count_by_job(world, "relay").await.len(), 1);
}

#[tokio::test]
async fn the_policy_repair_allows_replaying_dropping_and_restoring() {
    let (world, _guards) = harness::own_all_queues().await;
    let operator = Operator::with(world, &["read", "repair"]).await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let accepted = harness::accepted(&ana.sends(&chat, "Replay this").await);

    let report = harness::stream_batch_report(world, &accepted.message_id.to_string()).await;
    harness::send_dead_letters(world, "relay", &[report.to_string()], "not read").await;
    let receipt = world.receipt_record(&accepted, &bruno, Receipt::Delivered).await;
    let record = harness::stream_image(&serde_json::to_value(receipt).unwrap());
    harness::send_dead_letters(
        world,
        "propagate-status",
        &[harness::stream_record("message-status", "INSERT", record)],
        "made up",
    )
    .await;
    let keys = json!({ "messageId": { "S": accepted.message_id }, "userId": { "S": bruno.id() } });
    let record = harness::stream_record("reactions", "INSERT", keys);
    harness::send_dead_letters(world, "summarise-reactions", &[record], "made up").await;
    for queue in ["deliveries", "summaries", "notifications", "presence", "push-failures"] {
        harness::send_dead_letters(world, queue, &["poison".to_owned()], "made up").await;
    }
    for (queue, _) in harness::QUEUES {
        let ran = operator.runs(&format!("dlq replay {queue} --json")).await;
        assert_eq!((ran.code, &ran.json()["replayed"]), (0, &json!(1)), "{queue}: {ran:?}");
    }
    for queue in ["deliveries", "summaries", "notifications", "presence", "push-failures"] {
        harness::wait_for_return(world, queue, "poison").await;
    }

    let copy = std::env::temp_dir().join(format!("paloma-operator-{}.jsonl", UserId::random()));
    harness::send_dead_letters(world, "presence", &["hopeless".to_owned()], "hopeless").await;
    let drop = format!("dlq drop presence --cause hopeless --reason tested --yes --json --copy {}", copy.display());
    assert_eq!(operator.runs(&drop).await.json()["dropped"], 1);
    let restored = operator.runs(&format!("dlq restore {} --json", copy.display())).await.json();
    assert_eq!(restored["restored"]["presence"], 1);
    std::fs::remove_file(&copy).unwrap();

    operator.is_denied(&format!("user export {}", ana.id()), "states:StartExecution").await;
    operator.is_denied(&format!("user erase {} --yes", ana.id()), "states:StartExecution").await;
}

/// A permission to invoke the function `account` allows calling it as any user, so `repair` does not have it.
#[tokio::test]
async fn the_policy_accounts_allows_suspending_and_restoring_users() {
    let world = World::get().await;
    let [ana] = world.people().await;
    let suspend = format!("user suspend {}", ana.id());
    for policies in [["read", "repair"], ["read", "erase"]] {
        Operator::with(world, &policies).await.is_denied(&suspend, "lambda:InvokeFunction").await;
    }
    let operator = Operator::with(world, &["read", "accounts"]).await;
    let suspended = operator.runs(&suspend).await.stdout;
    let undo = format!("paloma user restore {} --region us-east-1", ana.id());
    assert!(suspended.contains(&undo), "{suspended}");
    operator.runs(&format!("user restore {}", ana.id())).await;
    operator.is_denied(&format!("user erase {} --yes", ana.id()), "states:StartExecution").await;
}

#[tokio::test]
async fn the_policy_moderation_allows_reading_and_resolving_reports_and_removing_messages_and_groups() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let sent = ana.sends(&chat, "A-threat").await["messageId"].as_str().unwrap().to_owned();
    let reported = bruno.post("/reports", json!({ "messageId": sent, "reason": "spam" })).await.text("reportId");
    let (list, show) = ("reports list", format!("reports show {reported}"));
    let remove = format!("message remove {sent} --reason tested");
    let group = ana.group_with(&[bruno.id()]).await;
    let remove_chat = format!("chat remove {group} --reason tested");
    let resolve = format!("reports resolve {reported} --outcome removed --note tested");
    for policies in [["read", "repair"], ["read", "accounts"], ["read", "erase"]] {
        let operator = Operator::with(world, &policies).await;
        operator.is_denied(list, "dynamodb:Query").await;
        operator.is_denied(&show, "dynamodb:GetItem").await;
        operator.is_denied(&resolve, "dynamodb:GetItem").await;
        operator.is_denied(&remove, "lambda:InvokeFunction").await;
        operator.is_denied(&remove_chat, "lambda:InvokeFunction").await;
    }
    let operator = Operator::with(world, &["read", "moderation"]).await;
    assert!(operator.runs(list).await.stdout.contains(&reported));
    assert!(operator.runs(&show).await.stdout.contains("A-threat"));
    operator.runs(&remove).await;
    operator.runs(&remove_chat).await;
    let resolved = operator.runs(&format!("{resolve} --json")).await.json();
    assert!(resolved["resolvedBy"].as_str().is_some_and(|arn| arn.starts_with("arn:aws:")), "{resolved}");
    operator.is_denied(&format!("user suspend {}", ana.id()), "lambda:InvokeFunction").await;
    operator.is_denied(&format!("user erase {} --yes", ana.id()), "states:StartExecution").await;
}

#[tokio::test]
async fn the_policy_erase_allows_exporting_and_erasing_users() {
    let (world, _guards) = harness::own_queues(&["presence"]).await;
    let operator = Operator::with(world, &["read", "erase"]).await;
    let [ana, bruno] = world.people().await;
    ana.sends(&ana.chat_with(&bruno).await, "Export this").await;
    let exported = operator.runs(&format!("user export {} --watch --json", ana.id())).await.json();
    let file = reqwest::get(exported["link"].as_str().expect("a link")).await.unwrap().text().await.unwrap();
    assert!(file.contains("Export this"), "{file}");
    let erased = operator.runs(&format!("user erase {} --yes --watch --json", ana.id())).await.json();
    assert_eq!(erased["status"], "SUCCEEDED", "{erased}");

    harness::send_dead_letters(world, "presence", &["poison".to_owned()], "made up").await;
    operator.is_denied("dlq replay presence", "sqs:SendMessage").await;
    operator.is_denied("dlq replay presence --workflow", "states:StartExecution").await;
    assert_eq!(harness::count_by_job(world, "presence").await.len(), 1);
}

/// The workflow's own role reads the record from the stream.
#[tokio::test]
async fn the_policy_repair_allows_replaying_by_the_workflow() {
    let (world, _guards) = harness::own_queues(&["relay"]).await;
    let operator = Operator::with(world, &["read", "repair"]).await;
    let [ana, bruno] = world.people().await;
    let accepted = harness::accepted(&ana.sends(&ana.chat_with(&bruno).await, "Replay this").await);
    let report = harness::stream_batch_report(world, &accepted.message_id.to_string()).await;
    harness::send_dead_letters(world, "relay", &[report.to_string()], "not read").await;
    let ran = operator.runs("dlq replay relay --workflow --json").await;
    assert_eq!((ran.code, &ran.json()["report"]["replayed"]), (0, &json!(1)), "{ran:?}");
    let replay = ran.json()["replayId"].as_str().unwrap().to_owned();
    assert_eq!(operator.runs(&format!("dlq cancel {replay} --json")).await.json()["status"], "succeeded");
}
