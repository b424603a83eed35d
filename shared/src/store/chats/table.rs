//! The Chats table, and reads of whole chats.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;

use super::keys::{TABLE, chat_key, head_key, head_name, member_key, member_name};
use super::rows::{HeadRow, MemberRow, chat_of};
use crate::domain::{Access, Chat, ChatId, Head, Member, Permission, UserId};
use crate::store::{Row, StoreError, batch, from_stream, text};

/// The Chats table, with the rows of chats, heads and members.
#[derive(Debug, Clone)]
pub struct Chats {
    pub(super) client: Client,
    pub(super) table: String,
}

impl Chats {
    /// The table with this name.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Reads a chat from a record of the table's stream.
    ///
    /// # Errors
    /// When the record is not the row of a chat.
    pub fn from_stream(row: &serde_dynamo::Item) -> Result<Chat, StoreError> {
        from_stream(row, TABLE, "a chat")
    }

    /// The chat with this id, read consistently: the members of a group may have changed a moment ago.
    pub async fn chat(&self, chat_id: ChatId) -> Result<Option<Chat>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("chatId", text(chat_id))
            .consistent_read(true)
            .send()
            .await
            .map_err(StoreError::call("GetItem of a chat"))?;
        answer.item.map(chat_of).transpose()
    }

    /// For each of these chats the chat, its head and the member row of `user`. Chats that do not exist, or that the
    /// user may not read, are left out. One call per 33 chats.
    pub async fn views(&self, chat_ids: &[ChatId], user: UserId) -> Result<Vec<(Chat, Head, Member)>, StoreError> {
        let keys =
            chat_ids.iter().flat_map(|chat_id| [chat_key(*chat_id), head_key(*chat_id), member_key(*chat_id, user)]);
        let rows = batch::get(&self.client, &self.table, keys.collect()).await?;
        let mut rows: HashMap<String, Row> =
            rows.into_iter().filter_map(|row| Some((row.get("chatId")?.as_s().ok()?.clone(), row))).collect();
        let mut views = Vec::with_capacity(chat_ids.len());
        for chat_id in chat_ids {
            let chat = rows.remove(&chat_id.to_string());
            let head = rows.remove(&head_name(*chat_id));
            let member = rows.remove(&member_name(*chat_id, user));
            let member = member.map(MemberRow::member).transpose()?.flatten();
            if let (Some(chat), Some(head), Some(member)) = (chat, head, member) {
                let head = HeadRow::head(head)?;
                if head.roster.access(&member, Permission::Read) == Access::Granted {
                    let member = head.as_now(member);
                    views.push((chat_of(chat)?, head, member));
                }
            }
        }
        Ok(views)
    }
}
