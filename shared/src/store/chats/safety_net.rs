//! The marks of the safety net: the row `chatId#net`. A chat has it only if a message was not summarised in time.

use std::time::Duration;

use super::Chats;
use super::keys::net_key;
use crate::domain::{ChatId, Seq, Timestamp, Watermark};
use crate::store::{StoreError, get, number, text, unless_condition_failed};

/// Time for which no check enqueues a message that was just enqueued again: a fifth of an hour.
pub const SAFETY_NET_PAUSE: Duration = Duration::from_secs(12 * 60);

impl Chats {
    /// The last message of the chat that a check was enqueued for.
    pub async fn checked_until(&self, chat_id: ChatId) -> Result<Watermark, StoreError> {
        const OPERATION: &str = "GetItem of a safety net";
        let row = get::attributes(&self.client, &self.table, net_key(chat_id), &["checkedSeq"], OPERATION).await?;
        let seq = row.and_then(|row| row.get("checkedSeq")?.as_n().ok()?.parse().ok());
        Ok(seq.map_or(Watermark::START, Watermark::at))
    }

    /// Records that a check was enqueued for the messages up to `seq`; the mark only moves forward.
    pub async fn mark_checked(&self, chat_id: ChatId, seq: Seq) -> Result<(), StoreError> {
        let marked = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(net_key(chat_id)))
            .update_expression("SET checkedSeq = :seq")
            .condition_expression("attribute_not_exists(checkedSeq) OR checkedSeq < :seq")
            .expression_attribute_values(":seq", number(seq))
            .send()
            .await;
        unless_condition_failed("UpdateItem of a safety net", marked)?;
        Ok(())
    }

    /// Lets a check enqueue the messages up to `seq` again. Returns `false` if these or later messages of the chat were
    /// just enqueued again. `check` is the job's id, and whether it is a retry: a retry may only continue, since it met
    /// an outage that its summary may have met, too.
    pub async fn may_enqueue_again(
        &self,
        chat_id: ChatId,
        seq: Seq,
        (check, is_retry): (&str, bool),
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let first = "attribute_not_exists(againSeq) OR againSeq < :seq OR againAt < :before OR againBy = :by";
        let (is_free, before) =
            if is_retry { ("againBy = :by", None) } else { (first, Some(now.minus(SAFETY_NET_PAUSE))) };
        let before = before.map(|before| (":before".to_owned(), number(before.as_millis())));
        let values = [(":seq", number(seq)), (":now", number(now.as_millis())), (":by", text(check))];
        let values = values.map(|(name, value)| (name.to_owned(), value)).into_iter().chain(before).collect();
        let claimed = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(net_key(chat_id)))
            .update_expression("SET againSeq = :seq, againAt = :now, againBy = :by")
            .condition_expression(is_free)
            .set_expression_attribute_values(Some(values))
            .send()
            .await;
        Ok(unless_condition_failed("UpdateItem of a safety net", claimed)?.is_some())
    }
}
