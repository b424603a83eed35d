//! Keys of the Chats table: `chatId` is the id of a chat, `chatId#head`, `chatId#userId`,
//! `chatId#userId#hidden`, `chatId#wish` or `chatId#net`.

use crate::domain::{ChatId, UserId};
use crate::store::{Row, text};

pub(super) const TABLE: &str = "Chats";

pub(in crate::store) fn chat_key(chat_id: ChatId) -> Row {
    Row::from([("chatId".to_owned(), text(chat_id))])
}

pub(in crate::store) fn head_name(chat_id: ChatId) -> String {
    format!("{chat_id}#head")
}

pub(in crate::store) fn head_key(chat_id: ChatId) -> Row {
    Row::from([("chatId".to_owned(), text(head_name(chat_id)))])
}

/// The marks of the safety net.
pub(super) fn net_key(chat_id: ChatId) -> Row {
    Row::from([("chatId".to_owned(), text(format!("{chat_id}#net")))])
}

pub(super) fn member_name(chat_id: ChatId, user: UserId) -> String {
    format!("{chat_id}#{user}")
}

pub(in crate::store) fn member_key(chat_id: ChatId, user: UserId) -> Row {
    Row::from([("chatId".to_owned(), text(member_name(chat_id, user)))])
}

/// The single messages that a user has hidden.
pub(super) fn hidden_key(chat_id: ChatId, user: UserId) -> Row {
    Row::from([("chatId".to_owned(), text(format!("{chat_id}#{user}#hidden")))])
}
