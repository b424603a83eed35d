//! The safety net, second half: enqueues messages that send-message stored, but did not enqueue before it died
//! (invariant 3). The first half is in relay.
//!
//! Send-message enqueues the delivery before the summary, and a job in SQS either runs or becomes a dead letter. So if
//! a chat's summary has reached a message, that message or a later one was delivered; a client that gets a later one
//! sees the gap in `seq` and fetches the message. If the summary has not reached the message after a minute, both jobs
//! are enqueued again. A job that runs twice changes nothing.

use futures::{StreamExt, TryStreamExt, stream};
use paloma::domain::{ChatId, Head, Message, Seq, Timestamp, Watermark};
use paloma::queue::{Audience, DeliveryJob, JobError, MissingChat, Queue, SummaryCheck, SummaryJob};
use paloma::store::{Chats, Messages};

/// Messages enqueued again at once.
const AT_ONCE: usize = 16;

#[derive(Debug, Clone)]
pub(crate) struct SafetyNet {
    pub chats: Chats,
    pub messages: Messages,
    pub deliveries: Queue<DeliveryJob>,
    pub summaries: Queue<SummaryJob>,
}

impl SafetyNet {
    /// Enqueues the check's messages again, if the chat's summary has not reached them.
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

/// Logs a message that was enqueued again, or a check that found nothing missing.
fn log(chat_id: ChatId, seq: Seq, message: Option<&Message>) {
    tracing::info!(
        stage = "safety-net",
        outcome = if message.is_some() { "enqueued again" } else { "nothing lost" },
        chatId = %chat_id,
        messageId = message.map(|message| tracing::field::display(message.message_id)),
        seq = u64::from(seq),
        EnqueuedAgain = message.map(|_| 1_u64),
        sinceAcceptedMs = message.map(|message| message.created_at.millis_until(Timestamp::now())),
    );
}
