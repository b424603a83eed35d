//! Changes of a group and of its members.

use serde::{Deserialize, Serialize};

#[cfg(feature = "schemas")]
use crate::domain::MAX_ADDED;
use crate::domain::{Avatar, ChatId, ClientMessageId, Message, Name, Patch, Role, UserId};

/// `POST /chats/{chatId}/members`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct AddMembersRequest {
    /// The users to add, each once. Users who are members already stay members.
    #[cfg_attr(feature = "schemas", schemars(extend("minItems" = 1, "maxItems" = MAX_ADDED, "uniqueItems" = true)))]
    pub user_ids: Vec<UserId>,
    /// Whether the new members also see what was written before, which only admins may grant.
    #[serde(default)]
    pub history: bool,
    /// The id that makes the request repeatable.
    pub client_message_id: ClientMessageId,
}

/// `PUT /chats/{chatId}/members/{userId}/role`
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct RoleRequest {
    /// The new role.
    pub role: Role,
}

/// `PATCH /chats/{chatId}`. An omitted field keeps its value; at least one is required.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ChangeChatRequest {
    /// The name; `null` removes it.
    #[serde(default)]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<Name>"))]
    pub name: Patch<Name>,
    /// The URL of the picture; `null` removes it.
    #[serde(default)]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<Avatar>"))]
    pub avatar: Patch<Avatar>,
    /// Whether only admins may write.
    #[serde(default)]
    pub only_admins_write: Option<bool>,
    /// Whether only admins may add members.
    #[serde(default)]
    pub only_admins_add: Option<bool>,
}

/// The answer to a change of a group.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct MembershipView {
    /// The group.
    pub chat_id: ChatId,
    /// The number of changes of the group.
    pub membership_version: u64,
    /// The system message that reports the change; absent if the requested state held already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Message>,
}
