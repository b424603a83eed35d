//! One dead-letter queue in SQS. A received dead letter is invisible to other receivers for a while (SQS' visibility
//! timeout: it is *held*), and becomes visible again unless it is removed.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, MessageSystemAttributeName,
    QueueAttributeName,
};
use futures::future::{join_all, try_join_all};

use super::dead_letter::DeadLetter;
use super::error::ReplayError;
use super::queue_name::QueueName;
use super::sending::{self, MAX_BATCH, SendOutcome};
use crate::runtime::Environment;

/// Dead letters that [`DeadLetterQueue::receive`] returns at most; it makes parallel calls.
pub const MAX_RECEIVED: usize = 8 * MAX_BATCH;

/// Time for which a receive waits for messages (long polling): SQS then asks all of its servers.
const WAIT_SECONDS: i32 = 1;

/// A dead-letter queue.
#[derive(Debug, Clone)]
pub struct DeadLetterQueue {
    name: QueueName,
    client: Client,
    url: String,
}

/// The number of dead letters in a queue. SQS approximates it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Depth {
    /// Dead letters that can be received now.
    pub visible: u64,
    /// Dead letters that a receiver holds.
    pub held: u64,
}

impl DeadLetterQueue {
    /// Finds the queue's address in the environment.
    ///
    /// # Errors
    /// When the environment lacks the address.
    pub fn new(name: QueueName, environment: &Environment) -> Result<Self, ReplayError> {
        let url = environment.variable(&format!("{}_DEAD_LETTER_QUEUE", name.variable()))?;
        Ok(Self { name, client: environment.sqs(), url })
    }

    /// The queue's name.
    pub fn name(&self) -> QueueName {
        self.name
    }

    /// Counts the dead letters.
    pub async fn depth(&self) -> Result<Depth, ReplayError> {
        let (visible, held) = (
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        );
        let answer = self
            .client
            .get_queue_attributes()
            .queue_url(&self.url)
            .attribute_names(visible.clone())
            .attribute_names(held.clone())
            .send()
            .await
            .map_err(ReplayError::call("sqs:GetQueueAttributes"))?;
        let count = |name| answer.attributes()?.get(&name)?.parse().ok();
        Ok(Depth { visible: count(visible).unwrap_or_default(), held: count(held).unwrap_or_default() })
    }

    /// Sends dropped dead letters to this queue again, with all their attributes. Returns one outcome per dead letter,
    /// in the same order.
    ///
    /// # Errors
    /// After an error, any of them may be in the queue. Restore them again: a replay recognises duplicates.
    pub async fn restore(&self, dead_letters: &[&DeadLetter]) -> Result<Vec<SendOutcome>, ReplayError> {
        sending::send(&self.client, &self.url, dead_letters, DeadLetter::attributes).await
    }

    /// Receives at most `max` dead letters and holds them. An empty answer means that no dead letter is visible.
    pub(crate) async fn receive(&self, max: usize, hold: Duration) -> Result<Vec<DeadLetter>, ReplayError> {
        let mut dead_letters = self.receive_batch(max.min(MAX_BATCH), hold).await?;
        if dead_letters.len() == MAX_BATCH && max > MAX_BATCH {
            let calls = max.min(MAX_RECEIVED).div_ceil(MAX_BATCH) - 1;
            let more = try_join_all((0..calls).map(|_| self.receive_batch(MAX_BATCH, hold))).await?;
            dead_letters.extend(more.into_iter().flatten());
        }
        Ok(dead_letters)
    }

    async fn receive_batch(&self, max: usize, hold: Duration) -> Result<Vec<DeadLetter>, ReplayError> {
        let received = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(i32::try_from(max.max(1)).unwrap_or(1))
            .visibility_timeout(seconds(hold))
            .wait_time_seconds(WAIT_SECONDS)
            .message_attribute_names("All")
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .send()
            .await
            .map_err(ReplayError::call("sqs:ReceiveMessage"))?;
        Ok(received.messages.unwrap_or_default().into_iter().map(DeadLetter::of).collect())
    }

    /// Holds received dead letters for `hold` from now. Zero makes them visible at once.
    ///
    /// Failures are ignored: the dead letters then become visible when their current visibility timeout ends.
    pub(crate) async fn hold(&self, receipt_handles: &[String], hold: Duration) {
        join_all(receipt_handles.chunks(MAX_BATCH).map(async |batch| {
            let entries = batch.iter().enumerate().filter_map(|(index, handle)| {
                let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(index.to_string());
                entry.receipt_handle(handle).visibility_timeout(seconds(hold)).build().ok()
            });
            let change = self.client.change_message_visibility_batch().queue_url(&self.url);
            let _ = change.set_entries(Some(entries.collect())).send().await;
        }))
        .await;
    }

    /// Removes dead letters for good. Returns the ids of those that SQS deleted; the others become visible again.
    pub(crate) async fn remove(&self, dead_letters: &[&DeadLetter]) -> Result<Vec<String>, ReplayError> {
        let mut removed_ids = Vec::with_capacity(dead_letters.len());
        for batch in dead_letters.chunks(MAX_BATCH) {
            let entries = batch.iter().enumerate().filter_map(|(index, dead_letter)| {
                let entry = DeleteMessageBatchRequestEntry::builder().id(index.to_string());
                entry.receipt_handle(&dead_letter.receipt_handle).build().ok()
            });
            let removed = self
                .client
                .delete_message_batch()
                .queue_url(&self.url)
                .set_entries(Some(entries.collect()))
                .send()
                .await
                .map_err(ReplayError::call("sqs:DeleteMessage"))?;
            let indexes = removed.successful.into_iter().filter_map(|entry| entry.id.parse::<usize>().ok());
            removed_ids.extend(indexes.filter_map(|index| Some(batch.get(index)?.id.clone())));
        }
        Ok(removed_ids)
    }
}

fn seconds(hold: Duration) -> i32 {
    i32::try_from(hold.as_secs()).unwrap_or(i32::MAX)
}
