//! The roster of a chat: its members, their permissions, and the recipients of what is sent there.
//!
//! All rules of membership are here. The store checks two of them again inside of a write, because the row may have
//! changed since it was read: `NOT contains(erased, …)` in `store/chats/heads.rs` and `store/messages/message_log.rs`.

use std::collections::BTreeSet;

use super::{Chat, ChatKind, LowestMarks, Member, UserId};

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
}

/// A right of a member in a chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// See the chat, its messages, its members and their receipts; mute it.
    Read,
    /// Send messages.
    Send,
    /// Acknowledge messages as delivered or read.
    Acknowledge,
    /// Show the other members that this one is typing.
    Type,
    /// Watch the presence of the other member of a direct chat.
    WatchPresence,
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
        Self { size, pair, erased }
    }

    /// The number of participants, erased users included: it weighs messages, and large groups get fewer events.
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

    /// Whether this participant is no longer a member: erased users have left.
    pub fn has_left(&self, participant: UserId) -> bool {
        self.erased.contains(&participant)
    }

    /// Whether this participant is still a member.
    pub fn is_member(&self, participant: UserId) -> bool {
        !self.has_left(participant)
    }

    /// Whether this participant may do this now. Today a member may do everything, and a participant who left nothing.
    pub fn allows(&self, participant: UserId, permission: Permission) -> bool {
        match permission {
            Permission::Read
            | Permission::Send
            | Permission::Acknowledge
            | Permission::Type
            | Permission::WatchPresence => self.is_member(participant),
        }
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

    /// The members of a direct chat; `None` for a group, since only the chat's row lists its members.
    pub fn direct_members(&self) -> Option<Vec<UserId>> {
        self.pair.map(|pair| self.members_among(&pair))
    }

    /// The other participant of a direct chat, erased or not; `None` for a group.
    pub fn other_participant(&self, user: UserId) -> Option<UserId> {
        self.pair.and_then(|pair| pair.into_iter().find(|one| *one != user))
    }

    /// The other participant of a direct chat who is still a member.
    pub fn other_member(&self, user: UserId) -> Option<UserId> {
        self.other_participant(user).filter(|other| self.is_member(*other))
    }

    /// Whether the marks of this participant count for the chat's lowest marks.
    pub fn counts_for_lowest_marks(&self, participant: UserId) -> bool {
        self.is_member(participant)
    }

    /// The lowest marks of these members; `None` for fewer than two. Then no recipient is left, and the status of a
    /// message that was not read stays what it was.
    pub fn lowest_marks(&self, members: &[Member]) -> Option<LowestMarks> {
        let counted = members.iter().filter(|member| self.counts_for_lowest_marks(member.user_id));
        let marks: Vec<_> = counted.map(|member| (member.user_id, member.marks)).collect();
        (marks.len() > 1).then(|| LowestMarks::among(&marks))
    }

    fn members_among(&self, participants: &[UserId]) -> Vec<UserId> {
        participants.iter().filter(|participant| self.is_member(**participant)).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{ChatId, Receipt, Seq, Timestamp, Watermark};

    const PERMISSIONS: [Permission; 5] =
        [Permission::Read, Permission::Send, Permission::Acknowledge, Permission::Type, Permission::WatchPresence];

    fn chat(kind: ChatKind, size: usize) -> Chat {
        let participants: Vec<_> = (0..size).map(|_| UserId::random()).collect();
        let (created_by, created_at) = (participants[0], Timestamp::from_millis(1));
        Chat { chat_id: ChatId::random(), kind, participants, created_by, created_at }
    }

    fn direct() -> Chat {
        chat(ChatKind::Direct, 2)
    }

    fn group(size: usize) -> Chat {
        chat(ChatKind::Group { name: None }, size)
    }

    fn after_erasures(chat: &Chat, erased: impl IntoIterator<Item = UserId>) -> Roster {
        Roster { erased: erased.into_iter().collect(), ..Roster::of(chat) }
    }

    fn reader(user_id: UserId, seq: u64) -> Member {
        let mut member = Member::new(user_id, Timestamp::from_millis(1));
        member.marks = member.marks.after(Receipt::Read, Seq::try_from(seq).unwrap());
        member
    }

    #[test]
    fn every_participant_of_a_new_chat_is_a_member_with_all_permissions() {
        for chat in [direct(), group(3)] {
            let roster = Roster::of(&chat);
            assert_eq!(roster.members(&chat), chat.participants);
            for user in &chat.participants {
                assert!(PERMISSIONS.iter().all(|permission| roster.allows(*user, *permission)));
            }
        }
    }

    #[test]
    fn an_erased_user_has_no_permission_and_their_content_is_hidden() {
        let chat = group(3);
        let [ana, bruno, _] = chat.participants[..] else { unreachable!() };
        let roster = after_erasures(&chat, [bruno]);
        assert!(!PERMISSIONS.iter().any(|permission| roster.allows(bruno, *permission)));
        assert!(roster.has_left(bruno) && !roster.shows_content_of(bruno));
        assert!(!roster.has_left(ana) && roster.shows_content_of(ana));
    }

    #[test]
    fn the_head_of_a_direct_chat_names_its_members_and_the_head_of_a_group_does_not() {
        let chat = direct();
        let [ana, bruno] = chat.participants[..] else { unreachable!() };
        assert_eq!(Roster::of(&chat).direct_members(), Some(vec![ana, bruno]));
        assert_eq!(after_erasures(&chat, [ana]).direct_members(), Some(vec![bruno]));
        assert_eq!(Roster::of(&group(2)).direct_members(), None);
    }

    #[test]
    fn the_other_participant_of_a_direct_chat_stays_known_after_their_erasure() {
        let chat = direct();
        let [ana, bruno] = chat.participants[..] else { unreachable!() };
        let roster = Roster::of(&chat);
        assert_eq!((roster.other_participant(ana), roster.other_member(ana)), (Some(bruno), Some(bruno)));
        let roster = after_erasures(&chat, [bruno]);
        assert_eq!((roster.other_participant(ana), roster.other_member(ana)), (Some(bruno), None));
        assert_eq!((roster.other_participant(bruno), roster.other_member(bruno)), (Some(ana), Some(ana)));
        let group = group(2);
        assert_eq!(Roster::of(&group).other_participant(group.participants[0]), None);
    }

    #[test]
    fn the_marks_of_an_erased_user_do_not_count() {
        let chat = group(3);
        let [ana, bruno, carla] = chat.participants[..] else { unreachable!() };
        let members = [reader(ana, 9), reader(bruno, 2), reader(carla, 5)];
        let lowest = |erased: &[UserId]| {
            let lowest = after_erasures(&chat, erased.iter().copied()).lowest_marks(&members)?;
            Some((lowest.read.mark, lowest.read.holder))
        };
        assert_eq!(lowest(&[]), Some((Watermark::at(2), Some(bruno))));
        assert_eq!(lowest(&[bruno]), Some((Watermark::at(5), Some(carla))));
        assert_eq!(lowest(&[bruno, carla]), None, "one member alone has no recipient");
    }

    proptest! {
        #[test]
        fn a_message_goes_to_exactly_the_members_without_its_sender(
            size in 1_usize..40,
            erased in prop::collection::btree_set(0_usize..40, 0..10),
            sender in 0_usize..40,
        ) {
            let chat = group(size);
            let sender = chat.participants[sender % size];
            let erased = erased.iter().filter_map(|index| chat.participants.get(*index).copied());
            let roster = after_erasures(&chat, erased);
            let (members, mut recipients) = (roster.members(&chat), roster.recipients(&chat, sender));
            prop_assert!(!recipients.contains(&sender));
            prop_assert_eq!(members.len() + roster.erased().len(), chat.participants.len());
            prop_assert_eq!(roster.size(), size, "an erasure leaves the size as it was");
            for user in &chat.participants {
                prop_assert_eq!(members.contains(user), roster.is_member(*user));
                prop_assert_eq!(roster.is_member(*user), !roster.has_left(*user));
                prop_assert_eq!(roster.is_member(*user), roster.allows(*user, Permission::Read));
            }
            if roster.is_member(sender) {
                recipients.push(sender);
            }
            let sorted = |mut users: Vec<UserId>| { users.sort(); users };
            prop_assert_eq!(sorted(recipients), sorted(members));
        }
    }
}
