use super::*;
use crate::domain::{Block, Body, ClientMessageId, Deletion, Status};

#[test]
fn a_message_brings_a_chat_back_if_it_was_sent_while_the_chat_was_not_muted() {
    let mut head = Head::new(2, Timestamp::from_millis(1));
    let mut member = Member::new(UserId::random(), Timestamp::from_millis(1));
    let send = |head: &mut Head, at: u64| {
        head.last_seq = Watermark::from(head.last_seq.next());
        head.last_timestamp = Timestamp::from_millis(at);
    };
    send(&mut head, 10);
    assert!(!head.is_archived_by(&member));
    member.archived_count = Some(head.last_count_for(&member));
    member.muted_until = Some(Timestamp::from_millis(100));
    send(&mut head, 50);
    assert!(head.is_archived_by(&member), "muted");
    // The mute is lifted, and set again.
    for until in [None, Some(Timestamp::from_millis(100))] {
        member.archived_count = head.archived_count_at_mute(&member);
        member.muted_until = until;
        assert!(head.is_archived_by(&member), "no message since");
    }
    send(&mut head, 101);
    assert!(!head.is_archived_by(&member), "the mute had ended");
    member.archived_count = head.archived_count_at_mute(&member);
    member.muted_until = Some(Timestamp::from_millis(200));
    assert!(!head.is_archived_by(&member), "a mute does not archive the chat again");
}

#[test]
fn a_mark_as_unread_ends_by_a_receipt_or_a_message_of_the_member() {
    let (ana, bruno) = (UserId::random(), UserId::random());
    let mut head = Head::new(2, Timestamp::from_millis(1));
    head.last_seq = Watermark::at(3);
    let mut member = Member::new(ana, Timestamp::from_millis(1));
    member.marks = Marks::at(Watermark::at(3));
    assert!(!head.is_marked_unread_by(&member));
    member.unread_seq = Some(head.marks_of(&member).read);
    head.last_seq = Watermark::at(4);
    head.last_sender = Some(bruno);
    assert!(head.is_marked_unread_by(&member), "a message of another member is no reading");
    member.marks = Marks::at(Watermark::at(4));
    assert!(!head.is_marked_unread_by(&member));
    member.unread_seq = Some(head.marks_of(&member).read);
    head.last_seq = Watermark::at(5);
    head.last_sender = Some(ana);
    assert!(!head.is_marked_unread_by(&member), "sending is reading");
}

#[test]
fn the_sender_of_the_last_message_has_nothing_unread() {
    let (ana, bruno) = (UserId::random(), UserId::random());
    let mut head = Head::new(2, Timestamp::from_millis(1));
    head.last_seq = Watermark::at(2);
    head.last_sender = Some(ana);
    let unread = |user| {
        let member = Member::new(user, Timestamp::from_millis(1));
        head.marks_of(&member).read.missing_to(head.last_seq)
    };
    assert_eq!((unread(ana), unread(bruno)), (0, 2));
}

#[test]
fn a_member_takes_part_by_reading_or_writing_and_not_by_receiving() {
    let (ana, bruno) = (UserId::random(), UserId::random());
    let mut head = Head::new(2, Timestamp::from_millis(1));
    let mut member = Member::new(bruno, Timestamp::from_millis(1));
    assert!(!head.has_taken_part(&member), "the chat has no message");
    head.last_seq = Watermark::at(1);
    head.last_sender = Some(ana);
    member.marks.delivered = Watermark::at(1);
    assert!(!head.has_taken_part(&member), "a device received the message");
    head.last_sender = Some(bruno);
    assert!(head.has_taken_part(&member), "the member wrote, and the summary does not show it yet");
    head.last_sender = Some(ana);
    member.marks.read = Watermark::at(1);
    assert!(head.has_taken_part(&member));
}

fn seq(seq: u64) -> Seq {
    seq.try_into().unwrap()
}

/// A direct chat with seven messages of Bruno, of which Ana has read one. She had blocked Bruno for messages 4 and 5.
fn after_a_block() -> (Head, Member) {
    let [ana, bruno] = [UserId::random(), UserId::random()];
    let mut head = Head::new(2, Timestamp::from_millis(1));
    head.roster = Roster::stored(2, Some([ana, bruno]), BTreeSet::new());
    (head.last_seq, head.last_sender) = (Watermark::at(7), Some(bruno));
    let mut member = Member::new(ana, Timestamp::from_millis(1));
    member.marks = Marks::at(Watermark::at(1));
    member.windows = Windows::default().leaving(seq(3)).reopening(seq(6));
    (head, member)
}

