use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use super::*;
use crate::domain::{Body, ChatChange, MAX_DELETED, MAX_LEAVERS, Notice, RemovableField};

/// The size of a value as DynamoDB counts it.
fn size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) => text.len(),
        AttributeValue::N(digits) => digits.len() / 2 + 2,
        AttributeValue::Ns(all) => all.iter().map(|digits| digits.len() / 2 + 2).sum::<usize>() + 3,
        AttributeValue::Ss(all) => all.iter().map(String::len).sum::<usize>() + 3,
        AttributeValue::Bs(all) => all.iter().map(|bytes| bytes.as_ref().len()).sum::<usize>() + 3,
        AttributeValue::L(all) => all.iter().map(|value| size(value) + 1).sum::<usize>() + 3,
        AttributeValue::M(map) => map.iter().map(|(name, value)| name.len() + size(value) + 1).sum::<usize>() + 3,
        _ => 1,
    }
}

fn head_with(body: Body<String>) -> Head {
    let (user, large) = (UserId::random, u64::from(u32::MAX));
    let mark = || LowestMark { mark: Watermark::at(large), holder: Some(user()) };
    let now = Timestamp::now();
    let seq = large.try_into().unwrap();
    let message_id = MessageId::derive(ChatId::random(), user(), &"m".to_owned().try_into().unwrap());
    Head {
        last_seq: Watermark::at(large),
        last_count: Some(large),
        last_sender: Some(user()),
        last_message_id: Some(message_id),
        last_message: Some(LastMessage {
            message_id,
            sender_id: user(),
            seq,
            count: Some(large),
            timestamp: now,
            body,
        }),
        lowest: LowestMarks { delivered: mark(), read: mark() },
        ..Head::new(1_024, now)
    }
}

/// Above 1,024 bytes each message would cost two write units more.
#[test]
fn a_head_with_everything_set_has_less_than_1024_bytes() {
    let added: Vec<_> = (0..50).map(|_| UserId::random()).collect();
    let added = Notice::MembersAdded { user_ids: added, count: None };
    // The longest names in bytes.
    let name = Some("𝄞".repeat(100).try_into().unwrap());
    let removed = [RemovableField::Name, RemovableField::Avatar].into();
    let rights = (Some(false), Some(false));
    let change = ChatChange { name, avatar: None, only_admins_write: rights.0, only_admins_add: rights.1, removed };
    let notices = [added, Notice::ChatChanged(change)].map(|notice| Body::Notice(notice.preview()));
    for body in notices.into_iter().chain([Body::Content("x".repeat(143))]) {
        let mut row = HeadRow::row(ChatId::random(), &head_with(body)).unwrap();
        let leavers = (0..MAX_LEAVERS).map(|_| Blob::new([0; 16])).collect();
        row.insert("leavers".to_owned(), AttributeValue::Bs(leavers));
        let now = AttributeValue::N(Timestamp::now().as_millis().to_string());
        row.insert("leftAt".to_owned(), now.clone());
        row.insert("changedAt".to_owned(), now);
        row.insert("moreLeft".to_owned(), AttributeValue::Bool(true));
        row.insert("onlyAdminsWrite".to_owned(), AttributeValue::Bool(true));
        row.insert("untold".to_owned(), AttributeValue::Bool(true));
        row.insert("membershipVersion".to_owned(), AttributeValue::N(u32::MAX.to_string()));
        for name in ["changeSeq", "changedSeq", "leftChange"] {
            row.insert(name.to_owned(), AttributeValue::N(u32::MAX.to_string()));
        }
        let deleted = (0..=MAX_DELETED).map(|number| (u32::MAX - number as u32).to_string()).collect();
        row.insert("deleted".to_owned(), AttributeValue::Ns(deleted));
        let head = HeadRow::head(row.clone()).unwrap();
        assert_eq!(head.roster.leavers().listed.len(), 1, "eight equal ids are one");
        assert_eq!(head.deleted.listed.len(), MAX_DELETED);
        let bytes = size(&AttributeValue::M(row));
        assert!(bytes < 1_024, "{bytes} bytes");
    }
}

/// A head of a direct chat has no leavers and no holders of marks, but names its members and blockers.
#[test]
fn a_head_of_a_direct_chat_with_everything_set_has_less_than_1024_bytes() {
    let pair = [UserId::random(), UserId::random()];
    let large = Watermark::at(u32::MAX.into());
    let kept = LowestMark { mark: large, holder: None };
    let mut head = head_with(Body::Content("x".repeat(143)));
    head.last_count = None;
    head.lowest = LowestMarks { delivered: kept, read: kept };
    head.sent = pair.map(|user| (user, large)).into();
    let seq = |seq: u32| Seq::try_from(u64::from(seq)).unwrap();
    head.roster = Roster::stored(2, Some(pair), BTreeSet::new()).blocked_by(pair.into()).asking(Some(pair[1]));
    let mut row = HeadRow::row(ChatId::random(), &head).unwrap();
    let now = AttributeValue::N(Timestamp::now().as_millis().to_string());
    row.insert("changedAt".to_owned(), now);
    row.insert("erased".to_owned(), AttributeValue::Ss(vec![pair[0].to_string()]));
    let windows = Windows::default().leaving(seq(u32::MAX - 3)).reopening(seq(u32::MAX));
    row.insert("keptWindows".to_owned(), serde_dynamo::to_attribute_value(&windows).unwrap());
    row.insert("untold".to_owned(), AttributeValue::Bool(true));
    for name in ["changeSeq", "changedSeq", "blockedChange"] {
        row.insert(name.to_owned(), AttributeValue::N(u32::MAX.to_string()));
    }
    let deleted = (0..=MAX_DELETED).map(|number| (u32::MAX - number as u32).to_string()).collect();
    row.insert("deleted".to_owned(), AttributeValue::Ns(deleted));
    let stored = HeadRow::head(row.clone()).unwrap();
    assert_eq!((stored.roster.blockers().len(), stored.blocked_change.is_start()), (2, false));
    assert_eq!(stored.roster.asked(), Some(pair[1]));
    assert_eq!(stored.kept_windows, windows);
    let bytes = size(&AttributeValue::M(row));
    assert!(bytes < 1_024, "{bytes} bytes");
}
