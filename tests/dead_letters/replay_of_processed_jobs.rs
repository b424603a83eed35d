//! Invariant 4: replaying jobs of messages that were processed long ago changes nothing that a client can see.

use paloma::domain::{Accepted, Receipt};
use paloma::queue::{Notification, NotificationJob, SummaryJob};
use paloma_tests::{Calls, Person, Phone, World, until};
use serde_json::{Value, json};

use crate::harness;

const QUEUES: [&str; 4] = ["deliveries", "summaries", "notifications", "propagate-status"];

#[tokio::test]
async fn convergent_replaying_the_jobs_of_processed_messages_changes_nothing() {
    let (world, _guards) = harness::own_queues(&QUEUES).await;
    let [ana, bruno] = world.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let chat = ana.chat_with(&bruno).await;
    let mut answers = Vec::new();
    for text in ["one", "two", "three"] {
        answers.push(ana.sends(&chat, text).await);
    }
    let accepted: Vec<Accepted> = answers.iter().map(harness::accepted).collect();
    phone.receives_alert(&chat, 3).await;
    let mut tablet = bruno.connects().await;
    assert_eq!(bruno.acknowledges(&answers[1], "read").await.status, 200);
    wait_until_processed(world, &ana, &chat).await;
    let before =
        (client_view(&ana, &chat, &accepted).await, client_view(&bruno, &chat, &accepted).await, phone.alerts().await);
    tablet.received_frames().await;

    send_jobs_again(world, &accepted, &bruno).await;
    for (queue, count) in [("summaries", 3), ("deliveries", 3), ("notifications", 3), ("propagate-status", 1)] {
        let ran = world.paloma(&["dlq", "replay", queue, "--json"]).await;
        assert_eq!((ran.code, &ran.json()["replayed"]), (0, &json!(count)), "{ran:?}");
    }
    harness::wait_until_idle(world).await;

    let after =
        (client_view(&ana, &chat, &accepted).await, client_view(&bruno, &chat, &accepted).await, phone.alerts().await);
    assert_eq!(before, after);
    // A frame may arrive twice: clients recognise a message by its id.
    for frame in tablet.received_frames().await.iter().filter(|frame| frame["type"] == "message") {
        let id = frame["message"]["messageId"].as_str().unwrap();
        assert!(accepted.iter().any(|message| message.message_id.to_string() == id), "a new message: {frame}");
    }
    for queue in QUEUES {
        assert_eq!(harness::count_by_job(world, queue).await.len(), 0, "{queue}");
    }
}

/// Waits until message 3 is summarised, messages 1 and 2 are read, and no job is left.
async fn wait_until_processed(world: &World, sender: &Person, chat: &str) {
    until("the summary and the ticks", async || {
        let listed = sender.listed(chat).await;
        let read = sender.history(chat, "").await.iter().filter(|message| message["status"] == "read").count();
        (listed["lastMessage"]["seq"] == 3 && read == 2).then_some(())
    })
    .await;
    harness::wait_until_idle(world).await;
}

/// Everything that a user sees of these messages: the chat list, the history, the receipts.
async fn client_view(person: &Person, chat: &str, accepted: &[Accepted]) -> Value {
    let mut receipts = Vec::new();
    for message in accepted {
        receipts.push(person.get(&format!("/messages/{}/receipts", message.message_id)).await.body);
    }
    let mut chats = person.get("/chats").await.body;
    // `asOf` is the time of the request.
    chats.as_object_mut().unwrap().remove("asOf");
    json!([chats, person.get(&format!("/chats/{chat}/messages")).await.body, receipts,])
}

/// Sends the jobs of these messages, and the record of a receipt for message 2, as dead letters.
async fn send_jobs_again(world: &World, accepted: &[Accepted], recipient: &Person) {
    let messages = world.environment(&Calls::default()).messages().unwrap();
    for accepted in accepted {
        let message = messages.message(accepted.message_id).await.unwrap().unwrap();
        let summary = serde_json::to_string(&SummaryJob::of(&message)).unwrap();
        let delivery = serde_json::to_string(&world.delivery_job(accepted).await).unwrap();
        let notify = NotificationJob::Notify(Notification::of(&message, vec![recipient.id().parse().unwrap()]));
        let notification = serde_json::to_string(&notify).unwrap();
        harness::send_dead_letters(world, "summaries", &[summary], "made up").await;
        harness::send_dead_letters(world, "deliveries", &[delivery], "made up").await;
        harness::send_dead_letters(world, "notifications", &[notification], "made up").await;
    }
    let receipt = world.receipt_record(&accepted[1], recipient, Receipt::Delivered).await;
    let image = harness::stream_image(&serde_json::to_value(receipt).unwrap());
    let record = harness::stream_record("message-status", "INSERT", image);
    harness::send_dead_letters(world, "propagate-status", &[record], "made up").await;
}
