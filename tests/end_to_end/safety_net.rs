//! Invariant 3, where nobody retries: what was stored is told within about a minute, once.

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

/// What the safety net did about a message of a chat, so far.
fn caught(world: &World, chat: &str, seq: u64) -> Vec<Value> {
    let log = world.log_of("update-summaries");
    log.into_iter()
        .filter(|line| line["stage"] == "safety-net" && line["chatId"] == chat && line["seq"] == seq)
        .collect()
}

fn draft(chat: &str, sender: &Person) -> Draft {
    let client_message_id = ClientMessageId::try_from(UserId::random().to_string()).unwrap();
    let content = Content::try_from("Nobody is missed".to_owned()).unwrap();
    Draft { chat_id: chat.parse().unwrap(), sender_id: sender.id().parse().unwrap(), client_message_id, content }
}

#[tokio::test]
async fn durable_a_send_killed_after_its_transaction_is_told_by_socket_and_push_and_once() {
    let world = World::get().await;
    let [ana, bruno, carla] = world.people().await;
    let phone = Phone::of(&carla, "fcm").await;
    let chat = ana.group_with(&[bruno.id(), carla.id()]).await;
    let mut screen = bruno.connects().await;
    killed_before_enqueuing(world, &ana, &chat, "Nobody is missed").await;
    assert_eq!(bruno.history(&chat, "").await.len(), 1, "it was stored");
    assert_eq!(bruno.listed(&chat).await["lastMessage"], Value::Null, "and nothing more");

    // Nobody retries.
    until_within(LONG, "the safety net", async || (!caught(world, &chat, 1).is_empty()).then_some(())).await;
    assert_eq!(screen.receives_message(&chat, 1).await["content"], "Nobody is missed");
    assert_eq!(phone.receives_alert(&chat, 1).await.badge, 1);
    until("the summary", async || (bruno.listed(&chat).await["lastMessage"]["seq"] == 1).then_some(())).await;

    // What follows finds everything in order: no message twice on the screen, no second push, no second net.
    ana.sends(&chat, "And on").await;
    screen.receives_message(&chat, 2).await;
    assert!(screen.received_frames().await.iter().all(|frame| frame["message"]["seq"] != 1), "once on the screen");
    phone.receives_alert(&chat, 2).await;
    assert_eq!(phone.alerts().await.iter().filter(|alert| alert.seq == 1).count(), 1);
    assert_eq!(caught(world, &chat, 1).len(), 1);
}

#[tokio::test]
async fn durable_a_send_that_dies_at_any_enqueue_is_told_although_nobody_retries() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let mut screen = bruno.connects().await;
    let mut lost = Vec::new();
    // 0 reads, 1 is the transaction, 2 the delivery, 3 the summary.
    for crash in [Crash::After(1), Crash::Before(2), Crash::After(2), Crash::Before(3)] {
        let chat = ana.group_with(&[bruno.id()]).await;
        let dying = SendMessage::new(&world.environment(&Calls::crashing(crash))).unwrap();
        dying.send(ana.session(), draft(&chat, &ana), None).await.unwrap_err();
        lost.push(chat);
    }
    for chat in &lost {
        until_within(LONG, "the safety net", async || (!caught(world, chat, 1).is_empty()).then_some(())).await;
        screen.receives_message(chat, 1).await;
        until("the summary", async || (bruno.listed(chat).await["lastMessage"]["seq"] == 1).then_some(())).await;
        let lines = caught(world, chat, 1);
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert_eq!(lines[0]["outcome"], "enqueued again");
        assert!(lines[0]["sinceAcceptedMs"].as_u64().unwrap() >= 60_000, "not before its time: {lines:?}");
    }
}

