//! Messages that users have hidden from their own view: marks in the member's row, and the row `chatId#userId#hidden`.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Deserialize;

use super::Chats;
use super::keys::{TABLE, hidden_key, member_key};
use crate::domain::{ChatId, MAX_HIDDEN, Seq, UserId};
use crate::store::{StoreError, batch, from_row, number, unless_condition_failed};

/// The outcome of hiding a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HideOutcome {
    /// The message is hidden, now or since an earlier try.
    Hidden,
    /// The user has hidden [`MAX_HIDDEN`] other messages of the chat.
    Full,
}

/// The row of the single hidden messages.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HiddenRow {
    hidden_seqs: BTreeSet<Seq>,
}

impl Chats {
    /// The single messages of a chat that a user has hidden, read consistently.
    pub async fn hidden(&self, chat_id: ChatId, user: UserId) -> Result<BTreeSet<Seq>, StoreError> {
        let row = batch::get(&self.client, &self.table, vec![hidden_key(chat_id, user)]).await?.pop();
        let row = row.map(|row| from_row::<HiddenRow>(row, TABLE, "hidden messages")).transpose()?;
        Ok(row.map(|row| row.hidden_seqs).unwrap_or_default())
    }

    /// Hides a message from a user's view. Two write units. The list comes first: a client that sees the new version
    /// in the member's row finds the message in the list.
    pub async fn hide(
        &self,
        chat_id: ChatId,
        user: UserId,
        seq: Seq,
        is_last: bool,
    ) -> Result<HideOutcome, StoreError> {
        let listed = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(hidden_key(chat_id, user)))
            .update_expression("ADD hiddenSeqs :seqs")
            .condition_expression(
                "attribute_not_exists(hiddenSeqs) OR size(hiddenSeqs) < :max OR contains(hiddenSeqs, :seq)",
            )
            .expression_attribute_values(":seqs", AttributeValue::Ns(vec![seq.to_string()]))
            .expression_attribute_values(":max", number(MAX_HIDDEN))
            .expression_attribute_values(":seq", number(seq))
            .send()
            .await;
        if unless_condition_failed("UpdateItem of hidden messages", listed)?.is_none() {
            return Ok(HideOutcome::Full);
        }
        let update = self.client.update_item().table_name(&self.table).set_key(Some(member_key(chat_id, user)));
        let update = if is_last {
            update
                .update_expression("SET hiddenLast = :last ADD hiddenVersion :one")
                .expression_attribute_values(":last", number(seq))
        } else {
            update.update_expression("ADD hiddenVersion :one")
        };
        let update = update.condition_expression("attribute_exists(chatId)");
        let noted = update.expression_attribute_values(":one", number(1)).send().await;
        unless_condition_failed("UpdateItem of a member's hidden messages", noted)?;
        Ok(HideOutcome::Hidden)
    }

    /// Clears a chat for a user up to message `seq`, of which `count` counted as unread. The mark only moves forward.
    pub async fn clear(&self, chat_id: ChatId, user: UserId, (seq, count): (Seq, u64)) -> Result<(), StoreError> {
        let cleared = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(member_key(chat_id, user)))
            .update_expression("SET clearedSeq = :seq, clearedCount = :count")
            .condition_expression(
                "attribute_exists(chatId) AND (attribute_not_exists(clearedSeq) OR clearedSeq < :seq)",
            )
            .expression_attribute_values(":seq", number(seq))
            .expression_attribute_values(":count", number(count))
            .send()
            .await;
        unless_condition_failed("UpdateItem of a member's cleared messages", cleared)?;
        Ok(())
    }
}
