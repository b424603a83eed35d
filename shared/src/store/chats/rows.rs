//! Rows of the Chats table: chats, heads and members.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::{Deserialize, Serialize};

use super::keys::{TABLE, head_name, member_name};
use crate::domain::{
    ChangeSeq, Chat, ChatId, ChatRemoval, DeletedCounts, Head, LastMessage, Leavers, LowestMark, LowestMarks, Member,
    Membership, MessageId, Roster, Seq, Timestamp, UserId, Watermark, Windows,
};
use crate::store::{Row, StoreError, from_row, to_row};

/// The attributes of a group's row that clients do not see.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ChatRow {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    joined: BTreeMap<UserId, Seq>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    former: Vec<UserId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    erased: Vec<UserId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    removal: Option<ChatRemoval>,
}

/// The row of a head. It stays below 1,024 bytes, so that a message costs two write units for it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::store) struct HeadRow {
    chat_id: String,
    last_seq: Watermark,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_count: Option<u64>,
    last_timestamp: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_sender_id: Option<UserId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_message_id: Option<MessageId>,
    /// Also without messages, since an update sets entries of the map only if there is one. Absent in a group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sent: Option<BTreeMap<UserId, Watermark>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_message: Option<LastMessage>,
    participant_count: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pair: Option<[UserId; 2]>,
    delivered_seq: Watermark,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delivered_holder: Option<UserId>,
    read_seq: Watermark,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    read_holder: Option<UserId>,
    /// A string set, since DynamoDB can add to a set without a read.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    erased: BTreeSet<UserId>,
    /// True until the `chat` event was enqueued: the attribute of [`Head::chat_event_pending`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    untold: bool,
    /// Up to eight ids of 16 bytes: [`Leavers::listed`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    leavers: Vec<BinaryId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    left_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    more_left: bool,
    #[serde(default, skip_serializing_if = "is_zero")]
    membership_version: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    only_admins_write: bool,
    #[serde(default, skip_serializing_if = "ChangeSeq::is_start")]
    change_seq: ChangeSeq,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    changed_seq: Option<Watermark>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    changed_at: Option<Timestamp>,
    /// Up to nine numbers: [`DeletedCounts::stored`].
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    deleted: BTreeSet<u64>,
    #[serde(default, skip_serializing_if = "Windows::is_unlimited")]
    kept_windows: Windows,
    /// In a direct chat, the ids of the members who have blocked the other one, of 16 bytes each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    blockers: Vec<BinaryId>,
    /// In a direct chat, the member who has not accepted the request of the other one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asked: Option<BinaryId>,
    #[serde(default, skip_serializing_if = "ChangeSeq::is_start")]
    blocked_change: ChangeSeq,
    #[serde(default, skip_serializing_if = "ChangeSeq::is_start")]
    left_change: ChangeSeq,
    /// Whether an operator has removed the group.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    removed: bool,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// The set of these ids, of 16 bytes each. Not empty: DynamoDB stores no empty set.
pub(in crate::store) fn binary(user: UserId) -> AttributeValue {
    AttributeValue::B(Blob::new(user.as_bytes().to_vec()))
}

pub(in crate::store) fn binary_set<'a>(users: impl IntoIterator<Item = &'a UserId>) -> AttributeValue {
    AttributeValue::Bs(users.into_iter().map(|user| Blob::new(user.as_bytes().to_vec())).collect())
}

/// A user's id in a binary set.
struct BinaryId(UserId);

impl Serialize for BinaryId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0.as_bytes())
    }
}

