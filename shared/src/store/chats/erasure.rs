//! The erasure of a member: first the head records it, and last the member's row is deleted.

use std::slice::from_ref;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};

use super::Chats;
use super::keys::{TABLE, head_key, hidden_key, member_key};
use super::rows::HeadRow;
use crate::domain::{Body, ChatId, Head, LastMessage, Member, Timestamp, UserId, Windows};
use crate::store::{StoreError, text, to_row, unless_condition_failed};

impl Chats {
    /// Records in the head of a direct chat that a user is being erased. From then on they have no permission in the
    /// chat, and no late job stores their content. (They leave a group instead.) Returns the head after the write;
    /// `None` for a chat that does not exist, and for a group.
    pub async fn record_erasure(&self, chat_id: ChatId, user: UserId) -> Result<Option<Head>, StoreError> {
        let recorded = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(head_key(chat_id)))
            .update_expression("ADD erased :user")
            .condition_expression("attribute_exists(pair)")
            .expression_attribute_values(":user", AttributeValue::Ss(vec![user.to_string()]))
            .return_values(ReturnValue::AllNew)
            .send()
            .await;
        let recorded = unless_condition_failed("UpdateItem of a head's erased", recorded)?;
        recorded.and_then(|answer| answer.attributes).map(HeadRow::head).transpose()
    }

    /// Removes the content from a chat's summary if an erased user wrote it; returns whether it did. Call it after the
    /// user's messages are redacted, since update-summaries may look at them after its own write.
    pub async fn redact_summary(
        &self,
        chat_id: ChatId,
        head: &Head,
        erased: UserId,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let of_erased_user = |last: &&LastMessage| last.sender_id == erased && last.body.content().is_some();
        let Some(last) = head.last_message.as_ref().filter(of_erased_user) else { return Ok(false) };
        let redacted = to_row(&LastMessage { body: Body::Erased(at), ..last.clone() }, TABLE, "a summary")?;
        let written = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(head_key(chat_id)))
            .update_expression("SET lastMessage = :redacted")
            .condition_expression("lastMessage.messageId = :message")
            .expression_attribute_values(":redacted", AttributeValue::M(redacted))
            .expression_attribute_values(":message", text(last.message_id))
            .send()
            .await;
        Ok(unless_condition_failed("UpdateItem of a head's summary", written)?.is_some())
    }

    /// Keeps the windows of a member of a direct chat who is being erased, in its head. A head with many windows may
    /// exceed 1,024 bytes, in a chat where only one user is left.
    pub async fn keep_windows(&self, chat_id: ChatId, windows: &Windows) -> Result<(), StoreError> {
        const OPERATION: &str = "UpdateItem of a head's kept windows";
        let windows = serde_dynamo::to_attribute_value(windows).map_err(StoreError::row(TABLE, "windows"))?;
        let update = self.client.update_item().table_name(&self.table).set_key(Some(head_key(chat_id)));
        let update =
            update.update_expression("SET keptWindows = :windows").condition_expression("attribute_exists(pair)");
        let kept = update.expression_attribute_values(":windows", windows).send().await;
        unless_condition_failed(OPERATION, kept)?;
        Ok(())
    }

    /// The member row of a user, read consistently, also during their erasure.
    pub async fn member(&self, chat_id: ChatId, user: UserId) -> Result<Option<Member>, StoreError> {
        Ok(self.members(chat_id, from_ref(&user)).await?.pop())
    }

    /// Deletes the rows of a user in a chat, if they exist. The member row comes last: the erasure finds the others by
    /// it.
    pub async fn delete_member(&self, chat_id: ChatId, user: UserId) -> Result<(), StoreError> {
        for key in [hidden_key(chat_id, user), member_key(chat_id, user)] {
            let delete = self.client.delete_item().table_name(&self.table).set_key(Some(key));
            delete.send().await.map_err(StoreError::call("DeleteItem of a member"))?;
        }
        Ok(())
    }
}
