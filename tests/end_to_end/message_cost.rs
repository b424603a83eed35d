//! The calls of the consumers for a message of a direct chat. More of them are a change of the product's price.
//!
//! The calls of a send are counted in `send_cost`, those of a delivery in `reachability`. `cargo bench --bench cost`
//! counts whole conversations.

use paloma::domain::{Accepted, Receipt, Timestamp};
use paloma::queue::{Job, SummaryJob};
use paloma_tests::{Calls, FakeGateway, Person, TestQueue, World};
use propagate_status::{PropagateStatus, by_chat as receipts_by_chat};
use send_message::SendMessage;
use update_summaries::{UpdateSummaries, by_chat};

use crate::durable::draft;
use crate::erase::until_summarised;

/// Sends a message that no consumer of the stack sees, and returns the job of its summary.
async fn job_of_a_summary(chat: &str, sender: &Person) -> Vec<Job<SummaryJob>> {
    let (world, queue) = (World::get().await, TestQueue::create().await);
    let environment = world.environment_with(&[("DELIVERIES_QUEUE", &queue.url), ("SUMMARIES_QUEUE", &queue.url)]);
    let send_message = SendMessage::new(&environment).unwrap();
    send_message.send(sender.session(), draft(chat.parse().unwrap(), sender), None).await.unwrap();
    let jobs = queue.take().await.into_iter().filter_map(|job| serde_json::from_value::<SummaryJob>(job).ok());
    jobs.map(|job| Job::first_try("1", job)).collect()
}

async fn calls_of(jobs: &[Job<SummaryJob>]) -> Vec<String> {
    let calls = Calls::default();
    let update_summaries = UpdateSummaries::new(&World::get().await.environment(&calls)).unwrap();
    update_summaries.summarise(&by_chat(jobs, Timestamp::now()).remove(0)).await.unwrap();
    calls.made()
}

async fn calls_of_a_summary(chat: &str, sender: &Person) -> Vec<String> {
    calls_of(&job_of_a_summary(chat, sender).await).await
}

/// On an overloaded machine a job is often tried again after it has done everything.
#[tokio::test]
async fn a_repeated_summary_does_not_move_a_chat_in_the_lists_again() {
    let world = World::get().await;
    let [ana] = world.people().await;
    let others: Vec<_> = world.silent_people(9).await.iter().map(ToString::to_string).collect();
    let chat = ana.group_with(&others.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let job = job_of_a_summary(&chat, &ana).await;
    let updates = async || calls_of(&job).await.into_iter().filter(|call| call == "UpdateItem").count();
    let first = updates().await;
    assert!(first >= 10, "the first message moves the chat in ten lists, in {first} updates");
    let again = updates().await;
    assert!(again <= 2, "the head and the sender's limit: {again}");
}

#[tokio::test]
async fn the_summary_of_a_direct_message_costs_two_writes_and_no_read() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    ana.sends(&chat, "first").await;
    until_summarised(&bruno, &chat, 1).await;
    let mut made = calls_of_a_summary(&chat, &ana).await;
    if made.len() > 2 {
        // A minute has begun in between, in which the chat moves up in both lists. The next message is in it.
        made = calls_of_a_summary(&chat, &ana).await;
    }
    assert_eq!(made, ["UpdateItem", "UpdateItem"], "the head, and the sender's limit");
    // Bruno answers without a receipt: his marks and the ticks of Ana's messages move, too.
    let answer = calls_of_a_summary(&chat, &bruno).await;
    assert_eq!(answer.iter().filter(|call| *call == "BatchGetItem").count(), 1, "{answer:?}");
}

#[tokio::test]
async fn a_receipt_of_a_direct_message_costs_two_reads_a_write_and_a_post() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat = ana.chat_with(&bruno).await;
    let message: Accepted = serde_json::from_value(ana.sends(&chat, "first").await).unwrap();
    bruno.acknowledges(&serde_json::json!(message), "read").await;
    let receipt = world.receipt_record(&message, &bruno, Receipt::Read).await;
    let (calls, gateway) = (Calls::default(), FakeGateway::open().await);
    gateway.open_socket_of(ana.id().parse().unwrap()).await;
    let propagate_status = PropagateStatus::new(&world.environment_posting_to(&calls, &gateway.endpoint)).unwrap();
    propagate_status.propagate(&receipts_by_chat([&receipt]).remove(0)).await.unwrap();
    let mut made = calls.made();
    made.sort();
    assert_eq!(made, ["BatchGetItem", "BatchGetItem", "PostToConnection", "UpdateItem"]);
}
