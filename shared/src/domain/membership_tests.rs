use proptest::prelude::*;

use super::*;
use crate::domain::{ChatId, ClientMessageId, Membership, Name, Seq, Watermark, Windows};

const NOW: Timestamp = Timestamp::from_millis(1_000);

/// A group as it is stored: the chat, the head, and the rows of all users that were ever in it.
struct Stored {
    chat: Chat,
    head: Head,
    rows: Vec<Member>,
}

impl Stored {
    fn new(size: usize) -> Self {
        let participants: Vec<_> = (0..size).map(|_| UserId::random()).collect();
        let (created_by, kind) = (participants[0], ChatKind::Group { name: None });
        let membership = Membership::of_new(&kind, created_by);
        let role = |user: UserId| if user == created_by { Role::Admin } else { Role::Member };
        let row = |user: &UserId| Member { role: role(*user), ..Member::new(*user, NOW) };
        let rows = participants.iter().map(row).collect();
        let chat = Chat { chat_id: ChatId::random(), kind, participants, created_by, created_at: NOW, membership };
        Self { head: Head::of(&chat), chat, rows }
    }

    fn user(&self, index: usize) -> UserId {
        self.chat.participants[index]
    }

    fn row(&self, user: UserId) -> &Member {
        self.rows.iter().find(|row| row.user_id == user).unwrap()
    }

    fn request(&mut self, actor: UserId, request: GroupRequest) -> Result<Option<Notice>, GroupRequestError> {
        self.request_at(NOW, actor, &request)
    }

    /// Carries out a request, and stores the change as the transaction does.
    fn request_at(
        &mut self,
        now: Timestamp,
        actor: UserId,
        request: &GroupRequest,
    ) -> Result<Option<Notice>, GroupRequestError> {
        let draft =
            DraftNotice { chat_id: self.chat.chat_id, sender_id: actor, client_message_id: ClientMessageId::random() };
        let Some(change) = GroupChange::new(&draft, request, (&self.chat, &self.head), &self.rows, now)? else {
            return Ok(None);
        };
        self.chat = change.chat;
        self.head.last_count = Some(self.head.count());
        self.head.last_seq = change.message.seq.into();
        let version = self.chat.membership.membership_version;
        let roster = crate::domain::Roster::of(&self.chat);
        self.head.roster = roster.changed(version, change.leavers, self.chat.membership.only_admins_write);
        for row in change.joining.into_iter().chain(change.leaving) {
            self.rows.retain(|old| old.user_id != row.user_id);
            self.rows.push(row);
        }
        for (user, role) in change.roles {
            let row = self.rows.iter_mut().find(|row| row.user_id == user).unwrap();
            row.role = role;
        }
        Ok(change.message.body.notice().cloned())
    }

    /// A message of content.
    fn send(&mut self) {
        self.head.last_count = self.head.last_count.map(|count| count + 1);
        self.head.last_seq = self.head.last_seq.plus(1);
    }
}

fn add(users: &[UserId]) -> GroupRequest {
    GroupRequest::Add { users: users.to_vec(), strangers: Vec::new(), history: false }
}

fn seq(seq: u64) -> Seq {
    seq.try_into().unwrap()
}

#[test]
fn a_user_who_is_added_joins_with_the_system_message_and_has_nothing_unread() {
    let (mut group, dora) = (Stored::new(3), UserId::random());
    group.send();
    let notice = group.request(group.user(0), add(&[dora])).unwrap();
    assert_eq!(notice, Some(Notice::MembersAdded { user_ids: vec![dora], count: None }));
    assert_eq!(group.chat.membership.joined[&dora], seq(2));
    assert!(!group.row(dora).windows.shows(seq(1)) && group.row(dora).windows.shows(seq(2)));
    assert_eq!(group.row(dora).marks.read, Watermark::at(2));
    group.send();
    assert_eq!(group.head.unread_of(group.row(dora)), 1);
    assert_eq!(group.head.unread_of(group.row(group.user(1))), 2, "system messages don't count");
    let again = group.request(group.user(0), add(&[dora, group.user(1)])).unwrap();
    assert_eq!((again, group.head.last_seq), (None, Watermark::at(3)), "a member stays one, and nothing is written");
}

