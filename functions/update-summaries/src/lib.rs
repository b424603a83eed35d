//! Consumes the summaries queue. For each chat of a batch (`chats`), only the newest message counts:
//!
//! 1. moves the senders' marks past their own messages, unless their jobs say that nothing before was unread; enqueues
//!    a badge correction for phones that got a push for an earlier message, and in a direct chat the tick for the
//!    other member;
//! 2. stores the message as the head's summary;
//! 3. moves the chat up in its members' lists;
//! 4. moves a group's lowest marks, if a sender held one (`settlement`);
//! 5. charges the senders' buckets, which send-message reads.
//!
//! Every write only moves forward, so jobs may run twice, late or in any order (invariant 4).
//!
//! The queue also carries checks of the safety net (`safety_net`).

mod chats;
mod safety_net;

use std::time::{Duration, Instant};

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use futures::future::join_all;
use futures::{StreamExt, TryStreamExt, stream};
use lambda_runtime::{Error, LambdaEvent};
use paloma::domain::{Head, LastMessage, Receipt, Timestamp, tokens_of_send};
use paloma::metrics::elapsed_ms;
use paloma::queue::{BADGE_WAIT, Batch, ConsumedQueue, JobError, MissingChat, NotificationJob, Queue, SummaryJob};
use paloma::runtime::{Environment, MissingVariable};
use paloma::settlement::Settlement;
use paloma::store::{Accounts, Chats, Summarised};

pub use crate::chats::{ChatBatch, by_chat};
use crate::safety_net::SafetyNet;

/// Minimum time between two moves of a chat in the lists of its members.
const LIST_INTERVAL: Duration = Duration::from_secs(60);

/// As [`LIST_INTERVAL`], for groups of more than [`MAX_SIZE_FOR_EACH_MINUTE`] members.
const LARGE_LIST_INTERVAL: Duration = Duration::from_secs(600);

/// Largest group that moves once a minute.
const MAX_SIZE_FOR_EACH_MINUTE: usize = 32;

/// Member rows written at once.
const AT_ONCE: usize = 32;

#[derive(Debug, Clone)]
pub struct UpdateSummaries {
    accounts: Accounts,
    chats: Chats,
    settlement: Settlement,
    safety_net: SafetyNet,
    notifications: Queue<NotificationJob>,
    source: ConsumedQueue,
}

