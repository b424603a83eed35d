//! A chat. Its head and its members are rows of their own, so that a message writes little.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Avatar, ChatId, ChatRemoval, Farewell, Name, Seq, Timestamp, UserId};

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

/// A chat and its participants. The row of a direct chat is written once, that of a group with each change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct Chat {
    /// The id of the chat.
    pub chat_id: ChatId,
    /// Direct chat or group.
    #[serde(flatten)]
    pub kind: ChatKind,
    /// The two users of a direct chat, erased or not. The members of a group, each once, in the order of their joining.
    pub participants: Vec<UserId>,
    /// The user who created the chat.
    pub created_by: UserId,
    /// The time of the creation, in epoch milliseconds.
    pub created_at: Timestamp,
    /// The admins and permissions of a group.
    #[serde(flatten)]
    pub membership: Membership,
}

/// The admins and permissions of a group, and the record of its former members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct Membership {
    /// The members who may change the group; absent in a direct chat.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub admins: Vec<UserId>,
    /// The number of changes of the group; absent before the first.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub membership_version: u64,
    /// Whether only admins may write; absent if all members may.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub only_admins_write: bool,
    /// `false` if all members may add members; absent if only admins may.
    #[serde(default = "yes", skip_serializing_if = "Clone::clone")]
    pub only_admins_add: bool,
    /// The URL of the group's picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<Avatar>,
    /// The message with which each member joined; of the first members none. Stored, and not shown to clients.
    #[serde(skip)]
    pub joined: BTreeMap<UserId, Seq>,
    /// The users who left last. Members may look up their profiles.
    #[serde(skip)]
    pub former: Vec<UserId>,
    /// Those of the former members who are erased.
    #[serde(skip)]
    pub erased: Vec<UserId>,
    /// The removal of the group by an operator.
    #[serde(skip)]
    pub removal: Option<ChatRemoval>,
}

impl Chat {
    /// This group as a former member saw it last, without its members.
    #[must_use]
    pub fn as_left(mut self, farewell: &Farewell) -> Self {
        if let ChatKind::Group { name } = &mut self.kind {
            name.clone_from(&farewell.name);
        }
        self.participants.clear();
        self.membership = Membership { avatar: farewell.avatar.clone(), ..Membership::default() };
        self
    }
}

impl Default for Membership {
    fn default() -> Self {
        Self {
            admins: Vec::new(),
            membership_version: 0,
            only_admins_write: false,
            only_admins_add: true,
            avatar: None,
            joined: BTreeMap::new(),
            former: Vec::new(),
            erased: Vec::new(),
            removal: None,
        }
    }
}

impl Membership {
    /// The membership of a new chat: the creator of a group is its first admin.
    pub fn of_new(kind: &ChatKind, creator: UserId) -> Self {
        let admins = if *kind == ChatKind::Direct { Vec::new() } else { vec![creator] };
        Self { admins, ..Self::default() }
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

const fn yes() -> bool {
    true
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