#[test]
fn only_admins_change_a_group_and_other_members_add_where_the_group_allows_it() {
    let (mut group, dora) = (Stored::new(3), UserId::random());
    let [ana, bruno, carla] = [0, 1, 2].map(|index| group.user(index));
    let named = ChatChange { name: Some(Name::try_from("Us".to_owned()).unwrap()), ..ChatChange::default() };
    let open = ChatChange { only_admins_add: Some(false), ..ChatChange::default() };
    let changes = [
        add(&[dora]),
        GroupRequest::Remove(carla),
        GroupRequest::SetRole(bruno, Role::Admin),
        GroupRequest::Change(named.clone()),
    ];
    for change in changes {
        assert_eq!(group.request(bruno, change), Err(GroupRequestError::AdminsOnly));
    }
    group.request(ana, GroupRequest::Change(open)).unwrap();
    let with_history = GroupRequest::Add { users: vec![dora], strangers: Vec::new(), history: true };
    assert_eq!(group.request(bruno, with_history), Err(GroupRequestError::AdminsOnly), "an admin grants history");
    assert!(group.request(bruno, add(&[dora])).unwrap().is_some());
    assert_eq!(group.request(ana, GroupRequest::Change(named.clone())), Ok(Some(Notice::ChatChanged(named.clone()))));
    assert_eq!(group.request(ana, GroupRequest::Change(named)), Ok(None), "it has this name");
}

#[test]
fn a_removed_member_can_do_nothing_and_of_two_admins_who_remove_each_other_one_stays() {
    let mut group = Stored::new(3);
    let [ana, bruno, carla] = [0, 1, 2].map(|index| group.user(index));
    group.request(ana, GroupRequest::SetRole(bruno, Role::Admin)).unwrap();
    assert_eq!(group.row(bruno).role, Role::Admin);
    group.request(ana, GroupRequest::Remove(bruno)).unwrap();
    assert_eq!(group.request(bruno, GroupRequest::Remove(ana)), Err(GroupRequestError::Left));
    assert_eq!(group.request(bruno, GroupRequest::Leave), Ok(None), "already left");
    assert_eq!(group.request(ana, GroupRequest::Remove(bruno)), Ok(None), "already removed");
    assert_eq!(group.chat.participants, [ana, carla]);
    let (row, farewell) = (group.row(bruno), group.row(bruno).farewell.as_ref().unwrap());
    assert!(!row.is_current() && row.role == Role::Member && u64::from(farewell.last_message.seq) == 2);
    assert_eq!(group.head.unread_of(row), 0);
}

#[test]
fn administered_the_member_with_the_earliest_start_succeeds_the_last_admin() {
    let mut group = Stored::new(3);
    let [ana, bruno, carla] = [0, 1, 2].map(|index| group.user(index));
    group.request(ana, GroupRequest::Remove(bruno)).unwrap();
    group.request(ana, add(&[bruno])).unwrap();
    let demotion = group.request(ana, GroupRequest::SetRole(ana, Role::Member));
    assert_eq!(demotion, Err(GroupRequestError::OnlyAdmin));
    let notice = group.request(ana, GroupRequest::Erase).unwrap();
    assert_eq!(notice, Some(Notice::MemberLeft { new_admin: Some(carla) }), "Bruno has joined again later");
    assert_eq!((group.row(carla).role, &group.chat.membership.erased), (Role::Admin, &vec![ana]));
    group.request(carla, GroupRequest::Leave).unwrap();
    let last = group.request(bruno, GroupRequest::Leave).unwrap();
    assert_eq!(last, Some(Notice::MemberLeft { new_admin: None }), "a group without members has no admin");
}

