//! The storage of a change: one transaction allots its `changeSeq`, and changes the message (invariant 9).

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem, Update};

use super::rows::row;
use crate::domain::{Actor, Body, ChangeKind, ChangeMembers, ChangeRecord, ChangeSeq, MessageChange, SummaryChange};
use crate::store::chats::keys::head_key;
use crate::store::chats::rows::binary;
use crate::store::transaction::is_lost;
use crate::store::{StoreError, number, text, to_row};

pub(super) const OPERATION: &str = "TransactWriteItems of a message's change";

/// The tables that a change writes: Chats (the head), Messages and Changes.
#[derive(Debug, Clone)]
pub struct ChangeLog {
    client: Client,
    pub(super) chats: String,
    pub(super) messages: String,
    changes: String,
}

/// The outcome of an offered change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeOutcome {
    /// It is stored.
    Changed,
    /// The head or the message has changed since it was read: read both again.
    Conflicted,
}

impl ChangeLog {
    /// The log over the tables with these names.
    pub fn new(client: Client, chats: String, messages: String, changes: String) -> Self {
        Self { client, chats, messages, changes }
    }

    /// Stores a change as the next one of its chat. Six write units for a message of up to 1 KB in a chat of any size,
    /// and one more for the index.
    pub async fn change(&self, change: &MessageChange) -> Result<ChangeOutcome, StoreError> {
        self.write(self.head_update(change)?, self.message_update(change)?, change.record).await
    }

    /// Writes the head, the message and the record of a change in one transaction.
    pub(super) async fn write(
        &self,
        head: Update,
        message: Update,
        record: ChangeRecord,
    ) -> Result<ChangeOutcome, StoreError> {
        let written = self
            .client
            .transact_write_items()
            .transact_items(TransactWriteItem::builder().update(head).build())
            .transact_items(TransactWriteItem::builder().update(message).build())
            .transact_items(TransactWriteItem::builder().put(self.put(record)?).build())
            .send()
            .await;
        match written {
            Ok(_) => Ok(ChangeOutcome::Changed),
            Err(error) if is_lost(&error) => Ok(ChangeOutcome::Conflicted),
            Err(error) => Err(StoreError::call(OPERATION)(error)),
        }
    }

    /// A user must not have left meanwhile, nor a block have begun or ended. The summary must not have passed the
    /// message, or reached it with the old content: see [`SummaryChange`].
    fn head_update(&self, change: &MessageChange) -> Result<Update, StoreError> {
        let MessageChange { record, summary, changed_seq, deleted, .. } = change;
        let mut set = "SET changeSeq = :change, changedSeq = :changed, changedAt = :at".to_owned();
        let at = is_at("changeSeq", change_before(record.change_seq));
        let mut condition = format!("attribute_exists(chatId) AND {at}");
        let mut update = Update::builder();
        if let Actor::User(actor) = record.actor_id {
            condition.push_str(" AND NOT contains(erased, :actor) AND NOT contains(leavers, :leaver)");
            update = update
                .expression_attribute_values(":actor", text(actor))
                .expression_attribute_values(":leaver", binary(actor));
        }
        match summary {
            SummaryChange::Replace(last) => {
                set.push_str(", lastMessage = :last");
                condition.push_str(" AND lastMessage.seq = :seq");
                update = update
                    .expression_attribute_values(":last", AttributeValue::M(to_row(last, "Chats", "a summary")?))
                    .expression_attribute_values(":seq", number(record.seq));
            }
            SummaryChange::Ahead => {
                condition.push_str(" AND (attribute_not_exists(lastMessage) OR lastMessage.seq < :seq)");
                update = update.expression_attribute_values(":seq", number(record.seq));
            }
            SummaryChange::None => {}
        }
        // A member who leaves meanwhile, or blocks the actor, may need the content before the edit.
        match change.members {
            ChangeMembers::Group(0) => condition.push_str(" AND attribute_not_exists(membershipVersion)"),
            ChangeMembers::Group(version) => {
                condition.push_str(" AND membershipVersion = :membership");
                update = update.expression_attribute_values(":membership", number(version));
            }
            ChangeMembers::Direct(other, blocks) => {
                let as_read = if blocks { "contains" } else { "NOT contains" };
                condition.push_str(&format!(" AND NOT contains(blockers, :leaver) AND {as_read}(blockers, :other)"));
                update = update.expression_attribute_values(":other", binary(other));
            }
            ChangeMembers::Any => {}
        }
        let deleted: Vec<_> = deleted.to_store().iter().map(u64::to_string).collect();
        if record.kind == ChangeKind::Deleted && !deleted.is_empty() {
            set.push_str(", deleted = :deleted");
            update = update.expression_attribute_values(":deleted", AttributeValue::Ns(deleted));
        }
        update = with_before(update, change_before(record.change_seq));
        update
            .table_name(&self.chats)
            .set_key(Some(head_key(record.chat_id)))
            .update_expression(set)
            .condition_expression(condition)
            .expression_attribute_values(":change", number(record.change_seq))
            .expression_attribute_values(":changed", number(changed_seq))
            .expression_attribute_values(":at", number(record.changed_at.as_millis()))
            .build()
            .map_err(StoreError::unbuilt(OPERATION))
    }

