//! The safety net, second half: enqueues messages that send-message stored, but did not enqueue before it died
//! (invariant 3). The first half is in relay.
//!
//! Send-message enqueues the delivery before the summary, and a job in SQS either runs or becomes a dead letter. So if
//! a chat's summary has reached a message, that message or a later one was delivered; a client that gets a later one
//! sees the gap in `seq` and fetches the message. If the summary has not reached the message after a minute, both jobs
//! are enqueued again. A job that runs twice changes nothing.
//!
//! A late summary is not a lost one, and work that is repeated while work is late makes everything later. So a check
//! waits if its queue has a backlog, if it met an outage itself, or if the messages were just enqueued again.

use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use paloma::domain::{ChatId, Message, Seq, Timestamp, Watermark};
use paloma::queue::{Audience, DeliveryJob, Job, JobError, MissingChat, Queue, SummaryCheck, SummaryJob};
use paloma::store::{Chats, Messages, SAFETY_NET_PAUSE};

/// Messages enqueued again at once.
const AT_ONCE: usize = 16;

/// Ready jobs from which the queue has a backlog: five batches.
const BACKLOG: u64 = 50;

/// Wait of a check that found a backlog.
const BACKLOG_WAIT: Duration = Duration::from_secs(60);

/// Wait of a check that met an outage: the longest pause between two tries of the summary, which met it too.
const OUTAGE_WAIT: Duration = Duration::from_secs(10 * 60);

#[derive(Debug, Clone)]
pub(crate) struct SafetyNet {
    pub chats: Chats,
    pub messages: Messages,
    pub deliveries: Queue<DeliveryJob>,
    pub summaries: Queue<SummaryJob>,
}

impl SafetyNet {
    /// Enqueues the check's messages again, if the chat's summary has not reached them.
    pub async fn check(&self, job: &Job<SummaryJob>) -> Result<(), JobError> {
        let SummaryJob::Check(check) = &job.work else { return Ok(()) };
        let SummaryCheck { chat_id, seqs } = check;
        let (chat_id, Some(first), Some(newest)) = (*chat_id, seqs.first(), seqs.last()) else { return Ok(()) };
        let head = self.chats.head(chat_id).await?.ok_or(MissingChat::Head(chat_id))?;
        let summarised = head.last_message.as_ref().map_or(Watermark::START, |last| last.seq.into());
        if summarised.covers(*newest) {
            log(chat_id, *newest, None);
            return Ok(());
        }
        if self.summaries.backlog().await? >= BACKLOG {
            return self.check_later(check, BACKLOG_WAIT, "backlog").await;
        }
        let is_retry = job.tries > 1;
        if !self.chats.may_enqueue_again(chat_id, *newest, (&job.id, is_retry), Timestamp::now()).await? {
            let (wait, reason) =
                if is_retry { (OUTAGE_WAIT, "outage") } else { (SAFETY_NET_PAUSE, "just enqueued again") };
            return self.check_later(check, wait, reason).await;
        }
        let after = summarised.max(Watermark::at(u64::from(*first) - 1));
        let mut missing = self.messages.between(chat_id, &head, after, (*newest).into()).await?;
        missing.retain(|message| seqs.contains(&message.seq));
        stream::iter(&missing)
            .map(|message| self.enqueue_again(message))
            .buffered(AT_ONCE)
            .try_collect::<Vec<()>>()
            .await?;
        Ok(())
    }

    /// Enqueues the check for later.
    async fn check_later(&self, check: &SummaryCheck, wait: Duration, reason: &str) -> Result<(), JobError> {
        let chat_id = check.chat_id;
        tracing::info!(stage = "safety-net", outcome = "checked later", chatId = %chat_id, reason);
        Ok(self.summaries.enqueue_after(wait, chat_id, &SummaryJob::Check(check.clone())).await?)
    }

    /// A block may have begun or ended since, so fan-out finds out the audience.
    async fn enqueue_again(&self, message: &Message) -> Result<(), JobError> {
        let delivery = DeliveryJob::of_message(message, Audience::Everyone, None);
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
