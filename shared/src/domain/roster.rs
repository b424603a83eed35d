//! The roster of a chat: its members, their permissions, and the recipients of what is sent there.
//!
//! All rules of membership are here. The store checks two of them again inside of a write, because the row may have
//! changed since it was read: `NOT contains(erased, …)` in `store/chats/heads.rs` and `store/messages/message_log.rs`.

use std::collections::BTreeSet;

use super::{Access, Chat, ChatKind, Leavers, LowestMarks, Member, Permission, Role, Seq, Timestamp, UserId};

/// The part of a chat's head about its members.
///
/// The ids of a group's members are in the chat's row, and each member has a row of their own. Methods that need the
/// ids take the [`Chat`]. Methods about one member expect that the member's row was read, or that the chat lists the
/// user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    size: usize,
    pair: Option<[UserId; 2]>,
    erased: BTreeSet<UserId>,
    leavers: Leavers,
    version: u64,
    only_admins_write: bool,
    blockers: BTreeSet<UserId>,
    removed: bool,
    asked: Option<UserId>,
}

impl Roster {
    /// The roster of a new chat: every participant is a member.
    pub fn of(chat: &Chat) -> Self {
        let pair = match (&chat.kind, chat.participants.as_slice()) {
            (ChatKind::Direct, [one, other]) => Some([*one, *other]),
            _ => None,
        };
        Self::stored(chat.participants.len(), pair, BTreeSet::new())
    }

    /// The roster in a head's row.
    pub fn stored(size: usize, pair: Option<[UserId; 2]>, erased: BTreeSet<UserId>) -> Self {
        let (leavers, blockers) = (Leavers::default(), BTreeSet::new());
        Self {
            size,
            pair,
            erased,
            leavers,
            version: 0,
            only_admins_write: false,
            blockers,
            removed: false,
            asked: None,
        }
    }

    /// This roster of a direct chat, after these members have blocked the other one.
    #[must_use]
    pub fn blocked_by(self, blockers: BTreeSet<UserId>) -> Self {
        Self { blockers, ..self }
    }

    /// This roster of a group, after an operator has removed the group, if so.
    #[must_use]
    pub fn removed(self, removed: bool) -> Self {
        Self { removed, ..self }
    }

    /// Whether an operator has removed the group. Then it has no members, whatever their rows say.
    pub fn is_removed(&self) -> bool {
        self.removed
    }

    /// This roster of a direct chat, with the member who has not accepted the request of the other one.
    #[must_use]
    pub fn asking(self, asked: Option<UserId>) -> Self {
        Self { asked, ..self }
    }

    /// The member of a direct chat who has not accepted the request of the other one.
    pub fn asked(&self) -> Option<UserId> {
        self.asked
    }

    /// The members of a direct chat who have blocked the other one.
    pub fn blockers(&self) -> &BTreeSet<UserId> {
        &self.blockers
    }

    /// Whether a member of this direct chat has blocked the other one. Then nothing passes between them.
    pub fn is_blocked(&self) -> bool {
        !self.blockers.is_empty()
    }

    /// This roster with the record of the group's changes.
    #[must_use]
    pub fn changed(self, version: u64, leavers: Leavers, only_admins_write: bool) -> Self {
        Self { version, leavers, only_admins_write, ..self }
    }

    /// The number of changes of the group. A computation over its members is right only for one version.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The members who left within the last minutes.
    pub fn leavers(&self) -> &Leavers {
        &self.leavers
    }

    /// Whether only admins may write.
    pub fn only_admins_write(&self) -> bool {
        self.only_admins_write
    }

    /// The number of members: it weighs messages, and large groups get fewer events.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The two participants of a direct chat, erased users included; `None` for a group.
    pub fn pair(&self) -> Option<[UserId; 2]> {
        self.pair
    }

    /// Whether this is a direct chat.
    pub fn is_direct(&self) -> bool {
        self.pair.is_some()
    }

    /// Participants who are being erased, or have been.
    pub fn erased(&self) -> &BTreeSet<UserId> {
        &self.erased
    }

    /// Whether this user, a member by a row that was read before, has left since.
    pub fn has_left(&self, participant: UserId) -> bool {
        self.removed || self.erased.contains(&participant) || self.leavers.listed.contains(&participant)
    }

    /// Whether this participant is still a member.
    pub fn is_member(&self, participant: UserId) -> bool {
        !self.has_left(participant)
    }

    /// Whether this member row may be older than the head, so that it has to be read once more.
    pub fn doubts(&self, member: &Member, now: Timestamp) -> bool {
        member.is_current() && (self.leavers.listed.contains(&member.user_id) || self.leavers.may_lack(now))
    }

