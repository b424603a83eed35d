//! Consumes the summaries queue. For each chat of a batch (`chats`), only the newest message counts:
//!
//! 1. moves the senders' marks past their own messages, unless their jobs say that nothing before was unread; enqueues
//!    a badge correction for phones that got a push for an earlier message, and in a direct chat the tick for the
//!    other member;
//! 2. stores the message as the head's summary;
//! 3. moves the chat up in its members' lists;
//! 4. moves a group's lowest marks, if a sender held one or a member has left (`settlement`);
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
use paloma::domain::{Body, ChatId, Circle, Head, LastMessage, Notice, Receipt, Timestamp, UserId, tokens_of_send};
use paloma::metrics::elapsed_ms;
use paloma::queue::{BADGE_WAIT, Batch, ConsumedQueue, JobError, MissingChat, NotificationJob, Queue, SummaryJob};
use paloma::runtime::{Environment, MissingVariable};
use paloma::settlement::{Settlement, TickDelivery};
use paloma::store::{Accounts, Chats, Sharing, Summarised};

pub use crate::chats::{ChatBatch, by_chat};
use crate::safety_net::SafetyNet;

/// Minimum time between two moves of a chat in the lists of its members.
const LIST_INTERVAL: Duration = Duration::from_secs(60);

/// As [`LIST_INTERVAL`], for groups of more than [`MAX_SIZE_FOR_EACH_MINUTE`] members.
const LARGE_LIST_INTERVAL: Duration = Duration::from_secs(600);

/// Largest group that moves once a minute.
const MAX_SIZE_FOR_EACH_MINUTE: usize = 32;

