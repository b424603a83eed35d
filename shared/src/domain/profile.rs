//! What users who share a chat see of each other.

use serde::{Deserialize, Serialize};

use super::{Avatar, Name, UserId};

/// A user as those see them who share a chat: never with an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// Which user.
    pub user_id: UserId,
    /// What they are called.
    pub name: Name,
    /// Their picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<Avatar>,
}
