//! Requests to change a group.

use super::{ChatChange, Reason, Role, UserId};

/// The limit of users that one request adds.
pub const MAX_ADDED: usize = 50;

/// A change that a user asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupRequest {
    /// Adds users, each once. With `history` they see all messages, otherwise those from now on.
    Add {
        /// The users.
        users: Vec<UserId>,
        /// Those of them who do not know the caller.
        strangers: Vec<UserId>,
        /// Whether they see what was written before.
        history: bool,
    },
    /// Removes another member.
    Remove(UserId),
    /// The caller leaves.
    Leave,
    /// The caller is being erased.
    Erase,
    /// Changes the role of a member.
    SetRole(UserId, Role),
    /// Changes the group itself.
    Change(ChatChange),
    /// An operator removes the group for all.
    RemoveChat(Reason),
}

impl GroupRequest {
    /// Whether a user who is added sees the earlier messages, and the actor if the user does not know them.
    pub(super) fn terms_of(&self, user: UserId, actor: UserId) -> (bool, Option<UserId>) {
        match self {
            Self::Add { strangers, history, .. } => (*history, strangers.contains(&user).then_some(actor)),
            _ => (false, None),
        }
    }
}

/// The reason for which a change is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GroupRequestError {
    /// Only groups change.
    #[error("must be a group, but is a direct chat")]
    Direct,
    /// The caller has left the group.
    #[error("You are no longer a member of this group.")]
    Left,
    /// The caller is no admin.
    #[error("Only an admin of this group may do this.")]
    AdminsOnly,
    /// More than [`MAX_PARTICIPANTS`] members.
    #[error("A group has at most 1,024 members: this one has room for {0} more.")]
    Full(usize),
    /// The user is not in the group.
    #[error("is no member of this group")]
    NoMember,
    /// The group would have no admin.
    #[error("You are the only admin of this group: make another member an admin first.")]
    OnlyAdmin,
}