    /// The status is left alone: a receipt may raise it at the same time. Content that is gone stays gone.
    fn message_update(&self, change: &MessageChange) -> Result<Update, StoreError> {
        let MessageChange { message, version_before, record, .. } = change;
        let condition = format!(
            "attribute_exists(messageId) AND attribute_not_exists(erasedAt) AND attribute_not_exists(deletedAt) AND {}",
            is_at("version", *version_before)
        );
        let update = match &message.body {
            Body::Content(content) => {
                let mut set = "SET version = :change, content = :content, editedAt = :at".to_owned();
                let mut update = Update::builder();
                if let Some(earlier) = &change.earlier {
                    let earlier = serde_dynamo::to_attribute_value(earlier)
                        .map_err(StoreError::row("Messages", "the earlier contents"))?;
                    set.push_str(", earlier = :earlier");
                    update = update.expression_attribute_values(":earlier", earlier);
                }
                // The version of the message is that of its content again.
                set.push_str(" REMOVE contentVersion");
                update
                    .update_expression(set)
                    .expression_attribute_values(":content", text(String::from(content.clone())))
            }
            _ => {
                let mut set = "SET version = :change, deletedAt = :at, deletedBy = :actor".to_owned();
                let mut update = Update::builder().expression_attribute_values(":actor", text(record.actor_id));
                if let Some(reason) = &change.removed_for {
                    set.push_str(", removedFor = :reason");
                    update = update.expression_attribute_values(":reason", text(reason.as_str()));
                }
                update.update_expression(format!(
                    "{set} REMOVE content, earlier, editedAt, replyTo, reactions, contentVersion"
                ))
            }
        };
        with_before(update, *version_before)
            .table_name(&self.messages)
            .key("messageId", text(message.message_id))
            .condition_expression(condition)
            .expression_attribute_values(":change", number(record.change_seq))
            .expression_attribute_values(":at", number(record.changed_at.as_millis()))
            .build()
            .map_err(StoreError::unbuilt(OPERATION))
    }

    fn put(&self, record: ChangeRecord) -> Result<Put, StoreError> {
        Put::builder()
            .table_name(&self.changes)
            .set_item(Some(row(record)?))
            .build()
            .map_err(StoreError::unbuilt(OPERATION))
    }
}

/// The condition that an attribute still has the value `:before`. Rows without any change lack the attribute.
pub(super) fn is_at(attribute: &str, before: ChangeSeq) -> String {
    if before.is_start() { format!("attribute_not_exists({attribute})") } else { format!("{attribute} = :before") }
}

pub(super) fn with_before(update: UpdateBuilder, before: ChangeSeq) -> UpdateBuilder {
    if before.is_start() { update } else { update.expression_attribute_values(":before", number(before)) }
}

pub(super) fn change_before(change_seq: ChangeSeq) -> ChangeSeq {
    ChangeSeq::at(change_seq.as_u64().saturating_sub(1))
}
