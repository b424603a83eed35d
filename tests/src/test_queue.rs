//! A queue without a consumer: the test reads the jobs that a function in this process enqueues there.

use serde_json::Value;

use crate::World;

/// An SQS queue that only one test uses.
#[derive(Debug, Clone)]
pub struct TestQueue {
    /// The URL, for a variable of a function.
    pub url: String,
}

impl TestQueue {
    /// Creates an empty queue.
    pub async fn create() -> Self {
        let name = format!("test-{:016x}", fastrand::u64(..));
        let made = World::get().await.sqs().create_queue().queue_name(name).send().await.unwrap();
        Self { url: made.queue_url().expect("an address").to_owned() }
    }

    /// Receives and deletes every visible job.
    pub async fn take(&self) -> Vec<Value> {
        let sqs = World::get().await.sqs();
        let mut jobs = Vec::new();
        loop {
            let received = sqs.receive_message().queue_url(&self.url).max_number_of_messages(10).send().await.unwrap();
            if received.messages().is_empty() {
                return jobs;
            }
            for message in received.messages() {
                jobs.push(serde_json::from_str(message.body().unwrap_or_default()).expect("a job"));
                let handle = message.receipt_handle().unwrap_or_default();
                sqs.delete_message().queue_url(&self.url).receipt_handle(handle).send().await.unwrap();
            }
        }
    }

    /// The number of delayed jobs.
    pub async fn delayed(&self) -> usize {
        use aws_sdk_sqs::types::QueueAttributeName::ApproximateNumberOfMessagesDelayed as Delayed;
        let asked = World::get().await.sqs().get_queue_attributes().queue_url(&self.url).attribute_names(Delayed);
        let answer = asked.send().await.unwrap();
        answer.attributes().and_then(|all| all.get(&Delayed)?.parse().ok()).expect("a number")
    }
}