impl<'de> Deserialize<'de> for BinaryId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl serde::de::Visitor<'_> for Bytes {
            type Value = BinaryId;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a user id of 16 bytes")
            }

            fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<BinaryId, E> {
                UserId::from_bytes(bytes).map(BinaryId).ok_or_else(|| E::invalid_length(bytes.len(), &self))
            }

            fn visit_byte_buf<E: serde::de::Error>(self, bytes: Vec<u8>) -> Result<BinaryId, E> {
                self.visit_bytes(&bytes)
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

impl HeadRow {
    pub(super) fn row(chat_id: ChatId, head: &Head) -> Result<Row, StoreError> {
        let row = Self {
            chat_id: head_name(chat_id),
            last_seq: head.last_seq,
            last_count: head.last_count,
            last_timestamp: head.last_timestamp,
            last_sender_id: head.last_sender,
            last_message_id: head.last_message_id,
            sent: head.roster.is_direct().then(|| head.sent.clone()),
            last_message: head.last_message.clone(),
            participant_count: head.roster.size(),
            pair: head.roster.pair(),
            delivered_seq: head.lowest.delivered.mark,
            delivered_holder: head.lowest.delivered.holder,
            read_seq: head.lowest.read.mark,
            read_holder: head.lowest.read.holder,
            // A new chat has neither erased users nor leavers nor changes. Later they are added by updates.
            erased: BTreeSet::new(),
            untold: head.chat_event_pending,
            leavers: Vec::new(),
            left_at: None,
            more_left: false,
            membership_version: 0,
            only_admins_write: false,
            change_seq: ChangeSeq::START,
            changed_seq: None,
            changed_at: None,
            deleted: BTreeSet::new(),
            kept_windows: Windows::default(),
            blockers: Vec::new(),
            asked: None,
            blocked_change: ChangeSeq::START,
            left_change: ChangeSeq::START,
            removed: false,
        };
        let mut row = to_row(&row, TABLE, "a head")?;
        if head.roster.is_blocked() {
            row.insert("blockers".to_owned(), binary_set(head.roster.blockers()));
        }
        if let Some(asked) = head.roster.asked() {
            row.insert("asked".to_owned(), binary(asked));
        }
        Ok(row)
    }

    pub(in crate::store) fn head(row: Row) -> Result<Head, StoreError> {
        let row: Self = from_row(row, TABLE, "a head")?;
        let listed = row.leavers.into_iter().map(|BinaryId(user)| user).collect();
        let leavers = Leavers { listed, last_at: row.left_at, has_more: row.more_left };
        let blockers = row.blockers.into_iter().map(|BinaryId(user)| user).collect();
        let roster = Roster::stored(row.participant_count, row.pair, row.erased).blocked_by(blockers);
        let roster = roster.asking(row.asked.map(|BinaryId(user)| user));
        Ok(Head {
            last_seq: row.last_seq,
            last_count: row.last_count,
            last_timestamp: row.last_timestamp,
            last_sender: row.last_sender_id,
            last_message_id: row.last_message_id,
            sent: row.sent.unwrap_or_default(),
            last_message: row.last_message,
            roster: roster.changed(row.membership_version, leavers, row.only_admins_write).removed(row.removed),
            lowest: LowestMarks {
                delivered: LowestMark { mark: row.delivered_seq, holder: row.delivered_holder },
                read: LowestMark { mark: row.read_seq, holder: row.read_holder },
            },
            kept_windows: row.kept_windows,
            blocked_change: row.blocked_change,
            left_change: row.left_change,
            chat_event_pending: row.untold,
            change_seq: row.change_seq,
            changed_seq: row.changed_seq.unwrap_or_default(),
            changed_at: row.changed_at,
            deleted: DeletedCounts::stored(row.deleted),
        })
    }
}

/// The row of a member.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::store) struct MemberRow {
    chat_id: String,
    #[serde(flatten)]
    member: Member,
    /// The user again, in the row of a request that waits for the answer: the key of RequestsIndex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asked_id: Option<UserId>,
}

impl MemberRow {
    pub(in crate::store) fn row(chat_id: ChatId, member: &Member) -> Result<Row, StoreError> {
        let asked_id = member.is_asked().then_some(member.user_id);
        let chat_id = member_name(chat_id, member.user_id);
        to_row(&Self { chat_id, member: member.clone(), asked_id }, TABLE, "a member")
    }

    /// The member in a row; `None` for a row without `userId`. Only create-chat may write that attribute, so an update
    /// without a condition creates a row without it, and such a row does not make a user a member.
    pub(super) fn member(row: Row) -> Result<Option<Member>, StoreError> {
        if !row.contains_key("userId") {
            return Ok(None);
        }
        Ok(Some(from_row::<Self>(row, TABLE, "a member")?.member))
    }

    pub(in crate::store) fn members(rows: Vec<Row>) -> Result<Vec<Member>, StoreError> {
        rows.into_iter().filter_map(|row| Self::member(row).transpose()).collect()
    }

    /// The member in a row that an update returned.
    pub(super) fn existing(row: Row) -> Result<Member, StoreError> {
        Self::member(row)?.ok_or_else(|| StoreError::Row {
            table: TABLE,
            what: "a member",
            cause: "it has no userId".into(),
        })
    }
}

/// The chat in a row.
pub(super) fn chat_of(row: Row) -> Result<Chat, StoreError> {
    let hidden: ChatRow = from_row(row.clone(), TABLE, "a chat")?;
    let mut chat: Chat = from_row(row, TABLE, "a chat")?;
    let membership = &mut chat.membership;
    (membership.joined, membership.former, membership.erased) = (hidden.joined, hidden.former, hidden.erased);
    membership.removal = hidden.removal;
    Ok(chat)
}

/// The row of a chat.
pub(in crate::store) fn chat_row(chat: &Chat) -> Result<Row, StoreError> {
    let mut row = to_row(chat, TABLE, "a chat")?;
    let Membership { joined, former, erased, removal, .. } = chat.membership.clone();
    row.extend(to_row(&ChatRow { joined, former, erased, removal }, TABLE, "a chat")?);
    Ok(row)
}

#[cfg(test)]
#[path = "rows_tests.rs"]
mod tests;