/// The summary comes late, as from a busy queue: by the time the question is asked it is answered.
#[tokio::test]
async fn a_busy_queue_is_not_a_lost_message() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let mut screen = bruno.connects().await;
    let dying = SendMessage::new(&world.environment(&Calls::crashing(Crash::Before(3)))).unwrap();
    dying.send(ana.session(), draft(&chat, &ana), None).await.unwrap_err();
    let received = screen.receives_message(&chat, 1).await;
    let message: Message = serde_json::from_value(received).unwrap();
    until("the relay to have looked", async || {
        let log = world.log_of("relay");
        log.iter().any(|line| line["chatId"] == chat && line["outcome"] == "to be checked").then_some(())
    })
    .await;
    let summaries = world.environment(&Calls::default()).summaries().unwrap();
    summaries.enqueue(&chat, &SummaryJob::of(&message)).await.unwrap();

    until_within(LONG, "the check", async || (!caught(world, &chat, 1).is_empty()).then_some(())).await;
    let lines = caught(world, &chat, 1);
    assert!(lines.iter().all(|line| line["outcome"] == "nothing lost"), "{lines:?}");
    assert!(screen.received_frames().await.iter().all(|frame| frame["type"] != "message"), "nothing came twice");
}

/// A question of the net, as the queue brings it.
fn asked(check: &SummaryCheck) -> LambdaEvent<SqsEvent> {
    let body = serde_json::to_string(&SummaryJob::Check(check.clone())).unwrap();
    let event = json!({ "Records": [{
        "messageId": "1", "receiptHandle": "x", "body": body, "attributes": { "ApproximateReceiveCount": "1" },
        "messageAttributes": {}, "md5OfBody": "", "eventSource": "aws:sqs", "awsRegion": "us-east-1",
        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:dev-summaries",
    }] });
    LambdaEvent::new(serde_json::from_value(event).unwrap(), Context::default())
}

/// However many questions are asked, each is about its own messages: what one of them enqueues, no other does. And what
/// lies before a message that was told is a hole, which the client fills.
#[tokio::test]
async fn each_message_is_enqueued_again_once_and_a_hole_is_filled_by_the_client() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let mut screen = bruno.connects().await;
    for _ in 0..2 {
        let lost = SendMessage::new(&world.environment(&Calls::crashing(Crash::Before(2)))).unwrap();
        lost.send(ana.session(), draft(&chat, &ana), None).await.unwrap_err();
    }
    let net = UpdateSummaries::new(&world.environment(&Calls::default())).unwrap();
    let check = SummaryCheck { chat_id: chat.parse().unwrap(), seqs: [2.try_into().unwrap()].into() };
    assert!(net.handle(asked(&check)).await.unwrap().batch_item_failures.is_empty());
    let received = screen.receives_message(&chat, 2).await;
    assert_eq!(received["seq"], 2);
    assert!(screen.received_frames().await.iter().all(|frame| frame["type"] != "message"), "of the other nobody asked");
    assert_eq!(bruno.history(&chat, "?after=0").await.len(), 2, "a client that knows nothing before 2 asks for it");
}

/// Both halves of the net die before and after every call that they make: the stream, or the queue, brings back what was
/// under way.
#[tokio::test]
async fn durable_a_net_that_dies_anywhere_is_spread_and_hauled_in_by_its_retry() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.group_with(&[bruno.id()]).await;
    let mut screen = bruno.connects().await;
    let lost = SendMessage::new(&world.environment(&Calls::crashing(Crash::Before(2)))).unwrap();
    lost.send(ana.session(), draft(&chat, &ana), None).await.unwrap_err();
    let message = bruno.history(&chat, "").await.remove(0);
    let record = record_of(&message).await;
    at_every_call(async |calls| {
        let dying = relay::Relay::new(&world.environment(&calls)).unwrap();
        assert_eq!(replay(&dying, record.clone()).await.len(), usize::from(calls.crashed()), "a death is no success");
    })
    .await;

    let check = SummaryCheck { chat_id: chat.parse().unwrap(), seqs: [1.try_into().unwrap()].into() };
    for crash in (0..).flat_map(|number| [Crash::Before(number), Crash::After(number)]) {
        let calls = Calls::crashing(crash);
        let dying = UpdateSummaries::new(&world.environment(&calls)).unwrap();
        let answer = dying.handle(asked(&check)).await.unwrap();
        assert_eq!(answer.batch_item_failures.len(), usize::from(calls.crashed()), "a death is no success");
        // Once the summary has been enqueued, by whichever try, there is nothing left to do.
        if !calls.crashed() {
            break;
        }
    }
    screen.receives_message(&chat, 1).await;
    until("the summary", async || (bruno.listed(&chat).await["lastMessage"]["seq"] == 1).then_some(())).await;
}
