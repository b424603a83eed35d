//! Messages of a chat.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::{ChangeSeq, ChatId, ClientMessageId, Content, Emoji, Message, MessageId, Seq, Watermark, Windows};

/// `POST /chats/{chatId}/messages`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct SendRequest {
    /// The content.
    pub content: Content,
    /// The id that makes the send repeatable.
    pub client_message_id: ClientMessageId,
    /// The message that this one answers: one of the same chat that the caller may see.
    #[serde(default)]
    pub reply_to: Option<MessageId>,
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
    /// The message that this one answers: one of the same chat that the caller may see.
    #[serde(default)]
    pub reply_to: Option<MessageId>,
}

/// `PATCH /messages/{messageId}`
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct EditRequest {
    /// The new content.
    pub content: Content,
    /// The `version` of the message that was edited; 0 for a message without it. Reactions since then do not matter.
    pub version: ChangeSeq,
}

/// `PUT /messages/{messageId}/reaction`
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ReactionRequest {
    /// The emoji, in place of an earlier one of the caller.
    pub emoji: Emoji,
}

/// The answer to `GET /chats/{chatId}/messages`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct MessagePage {
    /// Sorted by seq, the oldest first.
    pub messages: Vec<Message>,
    /// With `changedAfter`: the messages that changed after it, each once and as it is now, sorted by `version`.
    pub changed: Vec<Message>,
    /// The seq of the last message that the caller may see, so that a client knows whether it has caught up.
    pub last_seq: Watermark,
    /// The next `changedAfter`: `changed` has everything up to this change. Without `changedAfter`, the last change of
    /// the chat, which `messages` has.
    pub change_seq: ChangeSeq,
    /// Whether there are more messages in this direction.
    pub has_more: bool,
    /// Whether there are more changes after `changeSeq`.
    pub has_more_changes: bool,
    /// Present and true if changes after `changedAfter` are not kept any more: load the chat again from its newest
    /// page.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub reset: bool,
    /// The messages that the caller may see and has not cleared; absent if all. A gap outside of these ranges cannot be
    /// filled.
    #[serde(skip_serializing_if = "Windows::is_unlimited")]
    pub windows: Windows,
    /// All messages of the chat that the caller has hidden, by seq; absent without any.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub hidden: BTreeSet<Seq>,
}

/// The answer to `POST /messages/{messageId}/hide`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct HiddenView {
    /// The chat.
    pub chat_id: ChatId,
    /// The hidden message.
    pub message_id: MessageId,
    /// Its seq.
    pub seq: Seq,
}

/// `POST /chats/{chatId}/clear`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ClearRequest {
    /// The last message to clear, by seq.
    pub up_to: Seq,
}

/// The answer to `POST /chats/{chatId}/clear`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ClearedView {
    /// The chat.
    pub chat_id: ChatId,
    /// The chat is cleared up to this message.
    pub cleared_seq: Watermark,
}
