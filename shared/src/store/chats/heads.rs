//! Heads: the rows `chatId#head`. Every message writes its chat's head.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, ReturnValue, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};

use super::Chats;
use super::keys::{TABLE, head_key, member_key};
use super::rows::HeadRow;
use crate::domain::{
    Body, ChangeSeq, ChatId, Head, LastMessage, LowestMark, LowestMarks, Seq, Timestamp, UserId, Watermark,
};
use crate::store::transaction::is_lost;
use crate::store::{StoreError, get, number, text, to_row};

const SETTLE: &str = "TransactWriteItems of a head's lowest marks";

/// Whether a write of lowest marks checks the marks of their holders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HolderCheck {
    /// The write succeeds only if the marks of the holders have not moved: for the final marks.
    Checked,
    /// No check: for an intermediate step, which leaves the mover as the holder.
    Unchecked,
}

/// The head before and after a write of its summary. They are the same if the head had this message, or a newer one.
#[derive(Debug)]
pub struct Summarised {
    /// The newest message in the head before the write.
    pub before: Option<LastMessage>,
    /// The head after the write.
    pub head: Head,
}

impl Summarised {
    /// Whether the head still lacks message `seq`, because the message was changed: read the message after this head,
    /// and store it as of the head's last change.
    pub fn lacks(&self, seq: Seq) -> bool {
        self.head.changed_seq.covers(seq) && self.head.last_message.as_ref().is_none_or(|last| last.seq < seq)
    }
}

/// The outcome of a write of lowest marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettleOutcome {
    /// The marks are stored.
    Written,
    /// The marks of a holder or the head changed meanwhile: read again.
    Conflict,
}

impl Chats {
    /// The head of a chat, read consistently.
    pub async fn head(&self, chat_id: ChatId) -> Result<Option<Head>, StoreError> {
        let row = get::row(&self.client, &self.table, head_key(chat_id), "GetItem of a head").await?;
        row.map(HeadRow::head).transpose()
    }

    /// Stores `last` as the summary of its chat, unless a newer message is there (invariant 4).
    ///
    /// A message of an erased user is stored without content. The condition of the write checks that on the head
    /// itself, so a late job cannot store the content again. In the same way a message that was edited or deleted is
    /// not stored as it was sent, but only as of the head's last change (`as_of`): see [`Summarised::lacks`].
    ///
    /// # Errors
    /// Also when the chat has no head.
    pub async fn summarise(
        &self,
        chat_id: ChatId,
        last: &LastMessage,
        as_of: Option<ChangeSeq>,
    ) -> Result<Summarised, StoreError> {
        let summarised = self.summarise_as(chat_id, last, as_of).await?;
        let head = &summarised.head;
        let has_newer = head.last_message.as_ref().is_some_and(|stored| stored.seq >= last.seq);
        if has_newer || head.roster.shows_content_of(last.sender_id) {
            return Ok(summarised);
        }
        let redacted = LastMessage { body: Body::Erased(Timestamp::now()), ..last.clone() };
        self.summarise_as(chat_id, &redacted, as_of).await
    }

