//! The privacy settings of a user.

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// The users that a privacy setting lets in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub enum Circle {
    /// All users.
    #[default]
    Everyone,
    /// The user's contacts: [`Head::has_contact`](super::Head::has_contact).
    Contacts,
    /// No user.
    Nobody,
}

/// The privacy settings of a user. Each names the users that it lets in; by default everyone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct Privacy {
    /// The users who see whether the user is online, and when the user was last seen. With `nobody`, the user sees no
    /// presence of others.
    pub presence: Circle,
    /// The users who see what the user has read. With `nobody`, the user sees no read receipts of others. With
    /// `contacts`, the user shares none in groups.
    pub receipts: Circle,
    /// The users who find the user by the email address.
    pub discoverable_by_email: Circle,
    /// The users who may add the user to a group.
    pub groups: Circle,
}

/// A change of privacy settings. An absent setting keeps its value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct PrivacyChange {
    /// The users who see the user's presence.
    #[serde(default)]
    pub presence: Option<Circle>,
    /// The users who see what the user has read.
    #[serde(default)]
    pub receipts: Option<Circle>,
    /// The users who find the user by the email address.
    #[serde(default)]
    pub discoverable_by_email: Option<Circle>,
    /// The users who may add the user to a group.
    #[serde(default)]
    pub groups: Option<Circle>,
}

/// The settings that a user's own requests depend on. They are copies in the account, which each request reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OwnPrivacy {
    /// The users who see the user's presence.
    pub presence: Circle,
    /// The users who see what the user has read.
    pub receipts: Circle,
    /// Since the setting is [`Circle::Nobody`]: the time of that change, in epoch milliseconds.
    pub receipts_hidden_at: Option<Timestamp>,
}

impl OwnPrivacy {
    /// Whether the user sees who has read a message of this time. A user who shares no read receipts sees none of later
    /// messages; the ticks of earlier messages stay.
    pub fn sees_receipts_of(&self, timestamp: Timestamp) -> bool {
        self.receipts_hidden_at.is_none_or(|hidden_at| timestamp <= hidden_at)
    }
}

impl Circle {
    /// Whether the setting lets a user in, who is a contact or not.
    pub fn admits(self, is_contact: bool) -> bool {
        match self {
            Self::Everyone => true,
            Self::Contacts => is_contact,
            Self::Nobody => false,
        }
    }

    /// Whether the setting is the default.
    pub fn is_everyone(&self) -> bool {
        *self == Self::Everyone
    }

    /// The value, as clients write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Everyone => "everyone",
            Self::Contacts => "contacts",
            Self::Nobody => "nobody",
        }
    }
}

impl PrivacyChange {
    /// Whether no setting is named.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
