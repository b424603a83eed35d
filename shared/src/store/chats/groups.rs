//! Reads of a group for a change.

use std::collections::HashMap;

use super::Chats;
use super::keys::{chat_key, head_key, head_name, member_key};
use super::rows::{HeadRow, MemberRow, chat_of};
use crate::domain::{Chat, ChatId, Head, Member, UserId};
use crate::store::{Row, StoreError, batch};

/// A group as read for a change, with the rows of some users, former members included.
#[derive(Debug)]
pub struct Group {
    /// The chat.
    pub chat: Chat,
    /// Its head.
    pub head: Head,
    /// The rows of those users who are or were members.
    pub members: Vec<Member>,
}

impl Chats {
    /// A chat with its head, and the rows of these users, read consistently; `None` when the chat does not exist. One
    /// call for up to 98 users.
    pub async fn group(&self, chat_id: ChatId, users: &[UserId]) -> Result<Option<Group>, StoreError> {
        let mut keys = vec![chat_key(chat_id), head_key(chat_id)];
        keys.extend(users.iter().map(|user| member_key(chat_id, *user)));
        let rows = batch::get(&self.client, &self.table, keys).await?;
        let mut rows: HashMap<String, Row> =
            rows.into_iter().filter_map(|row| Some((row.get("chatId")?.as_s().ok()?.clone(), row))).collect();
        let (chat, head) = (rows.remove(&chat_id.to_string()), rows.remove(&head_name(chat_id)));
        let (Some(chat), Some(head)) = (chat, head) else { return Ok(None) };
        let head = HeadRow::head(head)?;
        let members = MemberRow::members(rows.into_values().collect())?;
        let members = members.into_iter().map(|member| head.as_now(member)).collect();
        Ok(Some(Group { chat: chat_of(chat)?, head, members }))
    }
}
