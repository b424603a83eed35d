//! System messages: the changes of a group. They have a seq, and count as unread for no member.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::text::beginning;
use super::{Avatar, Name, Patch, Role, UserId};

/// The number of users that the summary of a notice names.
const USERS_IN_PREVIEW: usize = 2;

/// The limit of a name in the summary of a notice, in bytes of UTF-8.
const NAME_BYTES_IN_PREVIEW: usize = 48;

/// The `kind` of a system message. Its sender is the member who made the change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub enum Notice {
    /// The sender added users.
    MembersAdded {
        /// The new members. A summary names the first two.
        user_ids: Vec<UserId>,
        /// The number of new members, in a summary.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        count: Option<usize>,
    },
    /// The sender removed a member.
    MemberRemoved {
        /// The former member.
        user_id: UserId,
    },
    /// The sender left, or their account is being erased.
    MemberLeft {
        /// The member who is an admin now, since the last admin left.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        new_admin: Option<UserId>,
    },
    /// The sender changed the role of a member.
    RoleChanged {
        /// The member.
        user_id: UserId,
        /// The new role.
        role: Role,
    },
    /// The sender changed the group itself. A field that is absent did not change; a summary lacks the picture.
    ChatChanged(ChatChange),
    /// An operator removed the group for all: it is the last message, and no member sees an earlier one. The sender is
    /// no user: all digits of its id are 0.
    ChatRemoved,
}

/// The changed fields of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ChatChange {
    /// The new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// The URL of the new picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<Avatar>,
    /// Whether only admins may write now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_admins_write: Option<bool>,
    /// Whether only admins may add members now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub only_admins_add: Option<bool>,
    /// The fields that the group has no more.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub removed: BTreeSet<RemovableField>,
}

/// A field of a group that can be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub enum RemovableField {
    /// The name.
    Name,
    /// The picture.
    Avatar,
}

impl ChatChange {
    /// The change of these fields.
    pub fn new(name: Patch<Name>, avatar: Patch<Avatar>) -> Self {
        let removed = [
            matches!(name, Patch::Remove).then_some(RemovableField::Name),
            matches!(avatar, Patch::Remove).then_some(RemovableField::Avatar),
        ];
        let (name, avatar) = (name.into_set(), avatar.into_set());
        Self { name, avatar, removed: removed.into_iter().flatten().collect(), ..Self::default() }
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Notice {
    /// This notice as a summary shows it. It is bounded, since the head has to stay below 1,024 bytes.
    #[must_use]
    pub fn preview(&self) -> Self {
        match self {
            Self::MembersAdded { user_ids, .. } => Self::MembersAdded {
                user_ids: user_ids.iter().take(USERS_IN_PREVIEW).copied().collect(),
                count: Some(user_ids.len()),
            },
            Self::ChatChanged(change) => {
                let shorten = |name: &Name| {
                    let name = String::from(name.clone());
                    Name::try_from(beginning(&name, NAME_BYTES_IN_PREVIEW, str::len).to_owned()).ok()
                };
                let name = change.name.as_ref().and_then(shorten);
                Self::ChatChanged(ChatChange { name, avatar: None, ..change.clone() })
            }
            other => other.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json, to_value};

    use super::*;

    #[test]
    fn a_notice_has_a_type_and_lists_removed_fields() {
        let ana = UserId::random();
        let without_name = ChatChange::new(Patch::Remove, Patch::Keep);
        let removed_name = ChatChange { only_admins_add: Some(false), ..without_name };
        for (notice, written) in [
            (Notice::MemberRemoved { user_id: ana }, json!({ "type": "memberRemoved", "userId": ana })),
            (Notice::MemberLeft { new_admin: None }, json!({ "type": "memberLeft" })),
            (
                Notice::ChatChanged(removed_name),
                json!({ "type": "chatChanged", "onlyAdminsAdd": false, "removed": ["name"] }),
            ),
        ] {
            assert_eq!(to_value(&notice).unwrap(), written);
            assert_eq!(from_value::<Notice>(written).unwrap(), notice);
        }
    }

    #[test]
    fn the_summary_of_fifty_new_members_names_two() {
        let user_ids: Vec<_> = (0..50).map(|_| UserId::random()).collect();
        let preview = Notice::MembersAdded { user_ids: user_ids.clone(), count: None }.preview();
        assert_eq!(preview, Notice::MembersAdded { user_ids: user_ids[..2].to_vec(), count: Some(50) });
    }
}
