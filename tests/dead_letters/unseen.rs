//! Invariant 4: replaying the dead letters of messages long since processed changes nothing that a client can see.

use paloma::domain::{Accepted, Receipt};
use paloma::queue::{Notification, NotificationJob, SummaryJob};
use paloma_tests::{Calls, Person, Phone, until};
use serde_json::{Value, json};

use crate::bench;

/// What somebody sees: their list, the history, and who has what.
async fn sees(person: &Person, chat: &str, said: &[Accepted]) -> Value {
    let mut receipts = Vec::new();
    for message in said {
        receipts.push(person.get(&format!("/messages/{}/receipts", message.message_id)).await.body);
    }
    let mut chats = person.get("/chats").await.body;
    // The mark of when the list was read.
    chats.as_object_mut().unwrap().remove("asOf");
    json!([chats, person.get(&format!("/chats/{chat}/messages")).await.body, receipts,])
}

#[tokio::test]
async fn convergent_letters_of_messages_long_since_processed_change_nothing() {
    let queues = ["deliveries", "summaries", "notifications", "propagate-status"];
    let (world, _alone) = bench::alone_with(&queues).await;
    let [ana, bruno] = world.people().await;
    let phone = Phone::of(&bruno, "fcm").await;
    let chat = ana.chat_with(&bruno).await;
    let mut answers = Vec::new();
    for text in ["one", "two", "three"] {
        answers.push(ana.sends(&chat, text).await);
    }
    let said: Vec<Accepted> = answers.iter().map(bench::accepted).collect();
    phone.receives_alert(&chat, 3).await;
    let mut tablet = bruno.connects().await;
    assert_eq!(bruno.acknowledges(&answers[1], "read").await.status, 200);
    until("all to be told", async || {
        let seen = ana.listed(&chat).await;
        let ticked = ana.history(&chat, "").await.iter().filter(|message| message["status"] == "read").count();
        (seen["lastMessage"]["seq"] == 3 && ticked == 2).then_some(())
    })
    .await;
    bench::everything_done(world).await;
    let before = (sees(&ana, &chat, &said).await, sees(&bruno, &chat, &said).await, phone.alerts().await);
    tablet.received_frames().await;

    let messages = world.environment(&Calls::default()).messages().unwrap();
    for accepted in &said {
        let message = messages.message(accepted.message_id).await.unwrap().unwrap();
        let summary = serde_json::to_string(&SummaryJob::of(&message)).unwrap();
        let delivery = serde_json::to_string(&world.delivery_job(accepted).await).unwrap();
        let notify = NotificationJob::Notify(Notification::of(&message, vec![bruno.id().parse().unwrap()]));
        let notification = serde_json::to_string(&notify).unwrap();
        bench::lay(world, "summaries", &[summary], "made up").await;
        bench::lay(world, "deliveries", &[delivery], "made up").await;
        bench::lay(world, "notifications", &[notification], "made up").await;
    }
    let receipt = serde_json::to_value(world.receipt_record(&said[1], &bruno, Receipt::Delivered).await).unwrap();
    let record = bench::record("message-status", "INSERT", bench::in_stream(&receipt));
    bench::lay(world, "propagate-status", &[record], "made up").await;
    for (queue, letters) in [("summaries", 3), ("deliveries", 3), ("notifications", 3), ("propagate-status", 1)] {
        let ran = world.paloma(&["dlq", "replay", queue, "--json"]).await;
        assert_eq!((ran.code, &ran.json()["replayed"]), (0, &json!(letters)), "{ran:?}");
    }
    bench::everything_done(world).await;

    let after = (sees(&ana, &chat, &said).await, sees(&bruno, &chat, &said).await, phone.alerts().await);
    assert_eq!(before, after);
    // A frame may come twice: clients know a message by its id.
    for frame in tablet.received_frames().await.iter().filter(|frame| frame["type"] == "message") {
        let id = frame["message"]["messageId"].as_str().unwrap();
        assert!(said.iter().any(|message| message.message_id.to_string() == id), "a new message: {frame}");
    }
    for queue in queues {
        assert_eq!(bench::lying(world, queue).await.len(), 0, "{queue}");
    }
}
