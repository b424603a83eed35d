//! `paloma trace`: the steps of a message, and the failed stage with its cause.

use aws_sdk_dynamodb::types::AttributeValue;
use paloma_tests::{CommandOutput, LONG, Phone, World, until, until_within};
use serde_json::Value;

use crate::message_changes::{delete, edit};

fn steps_of<'a>(trace: &'a Value, stage: &str) -> Vec<&'a Value> {
    trace["steps"].as_array().unwrap().iter().filter(|step| step["stage"] == stage).collect()
}

async fn trace(message_id: &str) -> CommandOutput {
    World::get().await.paloma(&["trace", message_id, "--json"]).await
}

#[tokio::test]
async fn trace_shows_every_step_of_a_message() {
    let world = World::get().await;
    let [ana, bruno, carla] = world.people().await;
    let carla_phone = Phone::of(&carla, "fcm").await;
    let mut bruno_socket = bruno.connects().await;
    let chat = ana.group_with(&[bruno.id(), carla.id()]).await;
    let sent = ana.sends(&chat, "A secret of ours").await;
    bruno_socket.receives_message(&chat, 1).await;
    carla_phone.receives_alert(&chat, 1).await;
    assert_eq!(bruno.acknowledges(&sent, "read").await.status, 200);

    let id = sent["messageId"].as_str().unwrap();
    // Logs and events arrive a moment later.
    let trace = until("all steps", async || {
        let output = trace(id).await;
        assert!(output.stderr.is_empty(), "{}", output.stderr);
        let trace = output.json();
        let stages =
            ["accepted", "send-message", "fan-out", "update-summaries", "phone", "receipt", "propagate-status"];
        let is_whole = stages.iter().all(|stage| !steps_of(&trace, stage).is_empty());
        is_whole.then_some(trace)
    })
    .await;
    assert_eq!((&trace["problems"], &trace["content"]), (&serde_json::json!([]), &Value::Null), "{trace}");
    assert_eq!((&trace["chatId"], &trace["seq"]), (&serde_json::json!(chat), &serde_json::json!(1)));
    let times: Vec<_> = trace["steps"].as_array().unwrap().iter().map(|step| step["at"].as_u64().unwrap()).collect();
    assert!(times.is_sorted(), "{times:?}");
    assert!(!trace.to_string().contains("secret"), "content is hidden unless it is asked for");

    let recipients = trace["recipients"].as_array().unwrap();
    let recipient = |id: &str| recipients.iter().find(|of| of["userId"] == id).expect("a recipient");
    assert_eq!(recipients.len(), 2, "the sender is no recipient");
    let (b, c) = (recipient(bruno.id()), recipient(carla.id()));
    assert_eq!((&b["onSocket"], &b["delivered"], &b["read"]), (&true.into(), &true.into(), &true.into()), "{b}");
    assert!(b["readAt"].as_u64() >= trace["acceptedAt"].as_u64());
    assert_eq!((&c["onSocket"], &c["delivered"], &c["pushed"]), (&false.into(), &false.into(), &true.into()), "{c}");
    assert!(c["pushedAt"].is_u64() && c["devices"] == 1, "{c}");

    let output = world.paloma(&["trace", id, "--content"]).await;
    assert_eq!(output.code, 0, "{}", output.stdout);
    for part in ["no step is missing", "A secret of ours", "fan-out", bruno.id(), carla.id(), "read by"] {
        assert!(output.stdout.contains(part), "no {part:?} in {}", output.stdout);
    }
}

#[tokio::test]
async fn trace_shows_the_changes_of_a_message() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let (sent, other) = (ana.sends(&chat, "A secret of ours").await, ana.sends(&chat, "Another").await);
    assert_eq!(edit(&ana, &sent, "No secret", 0).await.status, 200);
    assert_eq!(edit(&ana, &other, "Another one", 0).await.status, 200);
    assert_eq!(delete(&ana, &sent).await.status, 200);
    let trace = trace(sent["messageId"].as_str().unwrap()).await.json();
    let changes: Vec<_> = steps_of(&trace, "change").iter().map(|step| step["summary"].as_str().unwrap()).collect();
    let expected = [format!("edited by {}, changeSeq 1", ana.id()), format!("deleted by {}, changeSeq 3", ana.id())];
    assert_eq!(changes, expected, "{trace}");
}

