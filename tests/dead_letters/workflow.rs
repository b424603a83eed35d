//! The real workflow `replay-dead-letters`: it completes, survives failures, and is stopped by errors and by operators.

use paloma::domain::{ChatId, UserId};
use paloma_tests::{Calls, Execution, World, typing_job, until};
use serde_json::{Value, json};

use crate::harness;

/// Subscribes a new queue to the operations topic, where the workflow publishes its reports. Returns the queue's URL.
async fn subscribe_to_reports(world: &World) -> String {
    let name = format!("reports-{:08x}", fastrand::u32(..));
    let queue = world.sqs().create_queue().queue_name(&name).send().await.unwrap().queue_url.unwrap();
    let topic = &world.description().topics["operations"];
    let arn = format!("arn:aws:sqs:us-east-1:000000000000:{name}");
    let policy = json!({ "Statement": [{
        "Effect": "Allow", "Principal": { "Service": "sns.amazonaws.com" }, "Action": "sqs:SendMessage",
        "Resource": arn,
    }] });
    let policy_name = aws_sdk_sqs::types::QueueAttributeName::Policy;
    let set = world.sqs().set_queue_attributes().queue_url(&queue).attributes(policy_name, policy.to_string());
    set.send().await.unwrap();
    let subscribe = world.sns().subscribe().topic_arn(topic).protocol("sqs").endpoint(arn);
    subscribe.attributes("RawMessageDelivery", "true").send().await.unwrap();
    queue
}

/// Waits for the report of a replay.
async fn report(world: &World, queue: &str, replay: &str) -> Value {
    until("the report", async || {
        let received = world.sqs().receive_message().queue_url(queue).max_number_of_messages(10).send().await.unwrap();
        let reports = received.messages().iter().filter_map(|message| serde_json::from_str(message.body()?).ok());
        reports.into_iter().find(|report: &Value| report["replayId"] == replay)
    })
    .await
}

fn good(count: usize, recipient: &str) -> Vec<String> {
    (0..count).map(|_| typing_job(ChatId::random(), UserId::random(), recipient.parse().unwrap())).collect()
}

fn poison(count: usize) -> Vec<String> {
    (0..count).map(|_| format!("poison {}", UserId::random())).collect()
}

#[tokio::test]
async fn the_workflow_replays_retries_a_failed_task_and_publishes_a_report() {
    let (world, _guards) = harness::own_queues(&["deliveries"]).await;
    let [bruno] = world.people().await;
    let reports = subscribe_to_reports(world).await;
    harness::send_dead_letters(world, "deliveries", &[good(12, bruno.id()), poison(3)].concat(), "made up").await;

    let lambda = aws_sdk_lambda::Client::new(world.environment(&Calls::default()).aws());
    let (function, none) = ("dev-replay-dead-letters", 0);
    lambda
        .put_function_concurrency()
        .function_name(function)
        .reserved_concurrent_executions(none)
        .send()
        .await
        .unwrap();
    let input = json!({ "queue": "deliveries", "firstFew": 5, "settleSeconds": 20 });
    let execution = Execution::start(world, "replayDeadLetters", input).await;
    until("a try to fail", async || (execution.failures().await > 0).then_some(())).await;
    lambda.delete_function_concurrency().function_name(function).send().await.unwrap();

    let ended = execution.result().await;
    assert!(ended.succeeded, "{ended:?}");
    let counts = ["replayed", "returned", "left"].map(|name| ended.output[name].as_u64().unwrap());
    assert_eq!(counts, [15, 3, 0], "{ended:?}");
    let replay = ended.output["replayId"].as_str().unwrap();
    assert_eq!(report(world, &reports, replay).await["outcome"], "complete");
    assert_eq!(harness::count_by_job(world, "deliveries").await.len(), 3);
    let states = execution.states().await;
    let position = |name: &str| states.iter().position(|state| state == name);
    assert!(position("Count failures of the first few") < position("Replay a round"), "a few first: {states:?}");
}

#[tokio::test]
async fn the_workflow_stops_when_the_first_jobs_fail_again() {
    let (world, _guards) = harness::own_queues(&["summaries"]).await;
    let reports = subscribe_to_reports(world).await;
    harness::send_dead_letters(world, "summaries", &poison(20), "made up").await;
    let input = json!({ "queue": "summaries", "firstFew": 4, "settleSeconds": 20 });
    let execution = Execution::start(world, "replayDeadLetters", input).await;
    let ended = execution.result().await;
    assert!(!ended.succeeded && ended.failure.contains("the cause is not fixed"), "{ended:?}");
    let report = report(world, &reports, execution.name()).await;
    let counts = (&report["outcome"], &report["replayed"], &report["returned"]);
    assert_eq!(counts, (&json!("stopped"), &json!(4), &json!(4)));
    assert_eq!(harness::count_by_job(world, "summaries").await.len(), 20, "no dead letter is lost");
}

#[tokio::test]
async fn the_workflow_fails_with_a_report_when_its_input_is_invalid() {
    let world = World::get().await;
    let reports = subscribe_to_reports(world).await;
    let execution = Execution::start(world, "replayDeadLetters", json!({ "queue": "delivery" })).await;
    let ended = execution.result().await;
    assert!(!ended.succeeded && ended.failure.contains("there are deliveries, summaries"), "{ended:?}");
    assert_eq!(report(world, &reports, execution.name()).await["outcome"], "failed");
}

#[tokio::test]
async fn operators_start_follow_and_cancel_the_workflow() {
    let (world, _guards) = harness::own_queues(&["presence"]).await;
    harness::send_dead_letters(world, "presence", &poison(15), "made up").await;
    let (first, second) = tokio::join!(world.paloma(&["dlq", "replay", "presence", "--workflow", "--json"]), async {
        // The replay is cancelled while the workflow waits 40 s for jobs that fail again.
        let sfn = aws_sdk_sfn::Client::new(world.environment(&Calls::default()).aws());
        let machine = &world.description().state_machines["replayDeadLetters"];
        let name = until("the execution", async || {
            let running = sfn.list_executions().state_machine_arn(machine).send().await.unwrap();
            let found = running.executions().iter().find(|each| each.name().starts_with("presence-"))?;
            Some(found.name().to_owned())
        })
        .await;
        world.paloma(&["dlq", "cancel", &name, "--json"]).await
    });
    assert_eq!((second.code, &second.json()["status"]), (0, &json!("aborted")), "{second:?}");
    assert_eq!(
        (first.code, &first.json()["status"]),
        (1, &json!("aborted")),
        "the command that follows the replay reports it: {first:?}"
    );
    until("the replayed jobs to be back", async || {
        (harness::count_by_job(world, "presence").await.len() == 15).then_some(())
    })
    .await;
}
