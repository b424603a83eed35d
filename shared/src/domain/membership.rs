//! Changes of a group: the rules for each, and its effects. Each is one message of the group (invariant 12).

use super::{
    ChangeSeq, Chat, ChatChange, ChatKind, DraftNotice, Farewell, GroupRequest, GroupRequestError, Head, LastMessage,
    Leavers, MAX_PARTICIPANTS, Member, Membership, Message, Name, Notice, RemovableField, Role, Timestamp, UserId,
};

/// The limit of former members in a chat's row.
const MAX_FORMER: usize = 512;

/// The notice that a request makes; `None` if the requested state holds already.
pub(super) type CarriedOut = Result<Option<Notice>, GroupRequestError>;

/// A change of a group, ready to be stored in one transaction.
#[derive(Debug, Clone)]
pub struct GroupChange {
    /// The group before the change.
    pub before: Chat,
    /// The group after it.
    pub chat: Chat,
    /// The head before the change.
    pub head: Head,
    /// The system message that reports it.
    pub message: Message,
    /// The recent leavers after the change.
    pub leavers: Leavers,
    /// The rows of users who join.
    pub joining: Vec<Member>,
    /// The row of the user who leaves.
    pub leaving: Option<Member>,
    /// The members with another role.
    pub roles: Vec<(UserId, Role)>,
}

impl Chat {
    /// Whether this user is an admin of the group.
    pub fn is_admin(&self, user: UserId) -> bool {
        self.membership.admins.contains(&user)
    }

    /// The member with the earliest start of membership becomes an admin if none is left; returns that member.
    fn ensure_admin(&mut self) -> Option<UserId> {
        let participants = &self.participants;
        self.membership.admins.retain(|admin| participants.contains(admin));
        if !self.membership.admins.is_empty() {
            return None;
        }
        // Participants are in the order of their joining.
        let first = *self.participants.first()?;
        self.membership.admins.push(first);
        Some(first)
    }

    fn remove(&mut self, user: UserId, erased: bool) {
        self.participants.retain(|participant| *participant != user);
        let membership = &mut self.membership;
        membership.joined.remove(&user);
        for (list, belongs) in [(&mut membership.former, true), (&mut membership.erased, erased)] {
            list.retain(|former| *former != user);
            if belongs {
                list.push(user);
            }
            let excess = list.len().saturating_sub(MAX_FORMER);
            list.drain(..excess);
        }
    }

    /// Carries out a request, and returns what to report: `None` if the requested state holds already.
    pub(super) fn carry_out(&mut self, actor: UserId, request: &GroupRequest) -> CarriedOut {
        let is_member = |chat: &Self, user: UserId| chat.participants.contains(&user);
        match request {
            GroupRequest::Leave | GroupRequest::Erase => {
                if !is_member(self, actor) {
                    return Ok(None);
                }
                self.remove(actor, *request == GroupRequest::Erase);
                return Ok(Some(Notice::MemberLeft { new_admin: self.ensure_admin() }));
            }
            _ if !is_member(self, actor) => return Err(GroupRequestError::Left),
            GroupRequest::Add { history: false, .. } if !self.membership.only_admins_add => {}
            _ if !self.is_admin(actor) => return Err(GroupRequestError::AdminsOnly),
            _ => {}
        }
        match request {
            GroupRequest::Add { users, .. } => {
                // An erased user may have been one when the request was checked.
                let may_join = |user: &UserId| !is_member(self, *user) && !self.membership.erased.contains(user);
                let user_ids: Vec<_> = users.iter().copied().filter(may_join).collect();
                let room = MAX_PARTICIPANTS - self.participants.len().min(MAX_PARTICIPANTS);
                if user_ids.len() > room {
                    return Err(GroupRequestError::Full(room));
                }
                self.participants.extend(&user_ids);
                self.membership.former.retain(|former| !user_ids.contains(former));
                Ok((!user_ids.is_empty()).then_some(Notice::MembersAdded { user_ids, count: None }))
            }
            GroupRequest::Remove(user) if !is_member(self, *user) => Ok(None),
            GroupRequest::Remove(user_id) => {
                self.remove(*user_id, false);
                self.ensure_admin();
                Ok(Some(Notice::MemberRemoved { user_id: *user_id }))
            }
            GroupRequest::SetRole(user_id, role) => self.set_role(*user_id, *role),
            GroupRequest::Change(change) => Ok(self.change(change)),
            GroupRequest::Leave | GroupRequest::Erase | GroupRequest::RemoveChat(_) => Ok(None),
        }
    }

    fn set_role(&mut self, user_id: UserId, role: Role) -> Result<Option<Notice>, GroupRequestError> {
        if !self.participants.contains(&user_id) {
            return Err(GroupRequestError::NoMember);
        }
        let admins = &mut self.membership.admins;
        match (role, admins.contains(&user_id)) {
            (Role::Admin, true) | (Role::Member, false) => return Ok(None),
            (Role::Admin, false) => admins.push(user_id),
            (Role::Member, true) if admins.len() == 1 => return Err(GroupRequestError::OnlyAdmin),
            (Role::Member, true) => admins.retain(|admin| *admin != user_id),
        }
        Ok(Some(Notice::RoleChanged { user_id, role }))
    }

