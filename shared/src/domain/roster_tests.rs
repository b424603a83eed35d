use proptest::prelude::*;

use super::*;
use crate::domain::{Block, ChatId, LowestMarks, Membership, Receipt, Seq, Timestamp, Watermark, Windows};

const PERMISSIONS: [Permission; 7] = [
    Permission::Read,
    Permission::Configure,
    Permission::Arrange,
    Permission::Send,
    Permission::Acknowledge,
    Permission::Type,
    Permission::WatchPresence,
];

fn chat(kind: ChatKind, size: usize) -> Chat {
    let participants: Vec<_> = (0..size).map(|_| UserId::random()).collect();
    let (created_by, created_at) = (participants[0], Timestamp::from_millis(1));
    let membership = Membership::of_new(&kind, created_by);
    Chat { chat_id: ChatId::random(), kind, participants, created_by, created_at, membership }
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

fn member(user_id: UserId) -> Member {
    Member::new(user_id, Timestamp::from_millis(1))
}

fn seq(seq: u64) -> Seq {
    seq.try_into().unwrap()
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
            let access = |permission: &Permission| roster.access(&member(*user), *permission);
            assert!(PERMISSIONS.iter().all(|permission| access(permission) == Access::Granted));
        }
    }
}

#[test]
fn an_erased_user_has_no_permission_and_their_content_is_hidden() {
    let chat = group(3);
    let [ana, bruno, _] = chat.participants[..] else { unreachable!() };
    let roster = after_erasures(&chat, [bruno]);
    let access = |permission: &Permission| roster.access(&member(bruno), *permission);
    assert!(PERMISSIONS.iter().all(|permission| access(permission) == Access::Erased));
    assert!(roster.has_left(bruno) && !roster.shows_content_of(bruno));
    assert!(!roster.has_left(ana) && roster.shows_content_of(ana));
}

#[test]
fn private_a_former_member_may_read_and_arrange_the_list_and_do_nothing_else() {
    let chat = group(3);
    let roster = Roster::of(&chat);
    let left = |user_id| Member { windows: Windows::default().leaving(seq(4)), ..member(user_id) };
    let ana = left(chat.participants[0]);
    for permission in PERMISSIONS {
        let may = matches!(permission, Permission::Read | Permission::Arrange);
        let expected = if may { Access::Granted } else { Access::Left };
        assert_eq!(roster.access(&ana, permission), expected);
    }
}

#[test]
fn the_record_of_a_leaver_overrules_a_row_that_was_read_before() {
    let (chat, now) = (group(12), Timestamp::from_millis(1));
    let record = |leavers: usize| {
        let users = chat.participants[..leavers].iter();
        let leavers = users.fold(Leavers::default(), |all, user| all.with(*user, now));
        Roster::of(&chat).changed(1, leavers, false)
    };
    let (one, nine) = (record(1), record(9));
    let [leaver, ninth, other] = [0, 8, 11].map(|index| member(chat.participants[index]));
    assert_eq!(one.access(&leaver, Permission::Send), Access::Left);
    assert_eq!(one.access(&other, Permission::Send), Access::Granted);
    assert!(one.doubts(&leaver, now) && !one.doubts(&other, now), "a second read only for the leaver");
    assert!(nine.doubts(&ninth, now) && nine.doubts(&other, now), "the head lists eight");
}

#[test]
fn only_admins_write_where_the_group_says_so() {
    let chat = group(2);
    let roster = Roster::of(&chat).changed(1, Leavers::default(), true);
    let [admin, other] = [Role::Admin, Role::Member].map(|role| Member { role, ..member(chat.created_by) });
    assert_eq!(roster.access(&admin, Permission::Send), Access::Granted);
    assert_eq!(roster.access(&other, Permission::Send), Access::AdminsOnly);
    assert_eq!(roster.access(&other, Permission::Acknowledge), Access::Granted);
}

#[test]
fn windows_a_message_goes_to_the_members_who_had_joined_by_then() {
    let mut chat = group(3);
    let [ana, bruno, carla] = chat.participants[..] else { unreachable!() };
    chat.membership.joined.insert(carla, seq(7));
    let roster = Roster::of(&chat);
    assert_eq!(roster.audience(&chat, seq(6)), [ana, bruno], "also of a late or replayed job");
    assert_eq!(roster.audience(&chat, seq(7)), [ana, bruno, carla]);
}

#[test]
fn the_head_of_a_direct_chat_names_its_members_and_the_head_of_a_group_does_not() {
    let chat = direct();
    let [ana, bruno] = chat.participants[..] else { unreachable!() };
    assert_eq!(Roster::of(&chat).direct_audience(), Some(vec![ana, bruno]));
    assert_eq!(after_erasures(&chat, [ana]).direct_audience(), Some(vec![bruno]));
    assert_eq!(Roster::of(&group(2)).direct_audience(), None);
}

#[test]
fn a_blocker_gets_nothing_and_may_send_nothing_and_the_other_one_notices_nothing() {
    let chat = direct();
    let [ana, bruno] = chat.participants[..] else { unreachable!() };
    let roster = Roster::of(&chat).blocked_by([ana].into());
    assert_eq!(roster.direct_audience(), Some(vec![bruno]));
    assert_eq!((roster.correspondent(ana), roster.correspondent(bruno)), (None, None));
    assert_eq!(roster.other_member(bruno), Some(ana), "Bruno still sees the profile of Ana");
    assert!(roster.is_blocked() && !roster.reaches(&member(ana)) && roster.reaches(&member(bruno)));
    assert!(PERMISSIONS.iter().all(|permission| roster.access(&member(bruno), *permission) == Access::Granted));
    // The row of Ana may have been read before or after the block.
    let block = Block { marks: Default::default(), last_seen: None, change_seq: Default::default() };
    for row in [member(ana), member(ana).blocking(seq(1), block)] {
        let granted = |permission: &Permission| roster.access(&row, *permission) == Access::Granted;
        let granted: Vec<_> = PERMISSIONS.into_iter().filter(granted).collect();
        let [read, configure, arrange, .., watch] = PERMISSIONS;
        assert_eq!(granted, [read, configure, arrange, watch]);
        assert_eq!(roster.access(&row, Permission::Send), Access::Blocking);
    }
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
        let lowest = after_erasures(&chat, erased.iter().copied()).lowest_marks(&members, &LowestMarks::default())?;
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
            let access = roster.access(&member(*user), Permission::Read);
            prop_assert_eq!(roster.is_member(*user), access == Access::Granted);
        }
        if roster.is_member(sender) {
            recipients.push(sender);
        }
        let sorted = |mut users: Vec<UserId>| { users.sort(); users };
        prop_assert_eq!(sorted(recipients), sorted(members));
    }
}
