use super::*;
use crate::domain::{Access, ChangeSeq, MessageId, Permission, Roster, Seq, Windows};

const NOW: Timestamp = Timestamp::from_millis(9);

fn seq(seq: u64) -> Seq {
    seq.try_into().unwrap()
}

/// The head of a group that was removed with message 9.
fn removed() -> Head {
    let (chat_id, draft) = (ChatId::random(), DraftNotice::of_chat_removal(ChatId::random()));
    Head {
        last_seq: Watermark::at(9),
        last_sender: Some(UserId::OPERATOR),
        last_message_id: Some(MessageId::derive(chat_id, UserId::OPERATOR, &draft.client_message_id)),
        roster: Roster::stored(0, None, Default::default()).removed(true),
        change_seq: ChangeSeq::at(4),
        ..Head::new(0, NOW)
    }
}

fn with(windows: Windows) -> Member {
    Member { windows, role: Role::Admin, ..Member::new(UserId::random(), NOW) }
}

#[test]
fn windows_a_member_of_a_removed_group_sees_the_removal_alone_whatever_the_row_says() {
    let rejoined = Windows::joining(seq(2), false).leaving(seq(4)).rejoining(seq(6), false);
    for windows in [Windows::default(), Windows::joining(seq(9), false), rejoined] {
        let (head, member) = (removed(), with(windows));
        let now = head.as_now(member);
        let shown: Vec<_> = (1..=12).filter(|number| now.windows.shows(seq(*number))).collect();
        assert_eq!((shown, now.is_current(), now.role), (vec![9], false, Role::Member));
        let farewell = now.farewell.clone().unwrap();
        assert_eq!(farewell.last_message.body.notice(), Some(&Notice::ChatRemoved));
        assert_eq!((farewell.last_message.seq, farewell.change_seq), (seq(9), ChangeSeq::at(4)));
        assert_eq!((head.unread_of(&now), head.as_now(now.clone())), (0, now), "once more changes nothing");
    }
}

#[test]
fn windows_a_former_member_of_a_removed_group_sees_the_leaving_alone_and_no_name() {
    let head = removed();
    let left = Farewell {
        last_message: LastMessage { seq: seq(5), ..head.last_of_removed().unwrap() },
        change_seq: ChangeSeq::at(2),
        name: Some("A threat".to_owned().try_into().unwrap()),
        avatar: None,
    };
    let member = Member { farewell: Some(left.clone()), ..with(Windows::joining(seq(2), true).leaving(seq(5))) };
    let now = head.as_now(member);
    let shown: Vec<_> = (1..=12).filter(|number| now.windows.shows(seq(*number))).collect();
    assert_eq!((shown, now.farewell), (vec![5], Some(Farewell { name: None, ..left })));
}

#[test]
fn private_in_a_removed_group_a_member_may_only_read_and_arrange() {
    let (head, member) = (removed(), with(Windows::default()));
    let access =
        |permission| [member.clone(), head.as_now(member.clone())].map(|row| head.roster.access(&row, permission));
    for permission in [Permission::Read, Permission::Arrange] {
        assert_eq!(access(permission), [Access::Granted; 2], "{permission:?}");
    }
    for permission in [
        Permission::Configure,
        Permission::Send,
        Permission::Delete,
        Permission::React,
        Permission::Acknowledge,
        Permission::Type,
        Permission::WatchPresence,
    ] {
        assert_eq!(access(permission), [Access::Left; 2], "{permission:?}");
    }
    assert!(
        !head.roster.reaches(&member) && head.roster.lowest_marks(&[member.clone(), member], &head.lowest).is_none()
    );
}

#[test]
fn a_group_is_removed_once_and_the_first_reason_stays() {
    let (ana, bruno) = (UserId::random(), UserId::random());
    let new = crate::domain::NewChat::group(ana, vec![bruno], None, None).unwrap();
    let mut chat = new.into_chat(NOW);
    let reason = |text: &str| Reason::try_from(text.to_owned()).unwrap();
    assert_eq!(chat.remove_for_all(&reason("spam"), NOW), Some(Notice::ChatRemoved));
    assert_eq!(chat.remove_for_all(&reason("again"), NOW), None);
    assert!(chat.participants.is_empty() && chat.membership.admins.is_empty());
    assert_eq!(
        chat.membership.removal,
        Some(ChatRemoval { at: NOW, reason: reason("spam"), members: vec![ana, bruno] })
    );
}
