//! Chats and their lists.

use serde::{Deserialize, Serialize};

#[cfg(feature = "schemas")]
use crate::domain::MAX_PARTICIPANTS;
use crate::domain::{ChatView, ClientChatId, Name, Timestamp, UserId};
use crate::edge::Cursor;
use crate::store::ChatCursor;

/// `POST /chats`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct CreateChatRequest {
    /// Direct chat or group.
    #[serde(rename = "type")]
    pub kind: NewChatKind,
    /// The other users, each once; the caller may be among them. A direct chat has exactly one other user.
    #[cfg_attr(
        feature = "schemas",
        schemars(extend("minItems" = 1, "maxItems" = MAX_PARTICIPANTS, "uniqueItems" = true))
    )]
    pub participants: Vec<UserId>,
    /// The name.
    #[serde(default)]
    pub name: Option<Name>,
    /// Makes the creation of a group repeatable. A direct chat does not need it: the pair of users identifies the chat.
    #[serde(default)]
    pub client_chat_id: Option<ClientChatId>,
}

/// The kind of a new chat.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema), schemars(extend("enum" = ["direct", "group"])))]
pub enum NewChatKind {
    /// A chat of two users.
    Direct,
    /// A group.
    Group,
}

/// The answer to `GET /chats`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ChatPage {
    /// The chats, newest first.
    pub chats: Vec<ChatView>,
    /// The time at which this paging began, the same on all its pages.
    pub as_of: Timestamp,
    /// The cursor of the next page; absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor<ChatPagePosition>>,
}

/// The content of a cursor: the position of the page, and the times that all pages of one paging share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChatPagePosition {
    /// The position of the page.
    #[serde(flatten)]
    pub from: ChatCursor,
    /// The time at which this paging began.
    pub as_of: Timestamp,
    /// The mark since which the paging lists chats.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

/// `PUT /chats/{chatId}/mute`
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct MuteChatRequest {
    /// Epoch milliseconds; `null` unmutes the chat. The field is required, so that a misspelt name does not unmute.
    #[serde(deserialize_with = "Option::deserialize")]
    #[cfg_attr(feature = "schemas", schemars(schema_with = "crate::edge::schema::end_of_mute"))]
    pub until: Option<Timestamp>,
}

/// `PUT /chats/{chatId}/pin`
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct PinChatRequest {
    /// Whether the chat is pinned from now on.
    pub pinned: bool,
}

/// `PUT /chats/{chatId}/archive`
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ArchiveChatRequest {
    /// Whether the chat is archived from now on.
    pub archived: bool,
}

/// `PUT /chats/{chatId}/unread`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct MarkUnreadRequest {
    /// Whether the chat is marked as unread from now on.
    pub marked_unread: bool,
}

impl TryFrom<String> for NewChatKind {
    type Error = &'static str;

    fn try_from(word: String) -> Result<Self, Self::Error> {
        match word.as_str() {
            "direct" => Ok(Self::Direct),
            "group" => Ok(Self::Group),
            _ => Err("must be \"direct\" or \"group\""),
        }
    }
}