#[test]
fn a_group_has_at_most_1024_members() {
    let mut group = Stored::new(MAX_PARTICIPANTS - 1);
    let [dora, emil] = [UserId::random(), UserId::random()];
    assert_eq!(group.request(group.user(0), add(&[dora, emil])), Err(GroupRequestError::Full(1)));
    assert!(group.request(group.user(0), add(&[dora, group.user(3)])).unwrap().is_some());
    assert_eq!(group.request(group.user(0), add(&[emil])), Err(GroupRequestError::Full(0)));
}

fn requests() -> impl Strategy<Value = Vec<(usize, usize, usize)>> {
    prop::collection::vec((0_usize..9, 0_usize..9, 0_usize..8), 0..60)
}

proptest! {
    /// Invariants 11 and 12 after any requests of any users: rows, chat and head agree, and a group has an admin.
    #[test]
    fn administered_windows_rows_and_roster_agree_after_any_changes(steps in requests()) {
        let mut group = Stored::new(4);
        let mut users = group.chat.participants.clone();
        users.extend((0..5).map(|_| UserId::random()));
        // The messages that each user may see: those during the membership.
        let mut seen: Vec<Vec<u64>> = vec![Vec::new(); users.len()];
        for (step, (actor, other, action)) in steps.into_iter().enumerate() {
            let (actor, target) = (users[actor], users[other]);
            let before = group.chat.participants.clone();
            let request = match action {
                0 | 1 => add(&[target]),
                2 => GroupRequest::Remove(target),
                3 => GroupRequest::Leave,
                4 => GroupRequest::SetRole(target, Role::Admin),
                5 => GroupRequest::SetRole(target, Role::Member),
                6 => GroupRequest::Erase,
                _ => {
                    group.send();
                    GroupRequest::Remove(UserId::random())
                }
            };
            // A user who removes themselves leaves, as the function turns it.
            let request = if request == GroupRequest::Remove(actor) { GroupRequest::Leave } else { request };
            let last = group.head.last_seq;
            let now = Timestamp::from_millis(step as u64 * 60_000);
            let result = group.request_at(now, actor, &request);
            prop_assert!(result.is_err() || before.contains(&actor) || result == Ok(None), "only members act");
            let change = last.missing_to(group.head.last_seq);
            prop_assert_eq!(change, u64::from(matches!(result, Ok(Some(_)))), "each change is one message");
            for (user, seen) in users.iter().zip(&mut seen) {
                let sent = (action == 7).then_some(last.as_u64()).filter(|_| before.contains(user));
                seen.extend(sent);
                let is_told = before.contains(user) || group.chat.participants.contains(user);
                seen.extend((change == 1 && is_told).then_some(group.head.last_seq.as_u64()));
            }
            let membership = &group.chat.membership;
            prop_assert!(group.chat.participants.is_empty() || !membership.admins.is_empty(), "a group has an admin");
            prop_assert!(membership.admins.iter().all(|admin| group.chat.participants.contains(admin)));
        }
        for (user, seen) in users.iter().zip(seen) {
            let Some(row) = group.rows.iter().find(|row| row.user_id == *user) else { continue };
            let is_member = group.chat.participants.contains(user);
            prop_assert_eq!(row.is_current(), is_member);
            prop_assert_eq!(row.role == Role::Admin, group.chat.is_admin(*user), "the row has the role of the roster");
            prop_assert!(!group.head.roster.has_left(*user) || !is_member, "no member is recorded as a leaver");
            let last = group.head.last_seq.as_u64();
            let shown: Vec<u64> = (1..=last).filter(|number| row.windows.shows(seq(*number))).collect();
            prop_assert_eq!(shown, seen);
            let joined = group.chat.membership.joined.get(user).copied();
            let start = row.windows == Windows::default();
            prop_assert!(!is_member || start == joined.is_none(), "the roster knows the start of each membership");
        }
        let joined = &group.chat.membership.joined;
        let mut starts: Vec<_> = group.chat.participants.iter().map(|user| joined.get(user)).collect();
        let order = starts.clone();
        starts.sort();
        prop_assert_eq!(order, starts, "participants are in the order of their joining");
    }
}
