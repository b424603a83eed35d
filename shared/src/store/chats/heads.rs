//! The head of a chat: `chatId#head`. The only row that every message writes.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::error::TransactionCanceledException;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};

use super::Chats;
use super::keys::{TABLE, head_key, member_key};
use super::rows::HeadRow;
use crate::domain::{Body, ChatId, Head, LastMessage, LowestMark, LowestMarks, Timestamp, UserId, Watermark};
use crate::store::{StoreError, get, number, text, to_row};

/// Whether the holders of the lowest marks are asked to be unmoved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HolderCheck {
    /// Yes: these marks are final.
    Checked,
    /// No: they are a step on the way, and the mover stays the holder.
    Unchecked,
}

/// What became of lowest marks that were to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettleOutcome {
    /// They stand.
    Written,
    /// Somebody moved meanwhile: look again.
    Overtaken,
}

impl Chats {
    /// The head of a chat, consistently read.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or the row is unreadable.
    pub async fn head(&self, chat_id: ChatId) -> Result<Option<Head>, StoreError> {
        let row = get::row(&self.client, &self.table, head_key(chat_id), "GetItem of a head").await?;
        row.map(HeadRow::head).transpose()
    }

    /// Makes `last` the summary of its chat, unless a newer message is (invariant 4). Returns the head as it is then.
    ///
    /// What somebody wrote who is being erased, or has been, is summarised without what it says, however late its job
    /// comes: the head itself knows them, so that no job can slip in between.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or the chat has no head.
    pub async fn summarise(&self, chat_id: ChatId, last: &LastMessage) -> Result<Head, StoreError> {
        let head = self.summarise_as(chat_id, last).await?;
        let newer_stands = head.last_message.as_ref().is_some_and(|standing| standing.seq >= last.seq);
        if newer_stands || head.roster.shows_content_of(last.sender_id) {
            return Ok(head);
        }
        let redacted = LastMessage { body: Body::Erased(Timestamp::now()), ..last.clone() };
        self.summarise_as(chat_id, &redacted).await
    }

    async fn summarise_as(&self, chat_id: ChatId, last: &LastMessage) -> Result<Head, StoreError> {
        const OPERATION: &str = "UpdateItem of a head's summary";
        let summary = to_row(last, TABLE, "a summary")?;
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(head_key(chat_id)))
            .update_expression("SET lastMessage = :last, lastMessageTime = :time")
            .expression_attribute_values(":last", AttributeValue::M(summary))
            .expression_attribute_values(":time", number(last.timestamp.as_millis()))
            .expression_attribute_values(":seq", number(last.seq));
        let mut condition =
            "attribute_exists(chatId) AND (attribute_not_exists(lastMessage) OR lastMessage.seq < :seq)".to_owned();
        if last.body.content().is_some() {
            condition.push_str(" AND NOT contains(erased, :sender)");
            update = update.expression_attribute_values(":sender", text(last.sender_id));
        }
        let updated = update
            .condition_expression(condition)
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match updated {
            Ok(answer) => HeadRow::head(answer.attributes.unwrap_or_default()),
            Err(error) => match error.as_service_error() {
                // The old row is there: a newer summary stands, or its sender is erased. Without one, the chat does not
                // exist.
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) if failed.item.is_some() => {
                    HeadRow::head(failed.item.clone().unwrap_or_default())
                }
                _ => Err(StoreError::call(OPERATION)(error)),
            },
        }
    }

    /// Writes the lowest marks, unless the head stands beyond them already (invariant 5).
    ///
    /// `HolderCheck::Checked` writes them only if whoever is named as holder still holds them, in one transaction: so a
    /// holder who moves later finds their own name in the head, and none can slip by.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn settle(
        &self,
        chat_id: ChatId,
        lowest: &LowestMarks,
        holders: HolderCheck,
    ) -> Result<SettleOutcome, StoreError> {
        const OPERATION: &str = "TransactWriteItems of a head's lowest marks";
        let holder = |mark: &LowestMark| mark.holder.map_or(AttributeValue::Null(true), text);
        let mut condition = "deliveredSeq <= :delivered AND readSeq <= :read".to_owned();
        // Whoever computed this before a holder was erased has it refused, or the mark would never move again.
        for (mark, name) in [(&lowest.delivered, ":deliveredHolder"), (&lowest.read, ":readHolder")] {
            if mark.holder.is_some() {
                condition.push_str(&format!(" AND NOT contains(erased, {name})"));
            }
        }
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(head_key(chat_id)))
            .update_expression(
                "SET deliveredSeq = :delivered, readSeq = :read, \
                 deliveredHolder = :deliveredHolder, readHolder = :readHolder",
            )
            .condition_expression(condition)
            .expression_attribute_values(":delivered", number(lowest.delivered.mark))
            .expression_attribute_values(":read", number(lowest.read.mark))
            .expression_attribute_values(":deliveredHolder", holder(&lowest.delivered))
            .expression_attribute_values(":readHolder", holder(&lowest.read))
            .build()
            .map_err(StoreError::unbuilt(OPERATION))?;
        let mut parts = vec![TransactWriteItem::builder().update(update).build()];
        if holders == HolderCheck::Checked {
            for (holder, marks) in marks_held(lowest) {
                let conditions: Vec<_> = marks.iter().map(|(name, _)| format!("{name} = :{name}")).collect();
                let values = marks.iter().map(|(name, mark)| (format!(":{name}"), number(mark))).collect();
                let check = ConditionCheck::builder()
                    .table_name(&self.table)
                    .set_key(Some(member_key(chat_id, holder)))
                    .condition_expression(conditions.join(" AND "))
                    .set_expression_attribute_values(Some(values))
                    .build()
                    .map_err(StoreError::unbuilt(OPERATION))?;
                parts.push(TransactWriteItem::builder().condition_check(check).build());
            }
        }
        match self.client.transact_write_items().set_transact_items(Some(parts)).send().await {
            Ok(_) => Ok(SettleOutcome::Written),
            Err(error) => match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(canceled)) if may_pass(canceled) => {
                    Ok(SettleOutcome::Overtaken)
                }
                Some(TransactWriteItemsError::TransactionInProgressException(_)) => Ok(SettleOutcome::Overtaken),
                _ => Err(StoreError::call(OPERATION)(error)),
            },
        }
    }
}

/// Whose marks the lowest ones are, each holder once: a transaction names no row twice.
fn marks_held(lowest: &LowestMarks) -> BTreeMap<UserId, Vec<(&'static str, Watermark)>> {
    let mut held: BTreeMap<UserId, Vec<_>> = BTreeMap::new();
    for (name, mark) in [("deliveredSeq", &lowest.delivered), ("readSeq", &lowest.read)] {
        if let Some(holder) = mark.holder {
            held.entry(holder).or_default().push((name, mark.mark));
        }
    }
    held
}

/// Whether a cancelled transaction says that somebody else was faster.
fn may_pass(canceled: &TransactionCanceledException) -> bool {
    canceled
        .cancellation_reasons()
        .iter()
        .any(|reason| matches!(reason.code(), Some("ConditionalCheckFailed" | "TransactionConflict")))
}
