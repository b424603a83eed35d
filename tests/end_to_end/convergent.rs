//! Invariant 4: reordered, repeated and replayed jobs end in the same state.

use paloma::domain::{ChatId, Message};
use paloma::queue::{Audience, DeliveryJob, SummaryJob};
use paloma_tests::{World, until};
use serde_json::Value;

#[tokio::test]
async fn convergent_repeated_and_shuffled_summaries_end_in_the_same_state() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let mut messages = Vec::new();
    for number in 1..=6 {
        let sender = if number % 3 == 0 { &bruno } else { &ana };
        messages.push(sender.sends(&chat, &format!("number {number}")).await);
    }
    let settled = until("all summaries and marks", async || {
        let (of_ana, of_bruno) = (ana.listed(&chat).await, bruno.listed(&chat).await);
        let is_settled = of_bruno["lastMessage"]["seq"] == 6 && of_ana["readSeq"] == 5 && of_bruno["readSeq"] == 6;
        is_settled.then_some((of_ana, of_bruno))
    })
    .await;

    // Every job is enqueued again twice, in random order, as a redrive may do.
    let history: Vec<Message> =
        bruno.history(&chat, "").await.into_iter().map(|message| serde_json::from_value(message).unwrap()).collect();
    let mut replayed: Vec<_> = history.iter().rev().chain(&history).map(SummaryJob::of).collect();
    fastrand::shuffle(&mut replayed);
    let summaries = world.environment(&Default::default()).summaries().unwrap();
    for job in &replayed {
        summaries.enqueue(job.chat_id(), job).await.unwrap();
    }
    ana.sends(&chat, "Seven").await;
    until("the newest summary", async || (bruno.listed(&chat).await["lastMessage"]["seq"] == 7).then_some(())).await;
    until("every job to be done", async || {
        let log = world.log_of("update-summaries");
        let of_chat = log.iter().filter(|line| line["chatId"] == chat && line["stage"] == "update-summaries");
        // Seven jobs from the sends, and the replayed ones.
        (of_chat.count() >= 7 + replayed.len()).then_some(())
    })
    .await;

    let (of_ana, of_bruno) = (ana.listed(&chat).await, bruno.listed(&chat).await);
    assert_eq!(of_bruno["lastMessage"]["content"], "Seven");
    assert_eq!((&of_ana["readSeq"], &of_ana["unreadCount"]), (&Value::from(7), &Value::from(0)));
    assert_eq!((&of_bruno["readSeq"], &of_bruno["unreadCount"]), (&settled.1["readSeq"], &Value::from(1)));
}

#[tokio::test]
async fn convergent_a_replayed_delivery_posts_the_same_message_again() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let mut phone = bruno.connects().await;
    let chat = ana.chat_with(&bruno).await;
    let sent = ana.sends(&chat, "Once more").await;
    let first = phone.receives_message(&chat, 1).await;
    assert_eq!(bruno.acknowledges(&sent, "read").await.status, 200);

    let message: Message = serde_json::from_value(first.clone()).unwrap();
    let deliveries = world.environment(&Default::default()).deliveries().unwrap();
    let chat_id: ChatId = chat.parse().unwrap();
    deliveries.enqueue(chat_id, &DeliveryJob::of_message(&message, Audience::Everyone, None)).await.unwrap();
    assert_eq!(
        phone.receives_message(&chat, 1).await,
        first,
        "a client recognises the message by its id and seq, and shows it once"
    );
    assert_eq!(bruno.listed(&chat).await["unreadCount"], 0, "the replay makes nothing unread");
}
