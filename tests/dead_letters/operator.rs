//! The policies of `docs/operators/` are enough for the commands that they are for, and for no others: IAM is enforced.

use paloma::domain::{Receipt, UserId};
use paloma_local::Credentials;
use paloma_tests::{CommandOutput, World, until};
use serde_json::json;

use crate::bench;

/// A user of `paloma` with these policies.
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
        assert!(ran.code <= 1, "an answer, good or bad, to {command}: {ran:?}");
        ran
    }

    /// Tries a command that needs a permission of another policy.
    async fn is_refused(&self, command: &str, action: &str) {
        let ran = self.tries(command).await;
        let expected = format!("paloma: you may not do this: ask for {action} to be allowed on ");
        assert!(ran.code == 3 && ran.stderr.contains(&expected), "{command} without {action}: {ran:?}");
    }
}

#[tokio::test]
async fn an_operator_who_may_read_looks_at_everything_and_changes_nothing() {
    let (world, _alone) = bench::alone().await;
    let operator = Operator::with(world, &["read"]).await;
    let [ana, bruno] = world.people().await;
    let _socket = bruno.connects().await;
    let chat = ana.chat_with(&bruno).await;
    let said = bench::accepted(&ana.sends(&chat, "Look at this").await);
    let place = bench::place_of(world, &said.message_id.to_string()).await;
    bench::lay(world, "relay", &[place.to_string()], "not read").await;

    let status = operator.runs("status --json").await.json();
    assert!(status["verdict"].to_string().contains("dead in relay"), "{status}");
    until("the whole life", async || {
        let ran = operator.runs(&format!("trace {} --content", said.message_id)).await;
        (ran.code == 0 && ran.stdout.contains("Look at this")).then_some(())
    })
    .await;
    assert!(operator.runs(&format!("user show {}", ana.user.email)).await.stdout.contains(ana.id()));
    assert!(operator.runs(&format!("chat show {chat} --content")).await.stdout.contains(bruno.id()));
    assert!(operator.runs("dlq list").await.stdout.contains("RetryAttemptsExhausted"));
    assert!(operator.runs("dlq peek relay").await.stdout.contains("dev-messages"));

    bench::lay(world, "summaries", &["poison".to_owned()], "made up").await;
    let copy = std::env::temp_dir().join(format!("paloma-reader-{}.jsonl", UserId::random()));
    let drop = format!("dlq drop summaries --all --reason tested --yes --copy {}", copy.display());
    operator.is_refused("dlq replay summaries", "sqs:SendMessage").await;
    operator.is_refused("dlq replay relay", "dynamodb:GetShardIterator").await;
    operator.is_refused("dlq replay relay --workflow", "states:StartExecution").await;
    operator.is_refused(&drop, "sqs:DeleteMessage").await;
    operator.is_refused(&format!("dlq restore {}", copy.display()), "sqs:SendMessage").await;
    std::fs::remove_file(&copy).unwrap();
    operator.is_refused(&format!("user export {}", ana.id()), "states:StartExecution").await;
    operator.is_refused(&format!("user erase {} --yes", ana.id()), "states:StartExecution").await;
    assert_eq!(bench::lying(world, "summaries").await.len(), 1, "nothing was taken out");
    assert_eq!(bench::lying(world, "relay").await.len(), 1);
}

