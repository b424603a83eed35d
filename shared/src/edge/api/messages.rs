//! Messages of a chat.

use serde::{Deserialize, Serialize};

use crate::domain::{ChatId, ClientMessageId, Content, Message, Watermark};

/// `POST /chats/{chatId}/messages`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct SendRequest {
    /// The content.
    pub content: Content,
    /// The id that makes the send repeatable.
    pub client_message_id: ClientMessageId,
}

/// `{"action": "sendMessage", …}`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct SendFrame {
    /// The chat.
    pub chat_id: ChatId,
    /// The content.
    pub content: Content,
    /// The id that makes the send repeatable.
    pub client_message_id: ClientMessageId,
}

/// The answer to `GET /chats/{chatId}/messages`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct MessagePage {
    /// Sorted by seq, the oldest first.
    pub messages: Vec<Message>,
    /// The seq of the chat's last message, so that a client knows whether it has caught up.
    pub last_seq: Watermark,
    /// Whether there are more messages in this direction.
    pub has_more: bool,
}
