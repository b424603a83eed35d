//! The roles of members in a group.

use serde::{Deserialize, Serialize};

/// The role of a member in a group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub enum Role {
    /// May change the group and its members.
    Admin,
    /// May read and write.
    #[default]
    Member,
}

impl Role {
    /// Whether this is the role of a member without rights.
    pub fn is_member(&self) -> bool {
        *self == Self::Member
    }
}
