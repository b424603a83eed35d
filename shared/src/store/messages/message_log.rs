//! The acceptance of a message: one transaction assigns its seq and stores it (invariants 1 and 2).

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{
    CancellationReason, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};

use super::rows::{TABLE, row};
use crate::domain::{Head, Member, Message, Retention};
use crate::store::chats::keys::{head_key, member_key};
use crate::store::chats::rows::{HeadRow, binary};
use crate::store::{Row, StoreError, from_row, number, text};

const OPERATION: &str = "TransactWriteItems of a message";

/// The tables that the acceptance of a message writes: Chats (the head) and Messages.
#[derive(Debug, Clone)]
pub struct MessageLog {
    pub(super) client: Client,
    pub(super) chats: String,
    pub(super) messages: String,
    retention: Retention,
}

/// The outcome of an offered message.
#[derive(Debug)]
pub enum Acceptance {
    /// It is stored with its seq.
    Accepted,
    /// It was stored before, as this message.
    Repeated(Box<Message>),
    /// Another message got the seq. This is the head after it, for the next try.
    Raced(Box<Head>),
    /// Another transaction was running on the same rows; the head is unknown.
    Conflicted,
    /// The sender has left the chat, may not write there any more, or is being erased.
    Rejected(Box<Head>),
}

impl MessageLog {
    /// The log over the tables with these names. A new message gets the time of its removal.
    pub fn new(client: Client, chats: String, messages: String, retention: Retention) -> Self {
        Self { client, chats, messages, retention }
    }

    /// Offers a message as the next one after a head. Four write units for a message of up to 1 KB in a chat of any
    /// size, and one more for the index. In a direct chat the head gets the sender's mark, too. A message accepts the
    /// request that brought its sender into the chat: two more write units, once.
    pub async fn accept(&self, message: &Message, head: &Head, sender: &Member) -> Result<Acceptance, StoreError> {
        let head_update = self.head_update(message, head)?;
        let mut parts = vec![
            TransactWriteItem::builder().update(head_update).build(),
            TransactWriteItem::builder().put(self.put(message)?).build(),
        ];
        if sender.is_asked() {
            parts.push(TransactWriteItem::builder().update(self.acceptance(message, head)?).build());
        }
        match self.client.transact_write_items().set_transact_items(Some(parts)).send().await {
            Ok(_) => Ok(Acceptance::Accepted),
            Err(error) => match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => {
                    match outcome_of(sender, canceled.cancellation_reasons())? {
                        Some(acceptance) => Ok(acceptance),
                        None => Err(StoreError::call(OPERATION)(error)),
                    }
                }
                Some(TransactWriteItemsError::TransactionInProgressException(_)) => Ok(Acceptance::Conflicted),
                _ => Err(StoreError::call(OPERATION)(error)),
            },
        }
    }

    fn head_update(&self, message: &Message, head: &Head) -> Result<Update, StoreError> {
        let before = u64::from(message.seq) - 1;
        let mut set =
            "SET lastSeq = :seq, lastTimestamp = :time, lastSenderId = :sender, lastMessageId = :id".to_owned();
        let mut update = Update::builder();
        if head.roster.is_direct() {
            set.push_str(", sent.#sender = :seq");
            update = update.expression_attribute_names("#sender", message.sender_id.to_string());
        }
        if let Some(count) = message.count {
            set.push_str(", lastCount = :count");
            update = update.expression_attribute_values(":count", number(count));
        }
        if head.roster.asked() == Some(message.sender_id) {
            set.push_str(" REMOVE asked");
        }
        let (update, condition) = with_sender(update, message, head);
        update
            .table_name(&self.chats)
            .set_key(Some(head_key(message.chat_id)))
            .update_expression(set)
            .condition_expression(condition)
            .expression_attribute_values(":seq", number(message.seq))
            .expression_attribute_values(":last", number(before))
            .expression_attribute_values(":time", number(message.timestamp.as_millis()))
            .expression_attribute_values(":sender", text(message.sender_id))
            .expression_attribute_values(":id", text(message.message_id))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(StoreError::unbuilt(OPERATION))
    }

    /// The sender's row without the request. In a group the marks start here, so that no tick of an earlier message
    /// goes back.
    fn acceptance(&self, message: &Message, head: &Head) -> Result<Update, StoreError> {
        let update = Update::builder().table_name(&self.chats);
        let update = update.set_key(Some(member_key(message.chat_id, message.sender_id)));
        let update = match head.roster.is_direct() {
            true => update.update_expression("REMOVE requestedBy, askedId"),
            false => update
                .update_expression(
                    "SET deliveredSeq = :seq, readSeq = :seq, readCount = :count REMOVE requestedBy, askedId",
                )
                .expression_attribute_values(":seq", number(message.seq))
                .expression_attribute_values(":count", number(message.count.unwrap_or(message.seq.into()))),
        };
        let update = update.condition_expression("attribute_exists(chatId)");
        update.build().map_err(StoreError::unbuilt(OPERATION))
    }

    pub(super) fn put(&self, message: &Message) -> Result<Put, StoreError> {
        Put::builder()
            .table_name(&self.messages)
            .set_item(Some(row(message, self.retention)?))
            .condition_expression("attribute_not_exists(messageId)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(StoreError::unbuilt(OPERATION))
    }
}

/// The condition that the sender may send there now, with its values.
fn with_sender(update: UpdateBuilder, message: &Message, head: &Head) -> (UpdateBuilder, String) {
    let condition = "lastSeq = :last AND NOT contains(erased, :sender)";
    let update = update.expression_attribute_values(":self", binary(message.sender_id));
    let Some(other) = head.roster.other_participant(message.sender_id) else {
        return (update, format!("{condition} AND NOT contains(leavers, :self)"));
    };
    // Whether the message is hidden from the other member follows from its seq: a block or its end between the read of
    // the head and this write makes it another one.
    let is_blocker = head.roster.blockers().contains(&other);
    let other_as_read = if is_blocker { "contains" } else { "NOT contains" };
    let condition = format!("{condition} AND NOT contains(blockers, :self) AND {other_as_read}(blockers, :other)");
    (update.expression_attribute_values(":other", binary(other)), condition)
}

/// Reads the reasons of a cancelled transaction, which are in the order of its parts: the head, the message. `None` for
/// a failure that is neither a repetition nor a race.
fn outcome_of(sender: &Member, reasons: &[CancellationReason]) -> Result<Option<Acceptance>, StoreError> {
    let [head, message, ..] = reasons else { return Ok(None) };
    // A stored message makes this a repetition, also when the head has moved on.
    if let Some(row) = failed_row(message) {
        let stored = from_row(row, TABLE, "a message")?;
        return Ok(Some(Acceptance::Repeated(Box::new(stored))));
    }
    if let Some(row) = failed_row(head) {
        let head = HeadRow::head(row)?;
        let may_send = head.roster.may_still_send(sender);
        let head = Box::new(head);
        return Ok(Some(if may_send { Acceptance::Raced(head) } else { Acceptance::Rejected(head) }));
    }
    let conflicted = reasons.iter().any(|reason| reason.code() == Some("TransactionConflict"));
    Ok(conflicted.then_some(Acceptance::Conflicted))
}

pub(super) fn failed_row(reason: &CancellationReason) -> Option<Row> {
    (reason.code() == Some("ConditionalCheckFailed")).then(|| reason.item.clone()).flatten()
}