#[test]
fn messages_of_a_block_are_not_unread_and_their_deletion_does_not_count_either() {
    let (mut head, mut member) = after_a_block();
    assert_eq!(head.unread_of(&member), 4, "messages 2, 3, 6 and 7");
    for count in [2, 4, 5] {
        head.deleted = head.deleted.with(count);
    }
    assert_eq!(head.unread_of(&member), 3, "messages 3, 6 and 7");
    assert_eq!(head.unread_without(&member, 1), 3, "with the one deletion that the Changes table has in the windows");
    (member.hiding.cleared_seq, member.hiding.cleared_count) = (Watermark::at(6), 6);
    assert_eq!(head.unread_of(&member), 1, "message 7");
}

#[test]
fn a_message_of_a_block_brings_no_archived_chat_back() {
    let (mut head, mut member) = after_a_block();
    head.last_seq = Watermark::at(5);
    member.archived_count = Some(3);
    assert!(head.is_archived_by(&member));
    head.last_seq = Watermark::at(6);
    assert!(!head.is_archived_by(&member));
}

#[test]
fn a_summary_that_may_have_been_edited_during_a_block_is_hidden_from_the_blocker() {
    let (mut head, member) = after_a_block();
    let (sender_id, timestamp) = (head.last_sender.unwrap(), head.last_timestamp);
    let message_id = MessageId::derive(ChatId::random(), sender_id, &ClientMessageId::random());
    let body = Body::Content("Hello".to_owned());
    head.last_message = Some(LastMessage { message_id, sender_id, seq: seq(7), count: None, timestamp, body });
    let block = Block { marks: Marks::default(), last_seen: None, change_seq: ChangeSeq::at(2) };
    let blocker = member.clone().blocking(seq(7), block);
    let is_seen = |head: &Head| [&member, &blocker].map(|row| head.last_message_for(row).is_some());
    (head.change_seq, head.changed_seq) = (ChangeSeq::at(2), Watermark::at(7));
    assert_eq!(is_seen(&head), [true, true], "edited before the block");
    head.change_seq = ChangeSeq::at(3);
    assert_eq!(is_seen(&head), [true, false], "edited since");
    head.changed_seq = Watermark::at(6);
    assert_eq!(is_seen(&head), [true, true], "an earlier message was edited");
    head.changed_seq = Watermark::at(7);
    head.last_message.as_mut().unwrap().body = Body::Deleted(Deletion { at: timestamp, by: sender_id.into() });
    assert_eq!(is_seen(&head), [true, true], "deleted");
    head.last_seq = Watermark::at(8);
    head.last_message.as_mut().unwrap().seq = seq(8);
    assert_eq!(is_seen(&head), [true, false], "sent during the block");
}

#[test]
fn other_users_see_what_a_member_has_read_only_as_far_as_it_was_shared() {
    let [ana, bruno] = [UserId::random(), UserId::random()];
    let mut head = Head { last_seq: Watermark::at(9), ..Head::new(2, Timestamp::from_millis(1)) };
    head.roster = Roster::stored(2, Some([ana, bruno]), BTreeSet::new());
    let marks = Marks { delivered: Watermark::at(8), read: Watermark::at(6) };
    let mut member = Member { marks, ..Member::new(bruno, Timestamp::from_millis(1)) };
    let shared = |head: &Head, member: &Member| {
        let Marks { delivered, read } = head.shared_marks(member);
        (delivered.as_u64(), read.as_u64())
    };
    assert_eq!(shared(&head, &member), (8, 6));
    member.shared_read = Some(Watermark::at(4));
    assert_eq!(shared(&head, &member), (8, 4));
    // The member writes message 9, and shares nothing with it.
    assert!(!head.sending_shows_reading(&member));
    head.sent = [(ana, Watermark::at(8)), (bruno, Watermark::at(9))].into();
    assert_eq!(shared(&head, &member), (9, 4));
    let ticks = head.ticks(std::slice::from_ref(&member), Some(ana));
    let of = |seq: u64, sender| ticks.status_of(seq.try_into().unwrap(), sender);
    assert_eq!([4, 5, 9].map(|seq| of(seq, ana)), [Status::Read, Status::Delivered, Status::Delivered]);
    let own = head.ticks(std::slice::from_ref(&member), Some(bruno));
    assert_eq!(own.status_of(9.try_into().unwrap(), ana), Status::Read, "the own marks");
    // A receipt is shared again.
    member.shared_read = None;
    assert_eq!(shared(&head, &member), (9, 9));
    head.sent.remove(&bruno);
    assert!(head.sending_shows_reading(&member), "Ana's message 8 is unread");
    let marks = Marks::at(Watermark::at(8));
    assert!(!head.sending_shows_reading(&Member { marks, ..member }));
}
