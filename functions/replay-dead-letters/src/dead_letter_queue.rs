//! A dead-letter queue as SQS has it: what is received is held for a while, and comes back unless it is removed.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, MessageSystemAttributeName,
    QueueAttributeName,
};
use futures::future::{join_all, try_join_all};
use paloma::runtime::Environment;

use crate::error::ReplayError;
use crate::letter::Letter;
use crate::queue_name::QueueName;
use crate::sending::{self, Taken};

/// How many messages one call receives, sends or removes (SQS' limit).
pub const MOST_AT_ONCE: usize = 10;

/// How many letters are asked for at once, in calls side by side.
pub const MOST_TAKEN: usize = 8 * MOST_AT_ONCE;

/// For how long a call waits for a letter. It then has asked all of SQS' servers (long polling).
const WAIT_SECONDS: i32 = 1;

/// A dead-letter queue.
#[derive(Debug, Clone)]
pub struct DeadLetterQueue {
    name: QueueName,
    client: Client,
    url: String,
}

/// How many letters there are, as SQS approximates it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Depth {
    /// That can be received.
    pub visible: u64,
    /// That somebody holds.
    pub held: u64,
}

impl DeadLetterQueue {
    /// The dead-letter queue of this name.
    ///
    /// # Errors
    /// When the environment does not say where it is.
    pub fn new(name: QueueName, environment: &Environment) -> Result<Self, ReplayError> {
        let url = environment.variable(&format!("{}_DEAD_LETTER_QUEUE", name.variable()))?;
        Ok(Self { name, client: environment.sqs(), url })
    }

    /// Its name.
    pub fn name(&self) -> QueueName {
        self.name
    }

    /// How many letters there are.
    ///
    /// # Errors
    /// When SQS does not answer.
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

    /// Lays letters into it that lay here before, with all that is known of them. What became of each, in their order.
    ///
    /// # Errors
    /// When SQS does not answer: then any of them may lie here. Lay them once more: a replay knows doubles.
    pub async fn lay_again(&self, letters: &[&Letter]) -> Result<Vec<Taken>, ReplayError> {
        sending::send(&self.client, &self.url, letters, Letter::notes).await
    }

    /// Receives up to so many letters and holds them for a while. None means that none could be received.
    pub(crate) async fn take(&self, most: usize, hold: Duration) -> Result<Vec<Letter>, ReplayError> {
        let mut letters = self.receive(most.min(MOST_AT_ONCE), hold).await?;
        if letters.len() == MOST_AT_ONCE && most > MOST_AT_ONCE {
            let calls = most.min(MOST_TAKEN).div_ceil(MOST_AT_ONCE) - 1;
            let more = try_join_all((0..calls).map(|_| self.receive(MOST_AT_ONCE, hold))).await?;
            letters.extend(more.into_iter().flatten());
        }
        Ok(letters)
    }

    async fn receive(&self, most: usize, hold: Duration) -> Result<Vec<Letter>, ReplayError> {
        let received = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(i32::try_from(most.max(1)).unwrap_or(1))
            .visibility_timeout(seconds(hold))
            .wait_time_seconds(WAIT_SECONDS)
            .message_attribute_names("All")
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .send()
            .await
            .map_err(ReplayError::call("sqs:ReceiveMessage"))?;
        Ok(received.messages.unwrap_or_default().into_iter().map(Letter::of).collect())
    }

    /// Holds letters for another while; for none at all, they can be received again at once.
    ///
    /// That is a courtesy: what is not told to SQS comes back by itself, a little later. So nothing fails by it.
    pub(crate) async fn hold(&self, handles: &[String], hold: Duration) {
        join_all(handles.chunks(MOST_AT_ONCE).map(async |batch| {
            let entries = batch.iter().enumerate().filter_map(|(index, handle)| {
                let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(index.to_string());
                entry.receipt_handle(handle).visibility_timeout(seconds(hold)).build().ok()
            });
            let change = self.client.change_message_visibility_batch().queue_url(&self.url);
            let _ = change.set_entries(Some(entries.collect())).send().await;
        }))
        .await;
    }

    /// Removes letters for good. Answers the ids of those that are gone; the others come back.
    pub(crate) async fn remove(&self, letters: &[&Letter]) -> Result<Vec<String>, ReplayError> {
        let mut gone = Vec::with_capacity(letters.len());
        for batch in letters.chunks(MOST_AT_ONCE) {
            let entries = batch.iter().enumerate().filter_map(|(index, letter)| {
                let entry = DeleteMessageBatchRequestEntry::builder().id(index.to_string());
                entry.receipt_handle(&letter.receipt_handle).build().ok()
            });
            let removed = self
                .client
                .delete_message_batch()
                .queue_url(&self.url)
                .set_entries(Some(entries.collect()))
                .send()
                .await
                .map_err(ReplayError::call("sqs:DeleteMessage"))?;
            let ids = removed.successful.into_iter().filter_map(|entry| entry.id.parse::<usize>().ok());
            gone.extend(ids.filter_map(|index| Some(batch.get(index)?.id.clone())));
        }
        Ok(gone)
    }
}

fn seconds(hold: Duration) -> i32 {
    i32::try_from(hold.as_secs()).unwrap_or(i32::MAX)
}
