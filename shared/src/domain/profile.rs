//! The profile that users who share a chat see.

use serde::{Deserialize, Serialize};

use super::{Avatar, Name, UserId};

/// The part of a user's data that other users see if they share a chat with the user. It has no email address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct Profile {
    /// The user with this profile.
    pub user_id: UserId,
    /// The name that other users see.
    pub name: Name,
    /// The URL of the picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<Avatar>,
}