/// Without the row of the chat, fan-out and update-summaries fail until the test puts the row back.
#[tokio::test]
async fn trace_names_the_stage_and_the_cause_of_a_fan_out_that_failed() {
    let world = World::get().await;
    // The first command compiles the binary, for longer than the 15 s of the retries.
    drop(paloma_tests::paloma().await);
    let [ana, bruno, carla] = world.people().await;
    let chat = ana.group_with(&[bruno.id(), carla.id()]).await;
    let table = &world.description().tables["chats"];
    let row = world.row("chats", "chatId", &chat).await.expect("the chat");
    let delete = world.dynamodb().delete_item().table_name(table);
    delete.key("chatId", AttributeValue::S(chat.clone())).send().await.unwrap();
    let sent = ana.sends(&chat, "Not delivered").await;
    let id = sent["messageId"].as_str().unwrap();

    // During the retries trace shows failures; at the end, and at once on a busy machine, the dead letter.
    let expected = format!("dev-fan-out gave up after 5 tries: chat {chat} does not exist");
    let of_fan_out = |trace: &Value| {
        let problems = trace["problems"].as_array().unwrap();
        let dead = |of: &&Value| of["stage"] == "dev-fan-out" && of["summary"].as_str().unwrap().contains("gave up");
        problems.iter().find(dead).cloned()
    };
    until("the failing job", async || {
        let problems = trace(id).await.json()["problems"].to_string();
        (problems.contains("failed at try") || problems.contains("gave up")).then_some(())
    })
    .await;
    let (traced, problem) = until_within(LONG, "the dead letter", async || {
        let output = trace(id).await;
        assert_eq!(output.code, 1, "{output:?}");
        let traced = output.json();
        of_fan_out(&traced).map(|problem| (traced, problem))
    })
    .await;
    assert_eq!(problem["summary"], expected);
    let next = format!("remove the cause, then: paloma dlq replay deliveries --message {id} {}", world.local());
    assert_eq!(problem["nextStep"], next);
    let is_ours = |step: &&&Value| step["summary"].as_str().unwrap().starts_with("in deliveries: ");
    assert_eq!(steps_of(&traced, "dead letter").iter().filter(is_ours).count(), 1, "{traced}");
    let tries = steps_of(&traced, "dev-fan-out").into_iter().filter(|step| step["failed"] == true).count();
    assert!(tries >= 5, "every try is shown: {traced}");
    let output = world.paloma(&["trace", id]).await;
    assert!(
        output.code == 1 && output.stdout.starts_with("Missing: ") && output.stdout.contains(&expected),
        "{output:?}"
    );

    // Tracing has not consumed the dead letter. After the repair and a replay, nothing is missing.
    world.dynamodb().put_item().table_name(table).set_item(Some(row)).send().await.unwrap();
    for (queue, dead) in [("deliveries", "deliveriesDeadLetter"), ("summaries", "summariesDeadLetter")] {
        let dead_letter = world.take_from_within(LONG, dead, id).await;
        let send = world.sqs().send_message().queue_url(world.queue(queue)).message_body(dead_letter.body().unwrap());
        send.send().await.unwrap();
    }
    until("a trace without problems", async || {
        let output = trace(id).await;
        (output.code == 0).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_unknown_message_and_an_invalid_id_have_different_exit_codes() {
    let world = World::get().await;
    let output = trace("6f1c1b9e-4f5e-4f0a-9d3c-2b7a5e8d9c10").await;
    assert_eq!(output.code, 3);
    assert!(output.stderr.contains("there is no message 6f1c1b9e-4f5e-4f0a-9d3c-2b7a5e8d9c10"), "{}", output.stderr);
    let output = world.paloma(&["trace", "yesterday's"]).await;
    assert_eq!(output.code, 2);
    assert!(output.stderr.contains("must be a UUID"), "{}", output.stderr);
}
