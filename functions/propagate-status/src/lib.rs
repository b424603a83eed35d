//! Consumes the stream of MessageStatus: propagates receipts to marks, statuses, badges and sockets. The receipts of a
//! batch are merged by chat (`receipts`), so that a burst of receipts makes one settlement and one frame.
//!
//! 1. moves the readers' own marks, in case update-status died before it moved them;
//! 2. enqueues badge corrections for phones that got a push for messages that were read elsewhere;
//! 3. in a direct chat raises the status of the other member's messages, and posts status events (`direct`);
//! 4. in a group creates status events for the readers' other sockets and, in small groups, for the senders
//!    (`status_events`), moves the chat's lowest marks, raises the status of the messages that they pass, and posts all
//!    events ([`paloma::settlement`]).
//!
//! Other users see a receipt that its reader does not share as delivered (`hidden`).
//!
//! If a chat fails, the other chats of the batch are still propagated (see [`paloma::stream`]).

mod direct;
mod hidden;
mod receipts;
mod status_events;

use std::collections::BTreeMap;
use std::time::Instant;

use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::streams::DynamoDbEventResponse;
use futures::{StreamExt, stream};
use lambda_runtime::{Error, LambdaEvent};
use paloma::domain::{ChatId, Member, Receipt, Timestamp, UserId};
use paloma::metrics::elapsed_ms;
use paloma::queue::{BADGE_WAIT, DeadLetterSender, JobError, MissingChat, NotificationJob, Queue};
use paloma::runtime::{Environment, MissingVariable};
use paloma::settlement::{Settlement, TickDelivery};
use paloma::store::{ReceiptRecord, Sharing, Statuses, StoreError};
use paloma::stream::{Records, isolating_panics};

use crate::hidden::hidden_events;
pub use crate::receipts::{ChatReceipts, by_chat};

const STAGE: &str = "propagate-status";

/// Chats propagated at once. Their order does not matter, since marks only move forward.
const AT_ONCE: usize = 8;

#[derive(Debug, Clone)]
pub struct PropagateStatus {
    settlement: Settlement,
    statuses: Statuses,
    notifications: Queue<NotificationJob>,
    dead_letters: DeadLetterSender,
}

impl PropagateStatus {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            settlement: Settlement {
                chats: environment.chats()?,
                messages: environment.messages()?,
                ticks: TickDelivery::Posted(environment.tick_poster()?),
            },
            statuses: environment.statuses()?,
            notifications: environment.notifications()?,
            dead_letters: environment.dead_letters("PROPAGATE_STATUS")?,
        })
    }

    pub async fn handle(&self, event: LambdaEvent<Event>) -> Result<DynamoDbEventResponse, Error> {
        isolating_panics(event, STAGE, &self.dead_letters, async |event| self.propagate_batch(event).await).await
    }

    async fn propagate_batch(&self, event: LambdaEvent<Event>) -> Result<DynamoDbEventResponse, Error> {
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
                    Ok(non_members) if non_members.contains(&record.change.user_id) => {
                        failures.push((record.index, not_a_member(&record.change)));
                    }
                    Ok(_) => {}
                }
            }
        }
        for (index, error) in failures {
            records.fail(index, error);
        }
        Ok(records.finish(STAGE, &self.dead_letters, &event.context.request_id).await)
    }

    /// Propagates the receipts of one chat. Returns the users who never were members: their receipts are poison, and
    /// those of the other users are propagated. After an error all receipts of the chat are retried.
    pub async fn propagate(&self, receipts: &ChatReceipts<'_>) -> Result<Vec<UserId>, JobError> {
        let (started, now, chat_id) = (Instant::now(), Timestamp::now(), receipts.chat_id);
        let chats = &self.settlement.chats;
        let readers: Vec<_> = receipts.readers().into_iter().collect();
        let found = chats.head_and_member_rows(chat_id, &readers).await?;
        let (head, rows) = found.ok_or(MissingChat::Head(chat_id))?;
        let is_member = |row: &&Member| head.roster.reaches(row);
        let members: BTreeMap<_, _> = rows.iter().filter(is_member).map(|row| (row.user_id, row)).collect();
        let mut unknown: Vec<_> = readers.iter().copied().filter(|user| head.roster.is_member(*user)).collect();
        unknown.retain(|user| !rows.iter().any(|row| row.user_id == *user));
        let non_members = self.without_erased(chat_id, unknown).await?;
        for member in members.values() {
            for receipt in receipts.newest_of(member.user_id) {
                let (place, sharing) = ((receipt.seq, receipt.count), Sharing::of(receipt.hidden_after.is_none()));
                chats.advance(chat_id, member.user_id, *member, receipt.status, place, sharing).await?;
            }
            self.correct_badge(receipts, member).await?;
        }
        let readers: Vec<_> = members.keys().copied().collect();
        let shared = receipts.as_shared();
        let shared = ChatReceipts::of_chat(chat_id, &shared);
        let own_events = hidden_events(receipts, &readers, now);
        if head.roster.is_direct() {
            self.propagate_direct(&shared, &head, (&members, own_events), now).await?;
        } else {
            let mut events = self.status_events(&shared, &head, &readers, now).await?;
            events.extend(own_events);
            self.settlement.settle(chat_id, &readers, events, now).await?;
        }
        for receipt in receipts.all() {
            let outcome = match (members.contains_key(&receipt.user_id), receipt.status) {
                (true, Receipt::Delivered) => "delivered",
                (true, Receipt::Read) => "read",
                (false, _) if non_members.contains(&receipt.user_id) => continue,
                (false, _) => "reader has left",
            };
            log(receipt, outcome, started);
        }
        Ok(non_members)
    }

    /// Those of these users without a member row who never had one: the row of an erased user is deleted.
    async fn without_erased(&self, chat_id: ChatId, mut users: Vec<UserId>) -> Result<Vec<UserId>, JobError> {
        if !users.is_empty()
            && let Some(chat) = self.settlement.chats.chat(chat_id).await?
        {
            users.retain(|user| !chat.membership.erased.contains(user));
        }
        Ok(users)
    }

    /// Enqueues a badge correction if the member's phones got a push for a message that is read now.
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

/// The receipt of a record. The event source filters deletions out; this holds if its filter changes.
fn receipt_of(record: &EventRecord) -> Result<Option<ReceiptRecord>, StoreError> {
    let deleted = record.event_name == "REMOVE";
    if deleted { Ok(None) } else { ReceiptRecord::from_stream(&record.change.new_image).map(Some) }
}

fn not_a_member(receipt: &ReceiptRecord) -> JobError {
    JobError::new(format!("{} is not a member of chat {}", receipt.user_id, receipt.chat_id))
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