/// Changes of messages that may cross one summary.
const MAX_CHANGES: usize = 10;

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
                ticks: TickDelivery::Queued(environment.deliveries()?),
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
        let Summarised { before, head } = self.summarise_newest(chat, now).await?;
        self.move_lists(chat, before.as_ref(), &head).await?;
        let movers = chat.moves.keys().chain(&chat.leavers).copied();
        let movers: Vec<_> = movers.filter(|mover| head.lowest.depend_on(*mover)).collect();
        if !movers.is_empty() && !head.roster.is_direct() {
            self.settlement.settle(chat.chat_id, &movers, Vec::new(), now).await?;
        }
        self.charge(chat, &head, now).await;
        log(chat, started);
        Ok(())
    }

    /// Stores the newest message as the head's summary. The content of a job that is late, or of a sender who has left,
    /// may have been erased since: then the message is read before the write, and once more after it. So either this
    /// second read shows the erasure, or the erasure redacts the summary after the message.
    async fn summarise_newest(&self, chat: &ChatBatch, now: Timestamp) -> Result<Summarised, JobError> {
        let (chat_id, message_id, is_late) = (chat.chat_id, chat.newest.message_id, chat.is_late(now));
        let messages = &self.settlement.messages;
        if !messages.retention().shows(chat.newest.timestamp, now) {
            let hidden = LastMessage { body: Body::Erased(now), ..chat.newest.clone() };
            return Ok(self.chats.summarise(chat_id, &hidden, None).await?);
        }
        let stored = if is_late { messages.message(message_id).await? } else { None };
        let newest = stored.as_ref().map_or_else(|| chat.newest.clone(), LastMessage::from);
        let (summarised, newest) = self.summarise_current(chat_id, newest).await?;
        let is_shown = summarised.head.last_message.as_ref().is_some_and(|last| last.message_id == message_id);
        let is_doubtful = is_late || summarised.head.roster.has_left(newest.sender_id);
        if is_doubtful && is_shown && newest.body.content().is_some() {
            let stored = messages.message(message_id).await?;
            if let Some(Body::Erased(at)) = stored.map(|message| message.body) {
                self.chats.redact_summary(chat_id, &summarised.head, newest.sender_id, at).await?;
            }
        }
        Ok(summarised)
    }

    /// Stores a message as the head's summary. If the head says that the message was edited or deleted, the message is
    /// read after that head, and stored only if no further change has happened.
    async fn summarise_current(
        &self,
        chat_id: ChatId,
        sent: LastMessage,
    ) -> Result<(Summarised, LastMessage), JobError> {
        let (mut newest, mut as_of) = (sent, None);
        for _ in 0..MAX_CHANGES {
            let summarised = self.chats.summarise(chat_id, &newest, as_of).await?;
            if !summarised.lacks(newest.seq) {
                return Ok((summarised, newest));
            }
            as_of = Some(summarised.head.change_seq);
            let stored = self.settlement.messages.message(newest.message_id).await?;
            newest = stored.as_ref().map_or(newest, LastMessage::from);
        }
        Err(JobError::new(format!("message {} changed during each of {MAX_CHANGES} tries", newest.message_id)))
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
            let Some((seq, count, receipts)) = chat.moves.get(&user_id) else { continue };
            // Before the mark moves, since a retry that finds it moved could not detect the push.
            if member.pushed_seq > member.marks.read.max(member.badge_seq) {
                let badge = NotificationJob::correct_badge(chat_id, user_id, (*seq).into());
                self.notifications.enqueue_after(BADGE_WAIT, chat_id, &badge).await?;
            }
            // A job of the safety net does not tell: it costs one read.
            let receipts = match receipts {
                Some(receipts) => *receipts,
                None => self.accounts.receipts_privacy(user_id).await?.unwrap_or_default(),
            };
            if head.roster.is_direct() {
                // The recipient of a message is a contact of its sender.
                let sharing = Sharing::of(receipts != Circle::Nobody);
                self.settlement.read_by_sending(chat_id, &head, (member, *seq), sharing).await?;
            } else {
                let sharing = Sharing::of(receipts == Circle::Everyone);
                self.chats.advance(chat_id, user_id, member, Receipt::Read, (*seq, *count), sharing).await?;
            }
        }
        Ok(())
    }

    /// Moves the chat up in its members' lists, at most once a minute, and in larger groups once in ten minutes, since
    /// each row costs three write units. `GET /chats` sorts a page by the heads, so only the page that has the chat may
    /// be that much older.
    ///
    /// The head is written before. So if it has this message already, an earlier try may have died before this step, or
    /// the write was repeated after its time limit. The row that moves last then tells whether the others have moved:
    /// on an overloaded machine, a needless round would cost a call for each member.
    ///
    /// The removal of a group always moves it, since a member who is offline learns of it by the list alone.
    async fn move_lists(&self, chat: &ChatBatch, before: Option<&LastMessage>, head: &Head) -> Result<(), JobError> {
        let is_large = head.roster.size() > MAX_SIZE_FOR_EACH_MINUTE;
        let interval = if is_large { LARGE_LIST_INTERVAL } else { LIST_INTERVAL };
        let period = chat.newest.timestamp.periods(interval);
        let (may_be_due, is_certain) = match before {
            Some(before) if before.seq < chat.newest.seq => (before.timestamp.periods(interval) < period, true),
            Some(before) => (chat.is_retry || before.seq == chat.newest.seq, false),
            None => (true, true),
        };
        let is_removal = chat.newest.body.notice() == Some(&Notice::ChatRemoved);
        if !may_be_due && !is_removal {
            return Ok(());
        }
        let members = match head.roster.direct_audience() {
            Some(members) => members,
            None => {
                let row = self.chats.chat(chat.chat_id).await?.ok_or(MissingChat::Chat(chat.chat_id))?;
                match row.membership.removal.as_ref().filter(|_| is_removal) {
                    Some(removal) => removal.members.clone(),
                    None => head.roster.members(&row),
                }
            }
        };
        let Some((last, others)) = members.split_first() else { return Ok(()) };
        if !is_certain && !is_removal {
            let row = self.chats.member(chat.chat_id, *last).await?;
            if row.is_some_and(|row| row.last_message_time.periods(interval) >= period) {
                return Ok(());
            }
        }
        let move_to_top = |user: &UserId| self.chats.move_to_top(chat.chat_id, *user, chat.newest.timestamp);
        stream::iter(others).map(move_to_top).buffer_unordered(AT_ONCE).try_collect::<Vec<()>>().await?;
        Ok(move_to_top(last).await?)
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
