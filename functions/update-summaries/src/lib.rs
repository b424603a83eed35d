//! Consumes the summaries queue. For each chat of a batch, only the newest message counts:
//!
//! 1. the senders' own marks move past what they wrote, for one's own messages are never unread; a sender whose phones
//!    were pushed to for what this reads gets their badges corrected;
//! 2. the chat moves up in its members' lists;
//! 3. the head's summary becomes that message;
//! 4. ticks that waited for a sender's mark move (`settlement`);
//! 5. the senders' buckets are charged, which send-message reads.
//!
//! All of it only moves forward, so jobs may come twice, late, or in any order (invariant 4).
//!
//! The queue also brings the checks of the safety net (`safety_net`).

mod chats;
mod safety_net;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use futures::future::join_all;
use futures::{StreamExt, TryStreamExt, stream};
use lambda_runtime::{Error, LambdaEvent};
use paloma::domain::{Account, Head, LastMessage, Member, Receipt, Timestamp, tokens_of_send};
use paloma::metrics::elapsed_ms;
use paloma::queue::{
    BADGE_WAIT, Batch, Job, JobError, MissingChat, NotificationJob, Queue, Source, SummaryCheck, SummaryJob,
};
use paloma::runtime::{Environment, MissingVariable};
use paloma::settlement::Settlement;
use paloma::store::{Accounts, Chats};

pub use crate::chats::{ChatNews, by_chat};
use crate::safety_net::SafetyNet;

/// In chats of up to this many people every message moves every member's list.
const LISTS_MOVE_AT_ONCE: usize = 8;

/// How many members' rows are written at once.
const AT_ONCE: usize = 32;

/// What update-summaries works with.
#[derive(Debug, Clone)]
pub struct UpdateSummaries {
    accounts: Accounts,
    chats: Chats,
    settlement: Settlement,
    safety_net: SafetyNet,
    notifications: Queue<NotificationJob>,
    source: Source,
}

impl UpdateSummaries {
    /// Takes what it works with from the environment.
    ///
    /// # Errors
    /// When a setting is missing.
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

    /// Consumes a batch.
    ///
    /// # Errors
    /// Never by itself: what fails is told item by item.
    pub async fn handle(&self, event: LambdaEvent<SqsEvent>) -> Result<SqsBatchResponse, Error> {
        let mut batch = Batch::<SummaryJob>::decode(event.payload);
        let chats = by_chat(&batch.jobs, Timestamp::now());
        let summarised = join_all(chats.iter().map(|news| self.summarise(news))).await;
        for (news, result) in chats.iter().zip(summarised) {
            if let Err(error) = result {
                news.ids.iter().for_each(|id| batch.fail(id.clone(), error.clone()));
            }
        }
        // After the summaries, which may have been what was asked for.
        let checks: Vec<_> = batch.jobs.iter().filter_map(check_of).collect();
        let checked = join_all(checks.into_iter().map(async |(id, check)| (id, self.safety_net.check(&check).await)));
        for (id, result) in checked.await {
            if let Err(error) = result {
                batch.fail(id, error);
            }
        }
        Ok(batch.finish(&self.source, &event.context.request_id).await)
    }

    /// Brings one chat up to date.
    ///
    /// # Errors
    /// When a table or a queue does not answer: all the chat's jobs are tried again.
    pub async fn summarise(&self, news: &ChatNews) -> Result<(), JobError> {
        let started = std::time::Instant::now();
        let now = Timestamp::now();
        let senders: Vec<_> = news.newest_of_sender.keys().copied().collect();
        let (found, accounts) = self.chats.head_members_and_accounts(&self.accounts, news.chat_id, &senders).await?;
        let (head, members) = found.ok_or(MissingChat::Chat(news.chat_id))?;
        self.move_senders_marks(news, &members).await?;
        self.move_lists(news, &head).await?;
        // The head as it is after the senders' marks have moved: it tells whose move settles anything.
        let head = self.chats.summarise(news.chat_id, &news.newest).await?;
        let movers: Vec<_> = senders.into_iter().filter(|sender| head.lowest.depend_on(*sender)).collect();
        if !movers.is_empty() {
            self.settlement.settle(news.chat_id, &movers, Vec::new(), now).await?;
        }
        self.charge(news, &head, &accounts, now).await;
        for (message, accepted_at) in &news.messages {
            tracing::info!(
                stage = "update-summaries",
                outcome = if message.seq == news.newest.seq { "summarised" } else { "overtaken" },
                chatId = %news.chat_id,
                messageId = %message.message_id,
                seq = u64::from(message.seq),
                sinceAcceptedMs = accepted_at.millis_until(Timestamp::now()),
                durationMs = elapsed_ms(started),
            );
        }
        Ok(())
    }

    /// Moves the senders' buckets: one write for each sender. A failure lets the next messages through, and is no reason
    /// to summarise again.
    async fn charge(&self, news: &ChatNews, head: &Head, accounts: &[Account], now: Timestamp) {
        let weight = tokens_of_send(head.roster.size());
        for account in accounts {
            let Some(messages) = news.young_of_sender.get(&account.user_id) else { continue };
            let tokens = weight.saturating_mul(*messages);
            if let Err(error) = self.accounts.spend_on_sending(account, tokens, now).await {
                tracing::warn!(outcome = "bucket not moved", userId = %account.user_id, cause = %error);
            }
        }
    }

    /// Who writes has the chat before them: everything up to their own message is read.
    async fn move_senders_marks(&self, news: &ChatNews, members: &[Member]) -> Result<(), JobError> {
        for member in members {
            let (chat_id, user_id) = (news.chat_id, member.user_id);
            let Some(seq) = news.newest_of_sender.get(&user_id) else { continue };
            // First, since a retry that finds the mark moved would not know of the push that it has passed.
            if member.pushed_seq > member.marks.read.max(member.badge_seq) {
                let badge = NotificationJob::correct_badge(chat_id, user_id, (*seq).into());
                self.notifications.enqueue_after(BADGE_WAIT, chat_id, &badge).await?;
            }
            self.chats.advance(chat_id, user_id, member.marks, Receipt::Read, *seq).await?;
        }
        Ok(())
    }

    /// Moves the chat up in its members' lists: with every message in small chats, once a minute in large ones,
    /// since each row costs three write units. A page of a list is sorted by the heads when read; on which page a
    /// large chat is may be a minute old.
    async fn move_lists(&self, news: &ChatNews, head: &Head) -> Result<(), JobError> {
        let small = head.roster.size() <= LISTS_MOVE_AT_ONCE;
        if !small && !a_minute_later(head.last_message.as_ref(), &news.newest) {
            return Ok(());
        }
        let chat = self.chats.chat(news.chat_id).await?.ok_or(MissingChat::Chat(news.chat_id))?;
        stream::iter(head.roster.members(&chat))
            .map(|user| self.chats.move_to_top(news.chat_id, user, news.newest.timestamp))
            .buffer_unordered(AT_ONCE)
            .try_collect::<Vec<()>>()
            .await?;
        Ok(())
    }
}

/// The question of the safety net that a job asks, if it does, and the job's id.
fn check_of(job: &Job<SummaryJob>) -> Option<(String, SummaryCheck)> {
    match &job.work {
        SummaryJob::Check(check) => Some((job.id.clone(), check.clone())),
        SummaryJob::Summarise(_) => None,
    }
}

fn a_minute_later(before: Option<&LastMessage>, newest: &LastMessage) -> bool {
    before.is_none_or(|before| before.timestamp.minute() < newest.timestamp.minute())
}
