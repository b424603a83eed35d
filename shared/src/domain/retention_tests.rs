use proptest::prelude::*;

use super::*;
use crate::domain::{Body, ChangeSeq, ChatId, ClientMessageId, Content, MessageId, Notice, Seq, Status, UserId};

const DAY_MS: u64 = 86_400_000;

fn message(seq: u64, count: Option<u64>, at: u64, body: Body<Content>) -> Message {
    let (chat_id, sender_id, client_message_id) = (ChatId::random(), UserId::random(), ClientMessageId::random());
    Message {
        message_id: MessageId::derive(chat_id, sender_id, &client_message_id),
        chat_id,
        sender_id,
        client_message_id,
        body,
        seq: Seq::try_from(seq).unwrap(),
        count,
        timestamp: Timestamp::from_millis(at),
        status: Status::Sent,
        created_at: Timestamp::from_millis(at),
        version: ChangeSeq::START,
        edited_at: None,
        reply_to: None,
        reactions: None,
    }
}

fn text() -> Body<Content> {
    Body::Content(Content::try_from("Hi".to_owned()).unwrap())
}

/// A group with these messages of others, each a time and whether it counts, and a member who has read nothing.
fn chat(messages: &[(u64, bool)]) -> (Head, Member, Vec<Message>) {
    let (mut head, mut count) = (Head::new(3, Timestamp::from_millis(0)), 0);
    let mut stored = Vec::new();
    for ((at, counts), seq) in messages.iter().zip(1..) {
        count += u64::from(*counts);
        let left = Body::Notice(Notice::MemberLeft { new_admin: None });
        let body = if *counts { text() } else { left };
        let sent = message(seq, Some(count), *at, body);
        (head.last_seq, head.last_count) = (Watermark::at(seq), Some(count));
        (head.last_timestamp, head.last_sender) = (sent.timestamp, Some(sent.sender_id));
        head.last_message = Some(LastMessage::from(&sent));
        stored.push(sent);
    }
    (head, Member::new(UserId::random(), Timestamp::from_millis(0)), stored)
}

#[test]
fn messages_are_kept_for_whole_days_or_for_ever() {
    assert_eq!("0".parse(), Ok(Retention::FOREVER));
    assert_eq!("1".parse(), Ok(Retention(Some(DAY))));
    assert_eq!("3650".parse(), Ok(Retention(Some(DAY * 3_650))));
    for wrong in ["", "-1", "3651", "1.5", "a day", "99999999999"] {
        assert_eq!(wrong.parse::<Retention>(), Err(RetentionError), "{wrong}");
    }
}

#[test]
fn for_ever_hides_and_removes_nothing() {
    let (head, member, _) = chat(&[(0, true), (1, true)]);
    let now = Timestamp::from_millis(u64::MAX);
    assert!(Retention::FOREVER.shows(Timestamp::from_millis(0), now));
    assert_eq!(Retention::FOREVER.removal_of(Timestamp::from_millis(0)), None);
    assert_eq!(head.expired(Retention::FOREVER.oldest_shown(now)), Expired::default());
    assert_eq!(member.clone().without_expired(Expired::default()), member);
}

proptest! {
    #[test]
    fn a_message_is_hidden_exactly_after_its_days_and_removed_later(
        sent in 0_u64..4_000_000_000_000,
        days in 1_u32..=Retention::MAX_DAYS,
        age in 0_u64..DAY_MS * 4_000,
    ) {
        let kept: Retention = days.to_string().parse().unwrap();
        let (sent, now) = (Timestamp::from_millis(sent), Timestamp::from_millis(sent + age));
        prop_assert_eq!(kept.shows(sent, now), age <= u64::from(days) * DAY_MS);
        let removal = kept.removal_of(sent).unwrap();
        let removed_at = Timestamp::from_millis(removal.as_secs() * 1_000);
        prop_assert!(!kept.shows(sent, removed_at), "it is hidden before");
        prop_assert!(removal.as_millis() <= sent.as_millis() + u64::from(days) * DAY_MS + 1_000);
    }

    /// Compares a chat in which only some messages are too old with the messages one by one.
    #[test]
    fn a_member_sees_and_counts_exactly_the_messages_that_are_not_too_old(
        steps in prop::collection::vec((1_u64..DAY_MS, any::<bool>()), 1..30),
        cleared in 0_u64..10,
        read in 0_u64..10,
        now in 0_u64..DAY_MS * 31,
    ) {
        let kept: Retention = "1".parse().unwrap();
        let times = steps.iter().scan(0, |at, (pause, counts)| {
            *at += pause;
            Some((*at, *counts))
        });
        let (head, mut member, messages) = chat(&times.collect::<Vec<_>>());
        let last = messages.last().unwrap();
        let now = last.timestamp.max(Timestamp::from_millis(now));
        let upto = |seq: u64| messages.iter().rfind(|one| u64::from(one.seq) <= seq);
        let count_at = |seq: u64| upto(seq).map_or(0, |one| one.count.unwrap());
        member.marks.read = Watermark::at(read.min(messages.len() as u64));
        member.read_count = Some(count_at(read));
        (member.hiding.cleared_seq, member.hiding.cleared_count) = (Watermark::at(cleared), count_at(cleared));
        let shown = |one: &&Message| kept.shows(one.timestamp, now) && u64::from(one.seq) > cleared;
        let first = messages.iter().find(|one| kept.shows(one.timestamp, now));
        let expired = first.map_or(head.expired(kept.oldest_shown(now)), Expired::before);
        let seen = member.clone().without_expired(expired);
        for one in &messages {
            prop_assert_eq!(seen.visible().shows(one.seq), shown(&one), "message {}", one.seq);
        }
        let unread = messages.iter().filter(shown).filter(|one| u64::from(one.seq) > read);
        prop_assert_eq!(head.unread_of(&seen), unread.filter(|one| one.body.notice().is_none()).count() as u64);
        prop_assert!(head.expired(kept.oldest_shown(now)).upto <= expired.upto, "the head never hides too much");
        prop_assert_eq!(seen.hiding.hides_last(last.seq), !shown(&last));
    }
}
