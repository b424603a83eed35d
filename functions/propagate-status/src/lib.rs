//! Consumes the MessageStatus stream: what it means that somebody has received or read.
//!
//! 1. the reader's own mark moves, should update-status not have got to it;
//! 2. the chat's lowest marks, the status of the messages that they pass, and the news of it (`settlement`);
//! 3. in small groups the senders also hear of each single reader.
//!
//! A record that fails is reported alone: the stream goes on up to it, tries it again, isolates it by bisecting,
//! and lays it into the dead-letter queue after five tries (invariant 7).

use std::collections::BTreeSet;
use std::time::Instant;

use aws_lambda_events::dynamodb::{Event, EventRecord};
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use lambda_runtime::{Error, LambdaEvent};
use paloma::domain::{Receipt, StatusEvent, Timestamp, UserId};
use paloma::queue::{JobError, QUIET_ABOVE};
use paloma::runtime::{Environment, MissingVariable};
use paloma::settlement::{Settlement, senders_of};
use paloma::store::ReceiptRecord;

/// What propagate-status works with.
#[derive(Debug, Clone)]
pub struct PropagateStatus {
    settlement: Settlement,
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
        })
    }

    /// Consumes a batch, in its order, up to the first record that fails.
    ///
    /// # Errors
    /// Never by itself: the failed record is named, and the stream goes on from there.
    pub async fn handle(&self, event: LambdaEvent<Event>) -> Result<DynamoDbEventResponse, Error> {
        let mut response = DynamoDbEventResponse::default();
        for record in event.payload.records {
            let sequence_number = record.change.sequence_number.clone();
            if let Err(error) = self.propagate_record(record).await {
                tracing::error!(stage = "propagate-status", outcome = "failed", record = sequence_number, cause = %error);
                let mut failure = DynamoDbBatchItemFailure::default();
                failure.item_identifier = sequence_number;
                response.batch_item_failures.push(failure);
                break;
            }
        }
        Ok(response)
    }

    async fn propagate_record(&self, record: EventRecord) -> Result<(), JobError> {
        // The source's filter lets no deletion through; should it change, a deletion is still no receipt.
        if record.event_name == "REMOVE" {
            return Ok(());
        }
        self.propagate(&ReceiptRecord::from_stream(record.change.new_image)?).await
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

        let Some((head, member)) = chats.membership(chat_id, user_id).await? else {
            return Err(JobError::new(format!("{user_id} is not in chat {chat_id}")));
        };
        chats.advance(chat_id, user_id, member.marks, status, seq).await?;
        self.settlement.settle(chat_id, user_id, now).await?;

        if (3..=QUIET_ABOVE).contains(&head.participant_count) {
            let senders = self.senders_concerned(receipt, &head).await?;
            let event = StatusEvent { chat_id, seq, status: status.into(), user_id, everyone: false, timestamp: now };
            self.settlement.tell(senders, event).await?;
        }
        log(receipt, started);
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

fn log(receipt: &ReceiptRecord, started: Instant) {
    tracing::info!(
        stage = "propagate-status",
        outcome = match receipt.status {
            Receipt::Delivered => "delivered",
            Receipt::Read => "read",
        },
        chatId = %receipt.chat_id,
        messageId = %receipt.message_id,
        seq = u64::from(receipt.seq),
        userId = %receipt.user_id,
        sinceReceiptMs = receipt.timestamp.millis_until(Timestamp::now()),
        durationMs = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
    );
}
