//! The storage of a summary of reactions: one transaction allots its `changeSeq` and writes it onto the message.

use aws_sdk_dynamodb::types::Update;

use super::ChangeOutcome;
use super::change_log::{ChangeLog, OPERATION, change_before, is_at, with_before};
use crate::domain::ReactionsChange;
use crate::store::chats::keys::head_key;
use crate::store::{StoreError, number, text};

impl ChangeLog {
    /// Stores a summary as the next change of its chat. Preview and unread counts stay. Six write units for a message
    /// of up to 1 KB in a chat of any size, and one more for the index.
    pub async fn change_reactions(&self, change: &ReactionsChange) -> Result<ChangeOutcome, StoreError> {
        self.write(self.reactions_head_update(change)?, self.reactions_update(change)?, change.record).await
    }

    /// Every later summary requires this `changeSeq`, and so has all reactions that this one has.
    fn reactions_head_update(&self, change: &ReactionsChange) -> Result<Update, StoreError> {
        let before = change_before(change.record.change_seq);
        with_before(Update::builder(), before)
            .table_name(&self.chats)
            .set_key(Some(head_key(change.record.chat_id)))
            .update_expression("SET changeSeq = :change, changedAt = :at")
            .condition_expression(format!("attribute_exists(chatId) AND {}", is_at("changeSeq", before)))
            .expression_attribute_values(":change", number(change.record.change_seq))
            .expression_attribute_values(":at", number(change.record.changed_at.as_millis()))
            .build()
            .map_err(StoreError::unbuilt(OPERATION))
    }

    /// A message without content gets no reactions.
    fn reactions_update(&self, change: &ReactionsChange) -> Result<Update, StoreError> {
        let ReactionsChange { reactions, version_before, content_version, record } = change;
        let set = "SET version = :change, contentVersion = :content";
        let mut update = Update::builder();
        let expression = match reactions {
            Some(reactions) => {
                let reactions = serde_dynamo::to_attribute_value(reactions)
                    .map_err(StoreError::row("Messages", "the reactions"))?;
                update = update.expression_attribute_values(":reactions", reactions);
                format!("{set}, reactions = :reactions")
            }
            None => format!("{set} REMOVE reactions"),
        };
        let condition = format!(
            "attribute_exists(messageId) AND attribute_not_exists(erasedAt) AND attribute_not_exists(deletedAt) AND {}",
            is_at("version", *version_before)
        );
        with_before(update, *version_before)
            .table_name(&self.messages)
            .key("messageId", text(record.message_id))
            .update_expression(expression)
            .condition_expression(condition)
            .expression_attribute_values(":change", number(record.change_seq))
            .expression_attribute_values(":content", number(content_version))
            .build()
            .map_err(StoreError::unbuilt(OPERATION))
    }
}
