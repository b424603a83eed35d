//! The chats that a user has pinned: a set in the account, so that one condition bounds their number.

use aws_sdk_dynamodb::types::AttributeValue;

use super::rows::key;
use crate::domain::{ChatId, MAX_PINS, UserId};
use crate::store::{Accounts, StoreError, number, unless_condition_failed};

impl Accounts {
    /// Pins a chat; `false` when the user has [`MAX_PINS`] other pinned chats, or no account. Pins that are written at
    /// once are counted one after the other. One write unit.
    pub async fn pin(&self, user_id: UserId, chat_id: ChatId) -> Result<bool, StoreError> {
        let room = "attribute_not_exists(pins) OR size(pins) < :max OR contains(pins, :chat)";
        let pinned = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(user_id)))
            .update_expression("ADD pins :chats")
            .condition_expression(format!("attribute_exists(userId) AND ({room})"))
            .expression_attribute_values(":chats", AttributeValue::Ss(vec![chat_id.to_string()]))
            .expression_attribute_values(":chat", AttributeValue::S(chat_id.to_string()))
            .expression_attribute_values(":max", number(MAX_PINS))
            .send()
            .await;
        Ok(unless_condition_failed("UpdateItem of an account's pins", pinned)?.is_some())
    }

    /// Removes the pin of a chat, if there is one. One write unit.
    pub async fn unpin(&self, user_id: UserId, chat_id: ChatId) -> Result<(), StoreError> {
        let unpinned = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(user_id)))
            .update_expression("DELETE pins :chats")
            .condition_expression("attribute_exists(userId)")
            .expression_attribute_values(":chats", AttributeValue::Ss(vec![chat_id.to_string()]))
            .send()
            .await;
        unless_condition_failed("UpdateItem of an account's pins", unpinned)?;
        Ok(())
    }
}
