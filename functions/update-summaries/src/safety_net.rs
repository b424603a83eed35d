//! The safety net: messages that were stored, and whose sender died before enqueuing them (invariant 3).
//!
//! Send-message enqueues the delivery first and the summary after it, and what SQS has taken is done or ends in a
//! dead-letter queue. So a chat whose summary has come to a message has had that message delivered, or a later one,
//! from which every client sees the hole and fetches it. Where it has not come to it a minute after, both jobs are
//! enqueued again. They may turn out to be doubles, which change nothing.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use paloma::domain::{ChatId, Message, Seq, Timestamp, Watermark};
use paloma::queue::{Audience, DeliveryJob, Job, JobError, Queue, SummaryCheck, SummaryJob};
use paloma::store::{Chats, Messages};

/// How many messages of a chat are enqueued again at once. Whoever hears of one of these sees those before it missing.
const MOST: u64 = 100;

/// What the safety net works with.
#[derive(Debug, Clone)]
pub(crate) struct SafetyNet {
    pub chats: Chats,
    pub messages: Messages,
    pub deliveries: Queue<DeliveryJob>,
    pub summaries: Queue<SummaryJob>,
}

/// The checks among the jobs, the furthest of each chat, each with the job's id: what it asks, the others ask too.
pub(crate) fn by_chat(jobs: &[Job<SummaryJob>]) -> Vec<(SummaryCheck, String)> {
    let mut checks = BTreeMap::new();
    for job in jobs {
        let SummaryJob::Check(check) = &job.work else { continue };
        match checks.entry(check.chat_id) {
            Entry::Vacant(entry) => {
                entry.insert((check.clone(), job.id.clone()));
            }
            Entry::Occupied(mut entry) if entry.get().0.seq < check.seq => {
                entry.insert((check.clone(), job.id.clone()));
            }
            Entry::Occupied(_) => {}
        }
    }
    checks.into_values().collect()
}

impl SafetyNet {
    /// Enqueues again what the summary of a chat has not come to.
    ///
    /// # Errors
    /// When a table or a queue does not answer: the check is tried again.
    pub async fn check(&self, check: &SummaryCheck) -> Result<(), JobError> {
        let SummaryCheck { chat_id, seq } = *check;
        let Some(head) = self.chats.head(chat_id).await? else {
            return Err(JobError::new(format!("chat {chat_id} has no head")));
        };
        let summarised = head.last_message.as_ref().map_or(Watermark::START, |last| last.seq.into());
        if summarised.covers(seq) {
            log(chat_id, seq, None);
            return Ok(());
        }
        let earliest = Watermark::at(u64::from(seq).saturating_sub(MOST));
        let missing = self.messages.between(chat_id, &head, summarised.max(earliest), seq.into()).await?;
        for message in &missing {
            let delivery = DeliveryJob::of(message, Audience::everyone_in(&head), None);
            self.deliveries.enqueue(chat_id, &delivery).await?;
            self.summaries.enqueue(chat_id, &SummaryJob::of(message)).await?;
            log(chat_id, message.seq, Some(message));
        }
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
        sinceAcceptedMs = again.map(|message| message.created_at.millis_until(Timestamp::now())),
    );
}