    /// Whether the user with this row may do this now.
    pub fn access(&self, member: &Member, permission: Permission) -> Access {
        if self.erased.contains(&member.user_id) {
            return Access::Erased;
        }
        match permission {
            Permission::Read | Permission::Arrange => Access::Granted,
            _ if self.is_direct() && member.has_declined() => Access::Declined,
            // To the others this user looks like one with a phone that is off. A message accepts the request.
            Permission::React | Permission::Acknowledge | Permission::Type | Permission::WatchPresence
                if member.is_asked() =>
            {
                Access::Asked
            }
            // The settings for the chat stay the user's own, and a blocker who watches sees no presence.
            Permission::Configure | Permission::WatchPresence if self.is_direct() => Access::Granted,
            // The windows of a blocker are closed, too. The row and the head may have been read at different moments.
            _ if self.blockers.contains(&member.user_id) || (self.is_direct() && !member.is_current()) => {
                Access::Blocking
            }
            _ if !member.is_current() || self.has_left(member.user_id) => Access::Left,
            Permission::Send if self.only_admins_write && member.role != Role::Admin => Access::AdminsOnly,
            Permission::Send
            | Permission::Configure
            | Permission::Delete
            | Permission::React
            | Permission::Acknowledge
            | Permission::Type
            | Permission::WatchPresence => Access::Granted,
        }
    }

    /// Whether a sender, who was a member before, may still send now that this head is known.
    pub fn may_still_send(&self, sender: &Member) -> bool {
        self.access(sender, Permission::Send) == Access::Granted
    }

    /// Whether the other members may see the content of what this participant sent.
    pub fn shows_content_of(&self, sender: UserId) -> bool {
        !self.erased.contains(&sender)
    }

    /// All members, in the order in which the chat lists them.
    pub fn members(&self, chat: &Chat) -> Vec<UserId> {
        self.members_among(&chat.participants)
    }

    /// The recipients of what `sender` sends: all other members.
    pub fn recipients(&self, chat: &Chat, sender: UserId) -> Vec<UserId> {
        let mut recipients = self.members(chat);
        recipients.retain(|member| *member != sender);
        recipients
    }

    /// The recipients of message `seq`: the members who were in the chat at that message and still are. A job that is
    /// late, replayed or sharded finds out again.
    pub fn audience(&self, chat: &Chat, seq: Seq) -> Vec<UserId> {
        let mut audience = self.members(chat);
        audience.retain(|member| chat.membership.joined.get(member).is_none_or(|joined| *joined <= seq));
        audience
    }

    /// The members of a direct chat who see what is sent there now: not one who has blocked the other. `None` for a
    /// group, since only the chat's row lists its members.
    pub fn direct_audience(&self) -> Option<Vec<UserId>> {
        let mut audience = self.members_among(&self.pair?);
        audience.retain(|member| !self.blockers.contains(member));
        Some(audience)
    }

    /// The other participant of a direct chat, erased or not; `None` for a group.
    pub fn other_participant(&self, user: UserId) -> Option<UserId> {
        self.pair.and_then(|pair| pair.into_iter().find(|one| *one != user))
    }

    /// The other participant of a direct chat who is still a member.
    pub fn other_member(&self, user: UserId) -> Option<UserId> {
        self.other_participant(user).filter(|other| self.is_member(*other))
    }

    /// The other member of a direct chat, if neither has blocked the other and no request waits: the only user who gets
    /// the receipts, the typing and the presence of this one there.
    pub fn correspondent(&self, user: UserId) -> Option<UserId> {
        self.other_member(user).filter(|_| !self.is_blocked() && self.asked.is_none())
    }

    /// Whether a member with this row, which was read before or after this head, gets what happens in the chat.
    pub fn reaches(&self, member: &Member) -> bool {
        member.is_current() && self.is_member(member.user_id) && !self.blockers.contains(&member.user_id)
    }

    /// Whether the marks of this member count for the chat's lowest marks.
    fn counts_for_lowest_marks(&self, member: &Member) -> bool {
        member.is_current() && !member.is_asked() && self.is_member(member.user_id)
    }

    /// The lowest marks of these members, after those of `before`; `None` for fewer than two. Then no recipient is
    /// left, and the status of a message that was not read stays what it was.
    pub fn lowest_marks(&self, members: &[Member], before: &LowestMarks) -> Option<LowestMarks> {
        let counted = members.iter().filter(|member| self.counts_for_lowest_marks(member));
        let (hiding, sharing): (Vec<_>, Vec<_>) = counted.partition(|member| member.shared_read.is_some());
        let marks = |members: Vec<&Member>| members.iter().map(|row| (row.user_id, row.marks)).collect::<Vec<_>>();
        let (hiding, sharing) = (marks(hiding), marks(sharing));
        (hiding.len() + sharing.len() > 1).then(|| LowestMarks::without_hiding(&sharing, &hiding, before))
    }

    fn members_among(&self, participants: &[UserId]) -> Vec<UserId> {
        participants.iter().filter(|participant| self.is_member(**participant)).copied().collect()
    }
}

#[cfg(test)]
#[path = "roster_tests.rs"]
mod tests;