#[tokio::test]
async fn an_operator_who_may_repair_replays_drops_and_restores() {
    let (world, _alone) = bench::alone().await;
    let operator = Operator::with(world, &["read", "repair"]).await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let said = bench::accepted(&ana.sends(&chat, "Mend this").await);

    let place = bench::place_of(world, &said.message_id.to_string()).await;
    bench::lay(world, "relay", &[place.to_string()], "not read").await;
    let receipt = world.receipt_record(&said, &bruno, Receipt::Delivered).await;
    let record = bench::in_stream(&serde_json::to_value(receipt).unwrap());
    bench::lay(world, "propagate-status", &[bench::record("message-status", "INSERT", record)], "made up").await;
    for queue in ["deliveries", "summaries", "notifications", "presence", "push-failures"] {
        bench::lay(world, queue, &["poison".to_owned()], "made up").await;
    }
    for (queue, _) in bench::QUEUES {
        let ran = operator.runs(&format!("dlq replay {queue} --json")).await;
        assert_eq!((ran.code, &ran.json()["replayed"]), (0, &json!(1)), "{queue}: {ran:?}");
    }
    for queue in ["deliveries", "summaries", "notifications", "presence", "push-failures"] {
        bench::back(world, queue, "poison").await;
    }

    let copy = std::env::temp_dir().join(format!("paloma-operator-{}.jsonl", UserId::random()));
    bench::lay(world, "presence", &["hopeless".to_owned()], "hopeless").await;
    let drop = format!("dlq drop presence --cause hopeless --reason tested --yes --json --copy {}", copy.display());
    assert_eq!(operator.runs(&drop).await.json()["dropped"], 1);
    let restored = operator.runs(&format!("dlq restore {} --json", copy.display())).await.json();
    assert_eq!(restored["restored"]["presence"], 1);
    std::fs::remove_file(&copy).unwrap();

    operator.is_refused(&format!("user export {}", ana.id()), "states:StartExecution").await;
    operator.is_refused(&format!("user erase {} --yes", ana.id()), "states:StartExecution").await;
}

/// The permission to invoke the function is one to call it as any user: it is no part of repairing.
#[tokio::test]
async fn an_operator_who_may_change_accounts_suspends_and_restores() {
    let world = World::get().await;
    let [ana] = world.people().await;
    let suspend = format!("user suspend {}", ana.id());
    for policies in [["read", "repair"], ["read", "erase"]] {
        Operator::with(world, &policies).await.is_refused(&suspend, "lambda:InvokeFunction").await;
    }
    let operator = Operator::with(world, &["read", "accounts"]).await;
    let suspended = operator.runs(&suspend).await.stdout;
    let undo = format!("paloma user restore {} --region us-east-1", ana.id());
    assert!(suspended.contains(&undo), "{suspended}");
    operator.runs(&format!("user restore {}", ana.id())).await;
    operator.is_refused(&format!("user erase {} --yes", ana.id()), "states:StartExecution").await;
}

#[tokio::test]
async fn an_operator_who_may_erase_exports_and_erases() {
    let (world, _alone) = bench::alone_with(&["presence"]).await;
    let operator = Operator::with(world, &["read", "erase"]).await;
    let [ana, bruno] = world.people().await;
    ana.sends(&ana.chat_with(&bruno).await, "Export this").await;
    let exported = operator.runs(&format!("user export {} --watch --json", ana.id())).await.json();
    let file = reqwest::get(exported["link"].as_str().expect("a link")).await.unwrap().text().await.unwrap();
    assert!(file.contains("Export this"), "{file}");
    let erased = operator.runs(&format!("user erase {} --yes --watch --json", ana.id())).await.json();
    assert_eq!(erased["status"], "SUCCEEDED", "{erased}");

    bench::lay(world, "presence", &["poison".to_owned()], "made up").await;
    operator.is_refused("dlq replay presence", "sqs:SendMessage").await;
    operator.is_refused("dlq replay presence --workflow", "states:StartExecution").await;
    assert_eq!(bench::lying(world, "presence").await.len(), 1);
}

/// The workflow reads the record again in a role of its own.
#[tokio::test]
async fn an_operator_who_may_repair_has_the_workflow_do_it() {
    let (world, _alone) = bench::alone_with(&["relay"]).await;
    let operator = Operator::with(world, &["read", "repair"]).await;
    let [ana, bruno] = world.people().await;
    let said = bench::accepted(&ana.sends(&ana.chat_with(&bruno).await, "Mend this").await);
    let place = bench::place_of(world, &said.message_id.to_string()).await;
    bench::lay(world, "relay", &[place.to_string()], "not read").await;
    let ran = operator.runs("dlq replay relay --workflow --json").await;
    assert_eq!((ran.code, &ran.json()["report"]["replayed"]), (0, &json!(1)), "{ran:?}");
    let replay = ran.json()["replayId"].as_str().unwrap().to_owned();
    assert_eq!(operator.runs(&format!("dlq cancel {replay} --json")).await.json()["status"], "succeeded");
}
