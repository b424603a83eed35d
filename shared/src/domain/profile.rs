//! The profile that users who share a chat see.

use serde::{Deserialize, Serialize};

use super::{Avatar, Name, UserId};

/// The profile of a user for those who share a chat with them. It has no email address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct Profile {
    /// The user.
    pub user_id: UserId,
    /// The name.
    pub name: Name,
    /// The URL of the picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<Avatar>,
}
