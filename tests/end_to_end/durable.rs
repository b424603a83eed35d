//! Invariant 3: a crash between any two calls of any function loses nothing and blocks nothing.
//!
//! Each function runs in this process on the real tables and queues, and crashes before and after each of its calls in
//! turn. Then the retry follows: the client repeats a send, SQS a job, the stream a record. The result must be the same
//! as without a crash.

use fan_out::FanOut;
use paloma::domain::{Accepted, ChatId, ClientMessageId, Content, Draft, Message, Receipt, Session, Timestamp, UserId};
use paloma::queue::{Audience, DeliveryJob, Job, SummaryJob};
use paloma_tests::{Calls, Crash, Person, World, until};
use propagate_status::{PropagateStatus, by_chat as receipts_by_chat};
use send_message::SendMessage;
use update_summaries::{UpdateSummaries, by_chat};

/// Upper limit for the calls of one function. The enumeration ends when a function completes without a crash.
const MOST_CALLS: usize = 100;

/// Runs `attempt` with a crash before and after each call in turn, and at last without a crash.
pub(crate) async fn at_every_call(mut attempt: impl AsyncFnMut(Calls)) {
    let mut crashes = 0;
    for number in 0..MOST_CALLS {
        let mut completed = false;
        for crash in [Crash::Before(number), Crash::After(number)] {
            let calls = Calls::crashing(crash);
            attempt(calls.clone()).await;
            completed = !calls.crashed();
            crashes += usize::from(!completed);
        }
        if completed {
            assert!(crashes >= 4, "the function made too few calls: {crashes} crashes");
            return;
        }
    }
    panic!("no end after {MOST_CALLS} calls");
}

pub(crate) fn draft(chat_id: ChatId, sender: &Person) -> Draft {
    let client_message_id = ClientMessageId::try_from(UserId::random().to_string()).unwrap();
    let content = Content::try_from("Nothing is lost".to_owned()).unwrap();
    Draft { chat_id, sender_id: sender.id().parse().unwrap(), client_message_id, content, reply_to: None }
}

/// Sends a message without a crash.
pub(crate) async fn send(chat_id: ChatId, sender: &Person) -> Message {
    let send_message = SendMessage::new(&World::get().await.environment(&Calls::default())).unwrap();
    send_message.send(sender.session(), draft(chat_id, sender), None).await.unwrap().message
}

#[tokio::test]
async fn durable_a_send_that_crashes_anywhere_is_finished_by_its_retry() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let chat_id: ChatId = chat.parse().unwrap();
    let mut phone = bruno.connects().await;
    let mut sent: Vec<Message> = Vec::new();
    at_every_call(async |calls| {
        let draft = draft(chat_id, &ana);
        let crashing = SendMessage::new(&world.environment(&calls)).unwrap();
        let first = crashing.send(Session::beginning_now(draft.sender_id), draft.clone(), None).await;
        assert_eq!(first.is_err(), calls.crashed(), "a crash is an error");
        let retried = SendMessage::new(&world.environment(&Calls::default())).unwrap();
        let message = retried
            .send(Session::beginning_now(draft.sender_id), draft, None)
            .await
            .expect("the retry succeeds")
            .message;
        assert_eq!(u64::from(message.seq), sent.len() as u64 + 1, "one message for two tries, without a gap");
        if let Ok(first) = first {
            assert_eq!(first.message, message);
        }
        sent.push(message);
    })
    .await;

    for message in &sent {
        let received = phone.receives_message(&chat, message.seq.into()).await;
        assert_eq!(received["messageId"], message.message_id.to_string());
    }
    let last = u64::from(sent.last().unwrap().seq);
    until("the summary of the last message", async || {
        (bruno.listed(&chat).await["lastMessage"]["seq"] == last).then_some(())
    })
    .await;
}

#[tokio::test]
async fn durable_a_summary_that_crashes_anywhere_is_finished_by_its_retry() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let chat_id: ChatId = chat.parse().unwrap();
    at_every_call(async |calls| {
        let message = send(chat_id, &ana).await;
        let jobs = [Job::first_try("1", SummaryJob::of(&message))];
        let summary = by_chat(&jobs, Timestamp::now()).remove(0);
        let crashing = UpdateSummaries::new(&world.environment(&calls)).unwrap();
        let first = crashing.summarise(&summary).await;
        assert!(first.is_ok() || calls.crashed());
        // Without the charge to the sender's bucket the job still succeeds, and is not retried.
        if first.is_err() {
            UpdateSummaries::new(&world.environment(&Calls::default())).unwrap().summarise(&summary).await.unwrap();
        }
        let listed = bruno.listed(&chat).await;
        assert_eq!(listed["lastMessage"]["messageId"], message.message_id.to_string());
        assert_eq!(ana.listed(&chat).await["unreadCount"], 0);
    })
    .await;
}

#[tokio::test]
async fn durable_a_receipt_propagation_that_crashes_anywhere_is_finished_by_its_retry() {
    let world = World::get().await;
    let [ana, bruno, carla] = world.people().await;
    let chat = ana.group_with(&[bruno.id(), carla.id()]).await;
    let chat_id: ChatId = chat.parse().unwrap();
    let mut phone = ana.connects().await;
    at_every_call(async |calls| {
        let message = send(chat_id, &ana).await;
        carla.acknowledges(&serde_json::json!(message), "read").await;
        // As after a crash of update-status that has stored the receipt alone: propagate-status must move the mark,
        // too.
        let receipt = world.receipt_record(&Accepted::from(&message), &bruno, Receipt::Read).await;
        let crashing = PropagateStatus::new(&world.environment(&calls)).unwrap();
        let receipts = receipts_by_chat([&receipt]).remove(0);
        assert_eq!(crashing.propagate(&receipts).await.is_err(), calls.crashed());
        PropagateStatus::new(&world.environment(&Calls::default())).unwrap().propagate(&receipts).await.unwrap();
        let seq = u64::from(message.seq);
        assert_eq!(bruno.listed(&chat).await["readSeq"], seq);
        phone.receives_tick(&chat, seq, "read").await;
        assert_eq!(ana.history(&chat, &format!("?after={}", seq - 1)).await[0]["status"], "read");
        assert_eq!(world.stored_status(&message.message_id.to_string()).await, "read");
    })
    .await;
}

#[tokio::test]
async fn durable_a_delivery_that_crashes_anywhere_is_finished_by_its_retry() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let message = send(chat.parse().unwrap(), &ana).await;
    at_every_call(async |calls| {
        let mut phone = bruno.connects().await;
        let job = DeliveryJob::of_message(&message, Audience::Everyone, None);
        let crashing = FanOut::new(&world.environment(&calls)).unwrap();
        let first = crashing.deliver(&job).await;
        // A failed post is retried at once, so a crash there may go unnoticed. Every other crash fails the job.
        if first.is_err() {
            assert!(calls.crashed());
        }
        FanOut::new(&world.environment(&Calls::default())).unwrap().deliver(&job).await.unwrap();
        assert_eq!(phone.receives_message(&chat, 1).await["messageId"], message.message_id.to_string());
    })
    .await;
}
