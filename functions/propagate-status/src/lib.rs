//! Consumes the MessageStatus stream: what it means that somebody has received or read. The receipts of a batch are
//! merged by chat (`receipts`), so that a burst makes one settlement and one frame where each receipt would make
//! several.
//!
//! 1. the readers' own marks move, should update-status not have got to it;
//! 2. phones that were pushed to for what has been read elsewhere get a job that corrects their badge;
//! 3. the chat's lowest marks, the status of the messages that they pass, and the news of it (`settlement`);
//! 4. the readers' other sockets hear of it, and in small groups the senders hear of each single reader (`news`).
//!
//! All chats of a batch are propagated, also after one that fails (see [`paloma::stream`]).

mod news;
mod receipts;

use std::collections::BTreeMap;
use std::time::Instant;

use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::streams::DynamoDbEventResponse;
use futures::{StreamExt, stream};
use lambda_runtime::{Error, LambdaEvent};
use paloma::domain::{Member, Receipt, Timestamp, UserId};
use paloma::metrics::elapsed_ms;
use paloma::queue::{BADGE_WAIT, DeadLetterSender, JobError, MissingChat, NotificationJob, Queue};
use paloma::runtime::{Environment, MissingVariable};
use paloma::settlement::Settlement;
use paloma::store::{ReceiptRecord, StoreError};
use paloma::stream::Records;

pub use crate::receipts::{ChatReceipts, by_chat};

const STAGE: &str = "propagate-status";

/// How many chats are propagated at once: order means nothing here, since marks only move forward.
const AT_ONCE: usize = 8;

/// What propagate-status works with.
#[derive(Debug, Clone)]
pub struct PropagateStatus {
    settlement: Settlement,
    notifications: Queue<NotificationJob>,
    dead_letters: DeadLetterSender,
}

impl PropagateStatus {
    /// Takes what it works with from the environment.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            settlement: Settlement {
                chats: environment.chats()?,
                messages: environment.messages()?,
                deliveries: environment.deliveries()?,
            },
            notifications: environment.notifications()?,
            dead_letters: environment.dead_letters("PROPAGATE_STATUS")?,
        })
    }

    /// Consumes a batch, whatever becomes of single records.
    ///
    /// # Errors
    /// Never by itself: the records that failed are named, and the stream brings them again.
    pub async fn handle(&self, event: LambdaEvent<Event>) -> Result<DynamoDbEventResponse, Error> {
        let mut records = Records::read(event.payload, receipt_of);
        let chats = by_chat(records.read.iter().map(|record| &record.change));
        let done: Vec<_> = stream::iter(&chats)
            .map(async |receipts| (receipts, self.propagate(receipts).await))
            .buffered(AT_ONCE)
            .collect()
            .await;
        let mut failures = Vec::new();
        for (receipts, result) in &done {
            for record in records.read.iter().filter(|record| record.change.chat_id == receipts.chat_id) {
                match result {
                    Err(error) => failures.push((record.index, error.clone())),
                    Ok(strangers) if strangers.contains(&record.change.user_id) => {
                        failures.push((record.index, not_in(&record.change)));
                    }
                    Ok(_) => {}
                }
            }
        }
        for (place, error) in failures {
            records.fail(STAGE, place, &error);
        }
        Ok(records.finish(STAGE, &self.dead_letters, &event.context.request_id).await)
    }

    /// Propagates the receipts of one chat. Returns the users whose receipts are poison, since they are not in the
    /// chat: those of the others are propagated.
    ///
    /// # Errors
    /// When a table or a queue does not answer: all receipts of the chat are tried again.
    pub async fn propagate(&self, receipts: &ChatReceipts<'_>) -> Result<Vec<UserId>, JobError> {
        let (started, now, chat_id) = (Instant::now(), Timestamp::now(), receipts.chat_id);
        let chats = &self.settlement.chats;
        let readers: Vec<_> = receipts.readers().into_iter().collect();
        let found = chats.head_and_members(chat_id, &readers).await?;
        let (head, members) = found.ok_or(MissingChat::Head(chat_id))?;
        let found: BTreeMap<_, _> = members.iter().map(|member| (member.user_id, member)).collect();
        let strangers = readers.iter().filter(|user| !found.contains_key(user) && !head.roster.has_left(**user));
        let strangers: Vec<_> = strangers.copied().collect();
        for member in found.values() {
            for receipt in receipts.newest_of(member.user_id) {
                chats.advance(chat_id, member.user_id, member.marks, receipt.status, receipt.seq).await?;
            }
            self.correct_badge(receipts, member).await?;
        }
        let movers: Vec<_> = found.keys().copied().collect();
        let news = self.news(receipts, &head, &movers, now).await?;
        self.settlement.settle(chat_id, &movers, news, now).await?;
        for receipt in receipts.all() {
            let outcome = match (found.contains_key(&receipt.user_id), receipt.status) {
                (true, Receipt::Delivered) => "delivered",
                (true, Receipt::Read) => "read",
                (false, _) if head.roster.has_left(receipt.user_id) => "of somebody erased",
                (false, _) => continue,
            };
            log(receipt, outcome, started);
        }
        Ok(strangers)
    }

    /// Enqueues the correction of a member's badges, if their phones were pushed to for something that this reads.
    async fn correct_badge(&self, receipts: &ChatReceipts<'_>, member: &Member) -> Result<(), JobError> {
        let (chat_id, user_id) = (receipts.chat_id, member.user_id);
        let Some((read_before, read_seq)) = receipts.read_by(user_id) else { return Ok(()) };
        if member.pushed_seq <= read_before || member.badge_seq.covers(read_seq) {
            return Ok(());
        }
        let badge = NotificationJob::correct_badge(chat_id, user_id, read_seq.into());
        Ok(self.notifications.enqueue_after(BADGE_WAIT, chat_id, &badge).await?)
    }
}

/// What a record says. The source's filter lets no deletion through; should it change, a deletion is still no receipt.
fn receipt_of(record: &EventRecord) -> Result<Option<ReceiptRecord>, StoreError> {
    let deleted = record.event_name == "REMOVE";
    if deleted { Ok(None) } else { ReceiptRecord::from_stream(&record.change.new_image).map(Some) }
}

fn not_in(receipt: &ReceiptRecord) -> JobError {
    JobError::new(format!("{} is not in chat {}", receipt.user_id, receipt.chat_id))
}

fn log(receipt: &ReceiptRecord, outcome: &str, started: Instant) {
    tracing::info!(
        stage = STAGE,
        outcome,
        chatId = %receipt.chat_id,
        messageId = %receipt.message_id,
        seq = u64::from(receipt.seq),
        userId = %receipt.user_id,
        sinceReceiptMs = receipt.timestamp.millis_until(Timestamp::now()),
        durationMs = elapsed_ms(started),
    );
}