    async fn summarise_as(
        &self,
        chat_id: ChatId,
        last: &LastMessage,
        as_of: Option<ChangeSeq>,
    ) -> Result<Summarised, StoreError> {
        const OPERATION: &str = "UpdateItem of a head's summary";
        let summary = to_row(last, TABLE, "a summary")?;
        let mut update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(head_key(chat_id)))
            // Earlier versions wrote the time, too.
            .update_expression("SET lastMessage = :last REMOVE lastMessageTime")
            .expression_attribute_values(":last", AttributeValue::M(summary))
            .expression_attribute_values(":seq", number(last.seq));
        let mut condition =
            "attribute_exists(chatId) AND (attribute_not_exists(lastMessage) OR lastMessage.seq < :seq)".to_owned();
        if last.body.content().is_some() {
            condition.push_str(" AND NOT contains(erased, :sender)");
            update = update.expression_attribute_values(":sender", text(last.sender_id));
            if let Some(change) = as_of {
                condition.push_str(" AND changeSeq = :change");
                update = update.expression_attribute_values(":change", number(change));
            } else {
                condition.push_str(" AND (attribute_not_exists(changedSeq) OR changedSeq < :seq)");
            }
        }
        let updated = update
            .condition_expression(condition)
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match updated {
            Ok(answer) => {
                let head = HeadRow::head(answer.attributes.unwrap_or_default())?;
                let before = head.last_message;
                Ok(Summarised { before, head: Head { last_message: Some(last.clone()), ..head } })
            }
            Err(error) => match error.as_service_error() {
                // With the old row: it has a newer summary, or the sender was erased. Without it: the chat does not
                // exist.
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) if failed.item.is_some() => {
                    let head = HeadRow::head(failed.item.clone().unwrap_or_default())?;
                    Ok(Summarised { before: head.last_message.clone(), head })
                }
                _ => Err(StoreError::call(OPERATION)(error)),
            },
        }
    }

    /// Writes the lowest marks, unless the head has higher ones (invariant 5).
    ///
    /// With `HolderCheck::Checked` one transaction also checks that the marks of the holders have not moved. So a later
    /// receipt of a holder finds the holder's id in the head, and settles the chat again: no receipt is missed. The
    /// group must also have the `version` that the marks were computed for: no joining and no leaving is missed.
    pub async fn settle(
        &self,
        chat_id: ChatId,
        lowest: &LowestMarks,
        (holders, version): (HolderCheck, u64),
    ) -> Result<SettleOutcome, StoreError> {
        let update = self.lowest_marks_update(chat_id, lowest, version)?;
        let mut parts = vec![TransactWriteItem::builder().update(update).build()];
        if holders == HolderCheck::Checked {
            for (holder, marks) in marks_by_holder(lowest) {
                let check = self.marks_check(chat_id, holder, &marks)?;
                parts.push(TransactWriteItem::builder().condition_check(check).build());
            }
        }
        match self.client.transact_write_items().set_transact_items(Some(parts)).send().await {
            Ok(_) => Ok(SettleOutcome::Written),
            Err(error) if is_lost(&error) => Ok(SettleOutcome::Conflict),
            Err(error) => Err(StoreError::call(SETTLE)(error)),
        }
    }

    fn lowest_marks_update(&self, chat_id: ChatId, lowest: &LowestMarks, version: u64) -> Result<Update, StoreError> {
        let holder = |mark: &LowestMark| mark.holder.map_or(AttributeValue::Null(true), text);
        let mut condition = "deliveredSeq <= :delivered AND readSeq <= :read AND ".to_owned();
        let mut update = Update::builder();
        if version == 0 {
            condition.push_str("attribute_not_exists(membershipVersion)");
        } else {
            condition.push_str("membershipVersion = :version");
            update = update.expression_attribute_values(":version", number(version));
        }
        // The marks of an erased user never move. With such a holder, the lowest mark would never rise again.
        for (mark, name) in [(&lowest.delivered, ":deliveredHolder"), (&lowest.read, ":readHolder")] {
            if mark.holder.is_some() {
                condition.push_str(&format!(" AND NOT contains(erased, {name})"));
            }
        }
        update
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
            .map_err(StoreError::unbuilt(SETTLE))
    }

    /// The check that a holder still has these marks.
    fn marks_check(
        &self,
        chat_id: ChatId,
        holder: UserId,
        marks: &[(&str, Watermark)],
    ) -> Result<ConditionCheck, StoreError> {
        let mut conditions: Vec<_> = marks.iter().map(|(name, _)| format!("{name} = :{name}")).collect();
        if marks.iter().any(|(name, _)| *name == "readSeq") {
            conditions.push("attribute_not_exists(sharedRead)".to_owned());
        }
        let values = marks.iter().map(|(name, mark)| (format!(":{name}"), number(mark))).collect();
        ConditionCheck::builder()
            .table_name(&self.table)
            .set_key(Some(member_key(chat_id, holder)))
            .condition_expression(conditions.join(" AND "))
            .set_expression_attribute_values(Some(values))
            .build()
            .map_err(StoreError::unbuilt(SETTLE))
    }
}

/// The attributes and marks to check, by holder: a transaction may name each row only once.
fn marks_by_holder(lowest: &LowestMarks) -> BTreeMap<UserId, Vec<(&'static str, Watermark)>> {
    let mut held: BTreeMap<UserId, Vec<_>> = BTreeMap::new();
    // A member who hides what they have read holds both marks by what they have received.
    let is_same = lowest.read == lowest.delivered;
    let marks = [("deliveredSeq", Some(&lowest.delivered)), ("readSeq", Some(&lowest.read).filter(|_| !is_same))];
    for (name, mark) in marks.into_iter().filter_map(|(name, mark)| Some((name, mark?))) {
        if let Some(holder) = mark.holder {
            held.entry(holder).or_default().push((name, mark.mark));
        }
    }
    held
}
