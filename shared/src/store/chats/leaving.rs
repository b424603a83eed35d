//! Leaving a chat for good, because one's account is erased: the head knows it first, and the member's row goes last.

use std::slice::from_ref;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};

use super::Chats;
use super::keys::{TABLE, head_key, member_key};
use super::rows::HeadRow;
use crate::domain::{Body, ChatId, Head, LastMessage, Member, Timestamp, UserId};
use crate::store::{StoreError, text, to_row, unless_refused};

impl Chats {
    /// Ends somebody's part in a chat: from here on they neither read nor write there, and no job brings back what they
    /// wrote. Answers with the head as it is then; nothing when there is no such chat.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or the row is unreadable.
    pub async fn leave(&self, chat_id: ChatId, user: UserId) -> Result<Option<Head>, StoreError> {
        let left = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(head_key(chat_id)))
            .update_expression("ADD erased :user")
            .condition_expression("attribute_exists(chatId)")
            .expression_attribute_values(":user", AttributeValue::Ss(vec![user.to_string()]))
            .return_values(ReturnValue::AllNew)
            .send()
            .await;
        let left = unless_refused("UpdateItem of a head's erased", left)?;
        left.and_then(|answer| answer.attributes).map(HeadRow::head).transpose()
    }

    /// Takes out of a chat's summary what somebody wrote who has left it; answers whether there was something. Nothing
    /// of theirs comes after it, since the head knows that they have left.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn redact_summary(&self, chat_id: ChatId, head: &Head, at: Timestamp) -> Result<bool, StoreError> {
        let theirs =
            |last: &&LastMessage| !head.roster.shows_content_of(last.sender_id) && last.body.content().is_some();
        let Some(last) = head.last_message.as_ref().filter(theirs) else { return Ok(false) };
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
        Ok(unless_refused("UpdateItem of a head's summary", written)?.is_some())
    }

    /// The member that somebody is in a chat, consistently read, also while they are being erased.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or the row is unreadable.
    pub async fn member(&self, chat_id: ChatId, user: UserId) -> Result<Option<Member>, StoreError> {
        Ok(self.members(chat_id, from_ref(&user)).await?.pop())
    }

    /// Forgets that somebody was in a chat, with how far they had come; forgetting it twice is nothing.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn forget_member(&self, chat_id: ChatId, user: UserId) -> Result<(), StoreError> {
        self.client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(member_key(chat_id, user)))
            .send()
            .await
            .map_err(StoreError::call("DeleteItem of a member"))?;
        Ok(())
    }
}