impl UpdateSummaries {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        let chats = environment.chats()?;
        Ok(Self {
            accounts: environment.accounts()?,
            settlement: Settlement {
                chats: chats.clone(),
                messages: environment.messages()?,
                deliveries: environment.deliveries()?,
            },
            safety_net: SafetyNet {
                chats: chats.clone(),
                messages: environment.messages()?,
                deliveries: environment.deliveries()?,
                summaries: environment.summaries()?,
            },
            chats,
            notifications: environment.notifications()?,
            source: environment.source("SUMMARIES")?,
        })
    }

    pub async fn handle(&self, event: LambdaEvent<SqsEvent>) -> Result<SqsBatchResponse, Error> {
        let mut batch = Batch::<SummaryJob>::decode(event.payload, &self.source);
        let chats = by_chat(&batch.jobs, Timestamp::now());
        let summarised = join_all(chats.iter().map(|chat| self.summarise(chat))).await;
        for (chat, result) in chats.iter().zip(summarised) {
            if let Err(error) = result {
                chat.job_ids.iter().for_each(|id| batch.fail(id.clone(), error.clone()));
            }
        }
        // After the summaries, since a check may be about one of them.
        let checks = batch.jobs.iter().filter(|job| matches!(job.work, SummaryJob::Check(_)));
        let checked = join_all(checks.map(async |job| (job.id.clone(), self.safety_net.check(job).await)));
        for (id, result) in checked.await {
            if let Err(error) = result {
                batch.fail(id, error);
            }
        }
        Ok(batch.finish(&self.source, &event.context.request_id).await)
    }

    /// Updates one chat. After an error all jobs of the chat are retried.
    pub async fn summarise(&self, chat: &ChatBatch) -> Result<(), JobError> {
        let started = Instant::now();
        let now = Timestamp::now();
        self.move_senders_marks(chat).await?;
        // The head is as after the senders' marks have moved, with the holders of the lowest marks.
        let Summarised { before, head } = self.chats.summarise(chat.chat_id, &chat.newest).await?;
        self.move_lists(chat, before.as_ref(), &head).await?;
        let movers: Vec<_> = chat.moves.keys().copied().filter(|sender| head.lowest.depend_on(*sender)).collect();
        if !movers.is_empty() && !head.roster.is_direct() {
            self.settlement.settle(chat.chat_id, &movers, Vec::new(), now).await?;
        }
        self.charge(chat, &head, now).await;
        log(chat, started);
        Ok(())
    }

    /// Charges the senders' buckets with one write for each sender. A failure is only logged: it lets later messages
    /// through, and a retry would summarise again.
    async fn charge(&self, chat: &ChatBatch, head: &Head, now: Timestamp) {
        let weight = tokens_of_send(head.roster.size());
        for (sender, (messages, bucket)) in &chat.charges {
            let tokens = weight.saturating_mul(*messages);
            if let Err(error) = self.accounts.spend_on_sending(*sender, *bucket, tokens, now).await {
                tracing::warn!(outcome = "bucket not charged", userId = %sender, cause = %error);
            }
        }
    }

    /// Marks everything up to a sender's newest message as read: a sender has the chat open. Reads no row of a
    /// sender with marks that need not move.
    async fn move_senders_marks(&self, chat: &ChatBatch) -> Result<(), JobError> {
        let (chat_id, senders) = (chat.chat_id, chat.moves.keys().copied().collect::<Vec<_>>());
        if senders.is_empty() {
            return Ok(());
        }
        let found = self.chats.head_and_members(chat_id, &senders).await?;
        let (head, members) = found.ok_or(MissingChat::Chat(chat_id))?;
        for member in &members {
            let user_id = member.user_id;
            let Some(seq) = chat.moves.get(&user_id) else { continue };
            // Before the mark moves, since a retry that finds it moved could not detect the push.
            if member.pushed_seq > member.marks.read.max(member.badge_seq) {
                let badge = NotificationJob::correct_badge(chat_id, user_id, (*seq).into());
                self.notifications.enqueue_after(BADGE_WAIT, chat_id, &badge).await?;
            }
            if head.roster.is_direct() {
                self.settlement.read_by_sending(chat_id, &head, member, *seq).await?;
            } else {
                self.chats.advance(chat_id, user_id, member.marks, Receipt::Read, *seq).await?;
            }
        }
        Ok(())
    }

    /// Moves the chat up in its members' lists, at most once a minute, and in larger groups once in ten minutes, since
    /// each row costs three write units. `GET /chats` sorts a page by the heads, so only the page that has the chat may
    /// be that much older.
    ///
    /// The head is written before. So if it has this message already, an earlier try may have died before this step.
    async fn move_lists(&self, chat: &ChatBatch, before: Option<&LastMessage>, head: &Head) -> Result<(), JobError> {
        let is_large = head.roster.size() > MAX_SIZE_FOR_EACH_MINUTE;
        let interval = if is_large { LARGE_LIST_INTERVAL } else { LIST_INTERVAL };
        let is_due = match before {
            Some(before) if before.seq < chat.newest.seq => {
                before.timestamp.periods(interval) < chat.newest.timestamp.periods(interval)
            }
            Some(before) => chat.is_retry || before.seq == chat.newest.seq,
            None => true,
        };
        if !is_due {
            return Ok(());
        }
        let members = match head.roster.direct_members() {
            Some(members) => members,
            None => {
                let row = self.chats.chat(chat.chat_id).await?.ok_or(MissingChat::Chat(chat.chat_id))?;
                head.roster.members(&row)
            }
        };
        stream::iter(members)
            .map(|user| self.chats.move_to_top(chat.chat_id, user, chat.newest.timestamp))
            .buffer_unordered(AT_ONCE)
            .try_collect::<Vec<()>>()
            .await?;
        Ok(())
    }
}

fn log(chat: &ChatBatch, started: Instant) {
    for (message, accepted_at) in &chat.messages {
        tracing::info!(
            stage = "update-summaries",
            outcome = if message.seq == chat.newest.seq { "summarised" } else { "newer message summarised" },
            chatId = %chat.chat_id,
            messageId = %message.message_id,
            seq = u64::from(message.seq),
            sinceAcceptedMs = accepted_at.millis_until(Timestamp::now()),
            durationMs = elapsed_ms(started),
        );
    }
}
