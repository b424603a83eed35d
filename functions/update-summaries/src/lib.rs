//! Consumes the summaries queue. For each chat of a batch (`chats`), only the newest message counts:
//!
//! 1. moves the senders' marks past their own messages, which are never unread for them, and enqueues a badge
//!    correction for phones that got a push for an earlier message;
//! 2. moves the chat up in its members' lists;
//! 3. stores the message as the head's summary;
//! 4. moves the chat's lowest marks, if a sender held one (`settlement`);
//! 5. charges the senders' buckets, which send-message reads.
//!
//! Every write only moves forward, so jobs may run twice, late or in any order (invariant 4).
//!
//! The queue also carries checks of the safety net (`safety_net`).

mod chats;
mod safety_net;

use std::time::Instant;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use futures::future::join_all;
use futures::{StreamExt, TryStreamExt, stream};
use lambda_runtime::{Error, LambdaEvent};
use paloma::domain::{Account, Head, LastMessage, Member, Receipt, Timestamp, tokens_of_send};
use paloma::metrics::elapsed_ms;
use paloma::queue::{BADGE_WAIT, Batch, ConsumedQueue, JobError, MissingChat, NotificationJob, Queue, SummaryJob};
use paloma::runtime::{Environment, MissingVariable};
use paloma::settlement::Settlement;
use paloma::store::{Accounts, Chats};

pub use crate::chats::{ChatBatch, by_chat};
use crate::safety_net::SafetyNet;

/// Largest chat in which each message moves the chat in the lists of all members.
const MAX_SIZE_FOR_EACH_MESSAGE: usize = 8;

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
        let senders: Vec<_> = chat.newest_of_sender.keys().copied().collect();
        let (found, accounts) = self.chats.head_members_and_accounts(&self.accounts, chat.chat_id, &senders).await?;
        let (head, members) = found.ok_or(MissingChat::Chat(chat.chat_id))?;
        self.move_senders_marks(chat, &members).await?;
        self.move_lists(chat, &head).await?;
        // This write returns the head as it is after the senders' marks have moved, with the holders of the lowest
        // marks.
        let head = self.chats.summarise(chat.chat_id, &chat.newest).await?;
        let movers: Vec<_> = senders.into_iter().filter(|sender| head.lowest.depend_on(*sender)).collect();
        if !movers.is_empty() {
            self.settlement.settle(chat.chat_id, &movers, Vec::new(), now).await?;
        }
        self.charge(chat, &head, &accounts, now).await;
        log(chat, started);
        Ok(())
    }

    /// Charges the senders' buckets with one write for each sender. A failure is only logged: it lets later messages
    /// through, and a retry would summarise again.
    async fn charge(&self, chat: &ChatBatch, head: &Head, accounts: &[Account], now: Timestamp) {
        let weight = tokens_of_send(head.roster.size());
        for account in accounts {
            let Some(messages) = chat.charged_of_sender.get(&account.user_id) else { continue };
            let tokens = weight.saturating_mul(*messages);
            if let Err(error) = self.accounts.spend_on_sending(account, tokens, now).await {
                tracing::warn!(outcome = "bucket not charged", userId = %account.user_id, cause = %error);
            }
        }
    }

    /// Marks everything up to a sender's newest message as read: a sender has the chat open.
    async fn move_senders_marks(&self, chat: &ChatBatch, members: &[Member]) -> Result<(), JobError> {
        for member in members {
            let (chat_id, user_id) = (chat.chat_id, member.user_id);
            let Some(seq) = chat.newest_of_sender.get(&user_id) else { continue };
            // Before the mark moves, since a retry that finds it moved could not detect the push.
            if member.pushed_seq > member.marks.read.max(member.badge_seq) {
                let badge = NotificationJob::correct_badge(chat_id, user_id, (*seq).into());
                self.notifications.enqueue_after(BADGE_WAIT, chat_id, &badge).await?;
            }
            self.chats.advance(chat_id, user_id, member.marks, Receipt::Read, *seq).await?;
        }
        Ok(())
    }

    /// Moves the chat up in its members' lists: with each message in small chats, at most once a minute in large ones,
    /// since each row costs three write units. `GET /chats` sorts a page by the heads; only the page on which a large
    /// chat is may be a minute old.
    async fn move_lists(&self, chat: &ChatBatch, head: &Head) -> Result<(), JobError> {
        let small = head.roster.size() <= MAX_SIZE_FOR_EACH_MESSAGE;
        if !small && !a_minute_later(head.last_message.as_ref(), &chat.newest) {
            return Ok(());
        }
        let row = self.chats.chat(chat.chat_id).await?.ok_or(MissingChat::Chat(chat.chat_id))?;
        stream::iter(head.roster.members(&row))
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

fn a_minute_later(before: Option<&LastMessage>, newest: &LastMessage) -> bool {
    before.is_none_or(|before| before.timestamp.minute() < newest.timestamp.minute())
}
