//! Reads of the Changes table.

use aws_sdk_dynamodb::Client;

use super::rows::TABLE;
use crate::domain::{ChangeRecord, ChangeSeq, ChatId, Head, Member, Message, PageLimit, Timestamp, Watermark, Windows};
use crate::store::{StoreError, all_rows, from_row, from_stream, number, text};

/// The Changes table.
#[derive(Debug, Clone)]
pub struct Changes {
    client: Client,
    table: String,
}

impl Changes {
    /// The table with this name.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Reads a change from a record of the table's stream.
    ///
    /// # Errors
    /// When the record is not a change.
    pub fn from_stream(row: &serde_dynamo::Item) -> Result<ChangeRecord, StoreError> {
        from_stream(row, TABLE, "a change")
    }

    /// Up to 100 changes after this one, in their order, read consistently. If the first one is not the next, older
    /// changes have expired.
    pub async fn after(&self, chat_id: ChatId, after: ChangeSeq) -> Result<Vec<ChangeRecord>, StoreError> {
        self.query(chat_id, after, true).await
    }

    /// The changes since this time, the newest first, read consistently: at most 100.
    pub async fn since(&self, chat_id: ChatId, since: Timestamp) -> Result<Vec<ChangeRecord>, StoreError> {
        let mut newest = self.query(chat_id, ChangeSeq::START, false).await?;
        newest.retain(|change| change.changed_at >= since);
        Ok(newest)
    }

    /// The changes of one message, in their order: for operators, since it reads all changes of the chat.
    pub async fn of_message(&self, message: &Message) -> Result<Vec<ChangeRecord>, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("chatId = :chat")
            .filter_expression("messageId = :message")
            .expression_attribute_values(":chat", text(message.chat_id))
            .expression_attribute_values(":message", text(message.message_id));
        let rows = all_rows("Query of a message's changes", query).await?;
        rows.into_iter().map(|row| from_row(row, TABLE, "a change")).collect()
    }

    /// The unread messages of a member. One call if the chat's head does not list all deleted messages after the
    /// member's mark, and otherwise none.
    pub async fn unread_of(&self, chat_id: ChatId, head: &Head, member: &Member) -> Result<u64, StoreError> {
        let Some(mark) = head.unlisted_after(member) else { return Ok(head.unread_of(member)) };
        Ok(head.unread_without(member, self.deleted_after(chat_id, mark, &member.windows).await?))
    }

    /// The number of deleted messages after this one in these windows, read consistently. It reads all changes of the
    /// chat: one read unit for about 16. Deletions are kept for 90 days; an older one counts as unread again.
    async fn deleted_after(&self, chat_id: ChatId, mark: Watermark, windows: &Windows) -> Result<u64, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("chatId = :chat")
            .filter_expression("kind = :deleted AND seq > :mark")
            .expression_attribute_values(":chat", text(chat_id))
            .expression_attribute_values(":deleted", text("deleted"))
            .expression_attribute_values(":mark", number(mark))
            .consistent_read(true);
        let rows = all_rows("Query of deletions", query).await?;
        let deleted: Vec<ChangeRecord> =
            rows.into_iter().map(|row| from_row(row, TABLE, "a change")).collect::<Result<_, _>>()?;
        Ok(deleted.iter().filter(|change| windows.shows(change.seq)).count() as u64)
    }

    async fn query(
        &self,
        chat_id: ChatId,
        after: ChangeSeq,
        oldest_first: bool,
    ) -> Result<Vec<ChangeRecord>, StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("chatId = :chat AND changeSeq > :after")
            .expression_attribute_values(":chat", text(chat_id))
            .expression_attribute_values(":after", number(after))
            .consistent_read(true)
            .scan_index_forward(oldest_first)
            .limit(i32::try_from(PageLimit::MAX.get()).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(StoreError::call("Query of changes"))?;
        answer.items.unwrap_or_default().into_iter().map(|row| from_row(row, TABLE, "a change")).collect()
    }
}
