//! Invariant 3 without a retry of the client: the safety net enqueues a stored message about a minute later, once.

use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{Context, LambdaEvent};
use paloma::domain::{ClientMessageId, Content, Draft, Message, UserId};
use paloma::queue::{SummaryCheck, SummaryJob};
use paloma_tests::{Calls, Crash, LONG, Person, Phone, World, killed_before_enqueuing, until, until_within};
use send_message::SendMessage;
use serde_json::{Value, json};
use update_summaries::UpdateSummaries;

use crate::durable::at_every_call;
use crate::events::{record_of, replay};

/// The log lines of the safety net about a message.
fn safety_net_lines(world: &World, chat: &str, seq: u64) -> Vec<Value> {
    let log = world.log_of("update-summaries");
    log.into_iter()
        .filter(|line| line["stage"] == "safety-net" && line["chatId"] == chat && line["seq"] == seq)
        .collect()
}

fn draft(chat: &str, sender: &Person) -> Draft {
    let client_message_id = ClientMessageId::try_from(UserId::random().to_string()).unwrap();
    let content = Content::try_from("Not lost".to_owned()).unwrap();
    Draft {
        chat_id: chat.parse().unwrap(),
        sender_id: sender.id().parse().unwrap(),
        client_message_id,
        content,
        reply_to: None,
    }
}

#[tokio::test]
async fn durable_a_send_killed_after_its_transaction_is_delivered_once_by_socket_and_push() {
    let world = World::get().await;
    let [ana, bruno, carla] = world.people().await;
    let phone = Phone::of(&carla, "fcm").await;
    let chat = ana.group_with(&[bruno.id(), carla.id()]).await;
    let mut screen = bruno.connects().await;
    killed_before_enqueuing(world, &ana, &chat, "Not lost").await;
    assert_eq!(bruno.history(&chat, "").await.len(), 1, "the message is stored");
    assert_eq!(bruno.listed(&chat).await["lastMessage"], Value::Null, "the message is not summarised");

    // The client does not retry.
    until_within(LONG, "the safety net", async || (!safety_net_lines(world, &chat, 1).is_empty()).then_some(())).await;
    assert_eq!(screen.receives_message(&chat, 1).await["content"], "Not lost");
    assert_eq!(phone.receives_alert(&chat, 1).await.badge, 1);
    until("the summary", async || (bruno.listed(&chat).await["lastMessage"]["seq"] == 1).then_some(())).await;

    // After the next message there is no second frame, no second push and no second check of message 1.
    ana.sends(&chat, "Next").await;
    screen.receives_message(&chat, 2).await;
    assert!(screen.received_frames().await.iter().all(|frame| frame["message"]["seq"] != 1), "message 1 came once");
    phone.receives_alert(&chat, 2).await;
    assert_eq!(phone.alerts().await.iter().filter(|alert| alert.seq == 1).count(), 1);
    assert_eq!(safety_net_lines(world, &chat, 1).len(), 1);
}

#[tokio::test]
async fn durable_a_send_that_crashes_at_an_enqueue_is_delivered_without_a_retry() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let mut screen = bruno.connects().await;
    let mut lost = Vec::new();
    // Call 0 reads, 1 is the transaction, 2 enqueues the delivery, 3 the summary.
    for crash in [Crash::After(1), Crash::Before(2), Crash::After(2), Crash::Before(3)] {
        let chat = ana.group_with(&[bruno.id()]).await;
        let crashing = SendMessage::new(&world.environment(&Calls::crashing(crash))).unwrap();
        crashing.send(ana.session(), draft(&chat, &ana), None).await.unwrap_err();
        lost.push(chat);
    }
    for chat in &lost {
        until_within(LONG, "the safety net", async || (!safety_net_lines(world, chat, 1).is_empty()).then_some(()))
            .await;
        screen.receives_message(chat, 1).await;
        until("the summary", async || (bruno.listed(chat).await["lastMessage"]["seq"] == 1).then_some(())).await;
        let lines = safety_net_lines(world, chat, 1);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert_eq!(lines[0]["outcome"], "enqueued again");
        assert!(lines[0]["sinceAcceptedMs"].as_u64().unwrap() >= 60_000, "at least a minute later: {lines:?}");
    }
}

/// The summary is late because of a busy queue, and there before the check.
#[tokio::test]
async fn a_late_summary_is_no_lost_message() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let mut screen = bruno.connects().await;
    let crashing = SendMessage::new(&world.environment(&Calls::crashing(Crash::Before(3)))).unwrap();
    crashing.send(ana.session(), draft(&chat, &ana), None).await.unwrap_err();
    let received = screen.receives_message(&chat, 1).await;
    let message: Message = serde_json::from_value(received).unwrap();
    until("the relay to enqueue a check", async || {
        let log = world.log_of("relay");
        log.iter().any(|line| line["chatId"] == chat && line["outcome"] == "check enqueued").then_some(())
    })
    .await;
    let summaries = world.environment(&Calls::default()).summaries().unwrap();
    summaries.enqueue(&chat, &SummaryJob::of(&message)).await.unwrap();

    until_within(LONG, "the check", async || (!safety_net_lines(world, &chat, 1).is_empty()).then_some(())).await;
    let lines = safety_net_lines(world, &chat, 1);
    assert!(lines.iter().all(|line| line["outcome"] == "nothing lost"), "{lines:?}");
    assert!(screen.received_frames().await.iter().all(|frame| frame["type"] != "message"), "no second frame");
}

/// A summary check as SQS sends it to update-summaries.
fn event_of(check: &SummaryCheck) -> LambdaEvent<SqsEvent> {
    event_of_try(check, "1", 1)
}

