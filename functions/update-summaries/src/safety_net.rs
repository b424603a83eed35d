//! The safety net: messages that were stored, and whose sender died before enqueuing them (invariant 3).
//!
//! Send-message enqueues the delivery first and the summary after it, and what SQS has taken is done or ends in a
//! dead-letter queue. So a chat whose summary has come to a message has had that message delivered, or a later one,
//! from which every client sees the hole and fetches it. Where it has not come to it a minute after, both jobs are
//! enqueued again. They may turn out to be doubles, which change nothing.

use futures::{StreamExt, TryStreamExt, stream};
use paloma::domain::{ChatId, Head, Message, Seq, Timestamp, Watermark};
use paloma::queue::{Audience, DeliveryJob, JobError, MissingChat, Queue, SummaryCheck, SummaryJob};
use paloma::store::{Chats, Messages};

/// How many messages are enqueued again at once.
const AT_ONCE: usize = 16;

/// What the safety net works with.
#[derive(Debug, Clone)]
pub(crate) struct SafetyNet {
    pub chats: Chats,
    pub messages: Messages,
    pub deliveries: Queue<DeliveryJob>,
    pub summaries: Queue<SummaryJob>,
}

impl SafetyNet {
    /// Enqueues again what the summary of a chat has not come to.
    ///
    /// # Errors
    /// When a table or a queue does not answer: the check is tried again.
    pub async fn check(&self, check: &SummaryCheck) -> Result<(), JobError> {
        let SummaryCheck { chat_id, seqs } = check;
        let (chat_id, Some(first), Some(newest)) = (*chat_id, seqs.first(), seqs.last()) else { return Ok(()) };
        let head = self.chats.head(chat_id).await?.ok_or(MissingChat::Head(chat_id))?;
        let summarised = head.last_message.as_ref().map_or(Watermark::START, |last| last.seq.into());
        if summarised.covers(*newest) {
            log(chat_id, *newest, None);
            return Ok(());
        }
        let after = summarised.max(Watermark::at(u64::from(*first) - 1));
        let mut missing = self.messages.between(chat_id, &head, after, (*newest).into()).await?;
        missing.retain(|message| seqs.contains(&message.seq));
        stream::iter(&missing)
            .map(|message| self.enqueue_again(message, &head))
            .buffered(AT_ONCE)
            .try_collect::<Vec<()>>()
            .await?;
        Ok(())
    }

    async fn enqueue_again(&self, message: &Message, head: &Head) -> Result<(), JobError> {
        let delivery = DeliveryJob::of_message(message, Audience::everyone_in(head), None);
        self.deliveries.enqueue(message.chat_id, &delivery).await?;
        self.summaries.enqueue(message.chat_id, &SummaryJob::of(message)).await?;
        log(message.chat_id, message.seq, Some(message));
        Ok(())
    }
}

/// The line about a message that was enqueued again, or about a check that found none.
fn log(chat_id: ChatId, seq: Seq, again: Option<&Message>) {
    tracing::info!(
        stage = "safety-net",
        outcome = if again.is_some() { "enqueued again" } else { "nothing lost" },
        chatId = %chat_id,
        messageId = again.map(|message| tracing::field::display(message.message_id)),
        seq = u64::from(seq),
        EnqueuedAgain = again.map(|_| 1_u64),
        sinceAcceptedMs = again.map(|message| message.created_at.millis_until(Timestamp::now())),
    );
}
