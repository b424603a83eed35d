//! The queues: standard ones, at least once, in any order, replayed by hand. Every job may be done twice.

mod batch;
mod jobs;

pub use batch::{Batch, Job, JobError, consume_each};
pub use jobs::{Audience, DeliveryJob, MAX_RECIPIENTS_PER_SHARD, QUIET_ABOVE, SummaryJob};

use std::marker::PhantomData;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::DisplayErrorContext;
use serde::Serialize;

use crate::domain::ChatId;

/// Why a job could not be enqueued.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The job does not write as JSON.
    #[error("a job does not write as JSON: {0}")]
    Encode(#[from] serde_json::Error),
    /// SQS refused, throttled, or could not be reached.
    #[error("SendMessage failed: {cause}")]
    Call {
        /// The whole chain of causes.
        cause: String,
    },
}

/// A queue of jobs of one kind.
#[derive(Debug)]
pub struct Queue<J> {
    client: Client,
    url: String,
    jobs: PhantomData<fn(J)>,
}

impl<J> Clone for Queue<J> {
    fn clone(&self) -> Self {
        Self { client: self.client.clone(), url: self.url.clone(), jobs: PhantomData }
    }
}

impl<J: Serialize> Queue<J> {
    /// The queue at this URL.
    pub fn new(client: Client, url: String) -> Self {
        Self { client, url, jobs: PhantomData }
    }

    /// Enqueues a job. Its chat is its group: a busy chat does not keep the others waiting (fair queues).
    ///
    /// # Errors
    /// When SQS does not take it.
    pub async fn enqueue(&self, chat_id: ChatId, job: &J) -> Result<(), QueueError> {
        self.client
            .send_message()
            .queue_url(&self.url)
            .message_group_id(chat_id.to_string())
            .message_body(serde_json::to_string(job)?)
            .send()
            .await
            .map_err(|error| QueueError::Call { cause: DisplayErrorContext(&error).to_string() })?;
        Ok(())
    }
}