/// The same, as the job with this id and at this try.
fn event_of_try(check: &SummaryCheck, id: &str, number: u32) -> LambdaEvent<SqsEvent> {
    let body = serde_json::to_string(&SummaryJob::Check(check.clone())).unwrap();
    let tries = json!({ "ApproximateReceiveCount": number.to_string() });
    let event = json!({ "Records": [{
        "messageId": id, "receiptHandle": "x", "body": body, "attributes": tries,
        "messageAttributes": {}, "md5OfBody": "", "eventSource": "aws:sqs", "awsRegion": "us-east-1",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:dev-summaries",
    }] });
    LambdaEvent::new(serde_json::from_value(event).unwrap(), Context::default())
}

/// A check enqueues only the messages that it names. The client finds the gap before a frame, and fetches what is
/// missing.
#[tokio::test]
async fn a_check_enqueues_its_own_messages_and_the_client_fetches_gaps() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let mut screen = bruno.connects().await;
    for _ in 0..2 {
        let lost = SendMessage::new(&world.environment(&Calls::crashing(Crash::Before(2)))).unwrap();
        lost.send(ana.session(), draft(&chat, &ana), None).await.unwrap_err();
    }
    let update_summaries = UpdateSummaries::new(&world.environment(&Calls::default())).unwrap();
    let check = SummaryCheck { chat_id: chat.parse().unwrap(), seqs: [2.try_into().unwrap()].into() };
    assert!(update_summaries.handle(event_of(&check)).await.unwrap().batch_item_failures.is_empty());
    let received = screen.receives_message(&chat, 2).await;
    assert_eq!(received["seq"], 2);
    assert!(
        screen.received_frames().await.iter().all(|frame| frame["type"] != "message"),
        "the check does not name message 1"
    );
    assert_eq!(bruno.history(&chat, "?after=0").await.len(), 2, "the client fetches both");
}

/// Both functions of the safety net crash before and after each of their calls: the stream or the queue retries.
#[tokio::test]
async fn durable_a_safety_net_that_crashes_anywhere_is_finished_by_its_retry() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.group_with(&[bruno.id()]).await;
    let mut screen = bruno.connects().await;
    let lost = SendMessage::new(&world.environment(&Calls::crashing(Crash::Before(2)))).unwrap();
    lost.send(ana.session(), draft(&chat, &ana), None).await.unwrap_err();
    let message = bruno.history(&chat, "").await.remove(0);
    let record = record_of(&message).await;
    at_every_call(async |calls| {
        let crashing = relay::Relay::new(&world.environment(&calls)).unwrap();
        assert_eq!(replay(&crashing, record.clone()).await.len(), usize::from(calls.crashed()), "a crash is an error");
    })
    .await;

    let check = SummaryCheck { chat_id: chat.parse().unwrap(), seqs: [1.try_into().unwrap()].into() };
    for crash in (0..).flat_map(|number| [Crash::Before(number), Crash::After(number)]) {
        let calls = Calls::crashing(crash);
        let crashing = UpdateSummaries::new(&world.environment(&calls)).unwrap();
        let answer = crashing.handle(event_of(&check)).await.unwrap();
        assert_eq!(answer.batch_item_failures.len(), usize::from(calls.crashed()), "a crash is an error");
        // Once a try has enqueued the summary, later tries make fewer calls, and do not crash.
        if !calls.crashed() {
            break;
        }
    }
    screen.receives_message(&chat, 1).await;
    until("the summary", async || (bruno.listed(&chat).await["lastMessage"]["seq"] == 1).then_some(())).await;
}

/// A record that is read again makes no second check. Checks of the same message enqueue it once, unless the one that
/// began is retried.
#[tokio::test]
async fn a_message_is_checked_once_and_enqueued_again_once_however_often_its_record_and_its_check_arrive() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let mut screen = bruno.connects().await;
    let lost = SendMessage::new(&world.environment(&Calls::crashing(Crash::Before(2)))).unwrap();
    lost.send(ana.session(), draft(&chat, &ana), None).await.unwrap_err();
    let record = record_of(&bruno.history(&chat, "").await.remove(0)).await;
    until("the check of the stack", async || world.row("chats", "chatId", &format!("{chat}#net")).await.map(drop))
        .await;
    let calls = Calls::default();
    let relay = relay::Relay::new(&world.environment(&calls)).unwrap();
    for _ in 0..3 {
        assert_eq!(replay(&relay, record.clone()).await, Vec::<String>::new());
    }
    assert!(calls.made().iter().all(|call| call != "SendMessage"), "no check: {:?}", calls.made());

    let check = SummaryCheck { chat_id: chat.parse().unwrap(), seqs: [1.try_into().unwrap()].into() };
    let run = async |id: &str, number: u32| {
        let calls = Calls::default();
        let update_summaries = UpdateSummaries::new(&world.environment(&calls)).unwrap();
        let answer = update_summaries.handle(event_of_try(&check, id, number)).await.unwrap();
        assert!(answer.batch_item_failures.is_empty());
        calls.made().iter().filter(|call| *call == "SendMessage").count()
    };
    // Its first try met an outage, and so may have its summary.
    assert_eq!(run("met an outage", 2).await, 1, "the check itself, for later");
    // The delivery and the summary that it enqueues are those of the stack, so the summary may be there at once.
    assert_eq!(run("first", 1).await, 2, "the delivery and the summary");
    screen.receives_message(&chat, 1).await;
    assert!(run("second", 1).await <= 1, "at most the check itself, for later");
    until("the summary", async || (bruno.listed(&chat).await["lastMessage"]["seq"] == 1).then_some(())).await;
    assert_eq!(run("third", 1).await, 0, "nothing is lost");
    assert!(screen.received_frames().await.iter().all(|frame| frame["type"] != "message"), "no second frame");
}