    /// Changes the fields that have another value.
    fn change(&mut self, change: &ChatChange) -> Option<Notice> {
        let ChatKind::Group { name } = &mut self.kind else { return None };
        let changed = change.beyond(name.as_ref(), &self.membership);
        if changed.is_empty() {
            return None;
        }
        changed.apply(name, &mut self.membership);
        Some(Notice::ChatChanged(changed))
    }
}

impl ChatChange {
    /// The part of this change that gives a group with these fields other ones.
    #[must_use]
    fn beyond(&self, name: Option<&Name>, membership: &Membership) -> Self {
        let avatar = membership.avatar.as_ref();
        let has = |field: &RemovableField| match field {
            RemovableField::Name => name.is_some(),
            RemovableField::Avatar => avatar.is_some(),
        };
        Self {
            name: self.name.clone().filter(|new| Some(new) != name),
            avatar: self.avatar.clone().filter(|new| Some(new) != avatar),
            only_admins_write: self.only_admins_write.filter(|new| *new != membership.only_admins_write),
            only_admins_add: self.only_admins_add.filter(|new| *new != membership.only_admins_add),
            removed: self.removed.iter().copied().filter(has).collect(),
        }
    }

    /// Carries out this change.
    fn apply(&self, name: &mut Option<Name>, membership: &mut Membership) {
        for field in &self.removed {
            match field {
                RemovableField::Name => *name = None,
                RemovableField::Avatar => membership.avatar = None,
            }
        }
        if self.name.is_some() {
            name.clone_from(&self.name);
        }
        if self.avatar.is_some() {
            membership.avatar.clone_from(&self.avatar);
        }
        membership.only_admins_write = self.only_admins_write.unwrap_or(membership.only_admins_write);
        membership.only_admins_add = self.only_admins_add.unwrap_or(membership.only_admins_add);
    }
}

impl GroupChange {
    /// The change that a request makes after this head; `None` if the requested state holds already. `rows` are those
    /// of the users that the request names, as far as they have one, and of the actor.
    ///
    /// # Errors
    /// When the actor may not make the change, or the group cannot have it.
    pub fn new(
        draft: &DraftNotice,
        request: &GroupRequest,
        (before, head): (&Chat, &Head),
        rows: &[Member],
        now: Timestamp,
    ) -> Result<Option<Self>, GroupRequestError> {
        if before.kind == ChatKind::Direct {
            return Err(GroupRequestError::Direct);
        }
        let actor = draft.sender_id;
        let mut chat = before.clone();
        let Some(notice) = chat.carry_out_by_any(actor, request, now)? else { return Ok(None) };
        let message = draft.following(notice.clone(), head, now);
        chat.membership.membership_version += 1;
        let row = |user: UserId| rows.iter().find(|row| row.user_id == user).cloned();
        let mut leavers = head.roster.leavers().clone();
        let mut joining = Vec::new();
        let mut leaving = None;
        match &notice {
            Notice::MembersAdded { user_ids, .. } => {
                let place = (message.seq, head.count());
                let joins =
                    |user: &UserId| Member::joining((*user, row(*user)), place, request.terms_of(*user, actor), now);
                joining = user_ids.iter().map(joins).collect();
                chat.membership.joined.extend(user_ids.iter().map(|user| (*user, message.seq)));
                leavers = leavers.without(user_ids, now);
            }
            Notice::MemberRemoved { user_id } => leaving = row(*user_id),
            Notice::MemberLeft { .. } => leaving = row(actor),
            Notice::RoleChanged { .. } | Notice::ChatChanged(_) | Notice::ChatRemoved => {}
        }
        if let Some(member) = &leaving {
            leavers = leavers.with(member.user_id, now);
        }
        let leaving = leaving.map(|member| member.leaving(before, &message, head.change_seq));
        let roles = roles_between(before, &chat);
        Ok(Some(Self { before: before.clone(), chat, head: head.clone(), message, leavers, joining, leaving, roles }))
    }
}

/// The members with another role, who stay members.
fn roles_between(before: &Chat, after: &Chat) -> Vec<(UserId, Role)> {
    let new = after.membership.admins.iter().filter(|admin| !before.is_admin(**admin));
    let old = before.membership.admins.iter();
    let old = old.filter(|admin| !after.is_admin(**admin) && after.participants.contains(admin));
    new.map(|admin| (*admin, Role::Admin)).chain(old.map(|admin| (*admin, Role::Member))).collect()
}

impl Member {
    /// This member after leaving a group with a message.
    fn leaving(self, chat: &Chat, message: &Message, change_seq: ChangeSeq) -> Self {
        let ChatKind::Group { name } = &chat.kind else { return self };
        let farewell = Farewell {
            last_message: LastMessage::from(message),
            change_seq,
            name: name.clone(),
            avatar: chat.membership.avatar.clone(),
        };
        Self { windows: self.windows.leaving(message.seq), role: Role::Member, farewell: Some(farewell), ..self }
    }
}

#[cfg(test)]
#[path = "membership_tests.rs"]
mod tests;
