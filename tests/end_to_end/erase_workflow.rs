//! The workflow of an erasure: its start, its retries, and a second execution after one that was stopped.

use aws_sdk_dynamodb::types::AttributeValue;
use paloma_tests::{Answer, Execution, World, until};
use reqwest::Method;
use serde_json::{Value, json};

use crate::erase::{assert_redacted, erased, until_summarised};

#[tokio::test]
async fn erase_retries_a_failed_task() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    ana.sends(&chat, "A secret").await;
    until_summarised(&bruno, &chat, 1).await;
    let head = format!("{chat}#head");
    let count = world.row("chats", "chatId", &head).await.unwrap()["participantCount"].clone();
    set_participant_count(&head, AttributeValue::S("unreadable".to_owned())).await;

    let input = json!({ "userId": ana.id(), "sweepAfterSeconds": 0 });
    let execution = Execution::start(world, "eraseAccount", input).await;
    until("a failed attempt", async || (execution.failures().await > 0).then_some(())).await;
    set_participant_count(&head, count).await;
    let ended = execution.result().await;
    assert!(ended.succeeded, "{ended:?}");
    assert_redacted(&bruno.history(&chat, "").await[0]);
}

async fn set_participant_count(head: &str, count: AttributeValue) {
    let world = World::get().await;
    let update = world.dynamodb().update_item().table_name(&world.description().tables["chats"]);
    let update =
        update.key("chatId", AttributeValue::S(head.to_owned())).update_expression("SET participantCount = :count");
    update.expression_attribute_values(":count", count).send().await.unwrap();
}

#[tokio::test]
async fn erase_after_a_stopped_execution_is_finished_by_the_next() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    ana.sends(&chat, "A secret").await;
    let input = json!({ "userId": ana.id(), "sweepAfterSeconds": 300 });
    let stopped = Execution::start(world, "eraseAccount", input).await;
    until("the state that waits for work in flight", async || {
        stopped.states().await.contains(&"Wait for running functions".to_owned()).then_some(())
    })
    .await;
    assert_eq!(ana.get("/me").await.status, 401, "the access has ended, and the messages are not erased yet");
    let mute = ana.put(&format!("/chats/{chat}/mute"), json!({ "until": null })).await;
    assert_eq!(mute.status, 401, "no mute during an erasure: {mute:?}");
    assert_eq!(bruno.history(&chat, "").await[0]["content"], "A secret");
    stopped.stop().await;
    erased(&ana).await;
    assert_redacted(&bruno.history(&chat, "").await[0]);
}

#[tokio::test]
async fn erase_needs_the_password_and_starts_once() {
    let [ana] = World::get().await.people().await;
    let delete = async |body: Value| Answer::to(ana.request(Method::DELETE, "/me").json(&body)).await;
    assert_eq!(delete(json!({})).await.problem(400), ["password"]);
    assert_eq!(delete(json!({ "password": "Wrong-horse-1" })).await.problem(403), Vec::<String>::new());
    assert_eq!(ana.get("/me").await.status, 200);

    let started = delete(json!({ "password": ana.user.password })).await;
    assert_eq!((started.status, &started.body["status"]), (202, &json!("running")), "{started:?}");
    until("the profile to go", async || (ana.get("/me").await.status == 401).then_some(())).await;
    // A repeated call needs no password, and names the same erasure.
    let again = delete(json!({})).await;
    assert_eq!((again.status, &again.body["erasureId"]), (202, &started.body["erasureId"]), "{again:?}");
}
