//! Consumes the MessageStatus stream: what it means that somebody has received or read.
//!
//! 1. the reader's own mark moves, should update-status not have got to it;
//! 2. the chat's lowest marks, the status of the messages that they pass, and the news of it (`settlement`);
//! 3. in small groups the senders also hear of each single reader.
//!
//! All records of a batch are propagated, also after one that fails (see [`paloma::stream`]).

use std::collections::BTreeSet;
use std::time::Instant;

use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::streams::DynamoDbEventResponse;
use futures::{StreamExt, stream};
use lambda_runtime::{Error, LambdaEvent};
use paloma::domain::{Receipt, StatusEvent, Timestamp, UserId};
use paloma::queue::{DeadLetters, JobError, QUIET_ABOVE};
use paloma::runtime::{Environment, MissingVariable};
use paloma::settlement::{Settlement, senders_of};
use paloma::store::{ReceiptRecord, StoreError};
use paloma::stream::Records;

const STAGE: &str = "propagate-status";

/// How many records are propagated at once: order means nothing here, since marks only move forward.
const AT_ONCE: usize = 8;

/// What propagate-status works with.
#[derive(Debug, Clone)]
pub struct PropagateStatus {
    settlement: Settlement,
    dead_letters: DeadLetters,
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
            dead_letters: environment.dead_letters("PROPAGATE_STATUS")?,
        })
    }

    /// Consumes a batch, whatever becomes of single records.
    ///
    /// # Errors
    /// Never by itself: the records that failed are named, and the stream brings them again.
    pub async fn handle(&self, event: LambdaEvent<Event>) -> Result<DynamoDbEventResponse, Error> {
        let mut records = Records::read(event.payload, receipt_of);
        let done: Vec<_> = stream::iter(&records.read)
            .map(async |record| (record.place, self.propagate(&record.fact).await))
            .buffered(AT_ONCE)
            .collect()
            .await;
        for (place, result) in done {
            if let Err(error) = result {
                records.fail(STAGE, place, &error);
            }
        }
        Ok(records.finish(STAGE, &self.dead_letters, &event.context.request_id).await)
    }

    /// Propagates one receipt.
    ///
    /// # Errors
    /// When a table or a queue does not answer.
    pub async fn propagate(&self, receipt: &ReceiptRecord) -> Result<(), JobError> {
        let started = Instant::now();
        let now = Timestamp::now();
        let ReceiptRecord { chat_id, user_id, seq, status, .. } = *receipt;
        let chats = &self.settlement.chats;

        let Some((head, members)) = chats.head_and_members(chat_id, &[user_id]).await? else {
            return Err(JobError::new(format!("chat {chat_id} has no head")));
        };
        if head.erased.contains(&user_id) {
            log(receipt, "of somebody erased", started);
            return Ok(());
        }
        let Some(member) = members.first() else {
            return Err(JobError::new(format!("{user_id} is not in chat {chat_id}")));
        };
        chats.advance(chat_id, user_id, member.marks, status, seq).await?;
        self.settlement.settle(chat_id, user_id, now).await?;

        if (3..=QUIET_ABOVE).contains(&head.participant_count) {
            let senders = self.senders_concerned(receipt, &head).await?;
            let event = StatusEvent { chat_id, seq, status: status.into(), user_id, everyone: false, timestamp: now };
            self.settlement.tell(senders, event).await?;
        }
        let outcome = match status {
            Receipt::Delivered => "delivered",
            Receipt::Read => "read",
        };
        log(receipt, outcome, started);
        Ok(())
    }

    /// Who wrote what this receipt is news of, but for the reader.
    async fn senders_concerned(
        &self,
        receipt: &ReceiptRecord,
        head: &paloma::domain::Head,
    ) -> Result<BTreeSet<UserId>, JobError> {
        let mut senders = if receipt.covers_after.next() >= receipt.seq {
            BTreeSet::from([receipt.sender_id])
        } else {
            let upto = receipt.seq.into();
            senders_of(&self.settlement.messages.between(receipt.chat_id, head, receipt.covers_after, upto).await?)
        };
        senders.remove(&receipt.user_id);
        Ok(senders)
    }
}

/// What a record says. The source's filter lets no deletion through; should it change, a deletion is still no receipt.
fn receipt_of(record: &EventRecord) -> Result<Option<ReceiptRecord>, StoreError> {
    let deleted = record.event_name == "REMOVE";
    if deleted { Ok(None) } else { ReceiptRecord::from_stream(&record.change.new_image).map(Some) }
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
        durationMs = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
    );
}
