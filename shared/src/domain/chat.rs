//! A chat. Its head and its members are rows of their own, so that a message writes little.

use serde::{Deserialize, Serialize};

use super::{ChatId, Name, Timestamp, UserId};

/// The limit of participants in a chat.
pub const MAX_PARTICIPANTS: usize = 1024;

/// The kind of a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub enum ChatKind {
    /// A chat of two users. Each pair of users has one.
    Direct,
    /// A chat of up to 1,024 users.
    Group {
        /// The group's name, if it has one.
        #[serde(default, deserialize_with = "Name::stored_if_any", skip_serializing_if = "Option::is_none")]
        name: Option<Name>,
    },
}

/// A chat and its participants. Its row is written once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct Chat {
    /// The id of the chat.
    pub chat_id: ChatId,
    /// Direct chat or group.
    #[serde(flatten)]
    pub kind: ChatKind,
    /// The users that the chat was made for, its creator included, each once. Erased users stay in it.
    // The head knows the members that are left: see `Roster::members`.
    pub participants: Vec<UserId>,
    /// The user who created the chat.
    pub created_by: UserId,
    /// The time of the creation, in epoch milliseconds.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_group_name_that_breaks_the_rules_of_today_is_cleaned() {
        let kind = |name: &str| serde_json::from_value(serde_json::json!({ "type": "group", "name": name })).unwrap();
        let named = |name: &str| ChatKind::Group { name: Some(Name::try_from(name.to_owned()).unwrap()) };
        assert_eq!(
            (kind("Us\u{202e}\u{2028}all"), kind("\u{3164}")),
            (named("Us all"), ChatKind::Group { name: None })
        );
    }
}
