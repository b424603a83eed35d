//! Rows of the Chats table: chats, heads and members.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::keys::{TABLE, head_name, member_name};
use crate::domain::{
    Chat, ChatId, Head, LastMessage, LowestMark, LowestMarks, Member, MessageId, Roster, Timestamp, UserId, Watermark,
};
use crate::store::{Row, StoreError, from_row, to_row};

/// The row of a head.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::store) struct HeadRow {
    chat_id: String,
    last_seq: Watermark,
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
}

impl HeadRow {
    pub(super) fn row(chat_id: ChatId, head: &Head) -> Result<Row, StoreError> {
        let row = Self {
            chat_id: head_name(chat_id),
            last_seq: head.last_seq,
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
            // A new chat has no erased users. Later they are added by an update.
            erased: BTreeSet::new(),
            untold: head.chat_event_pending,
        };
        to_row(&row, TABLE, "a head")
    }

    pub(in crate::store) fn head(row: Row) -> Result<Head, StoreError> {
        let row: Self = from_row(row, TABLE, "a head")?;
        Ok(Head {
            last_seq: row.last_seq,
            last_timestamp: row.last_timestamp,
            last_sender: row.last_sender_id,
            last_message_id: row.last_message_id,
            sent: row.sent.unwrap_or_default(),
            last_message: row.last_message,
            roster: Roster::stored(row.participant_count, row.pair, row.erased),
            lowest: LowestMarks {
                delivered: LowestMark { mark: row.delivered_seq, holder: row.delivered_holder },
                read: LowestMark { mark: row.read_seq, holder: row.read_holder },
            },
            chat_event_pending: row.untold,
        })
    }
}

/// The row of a member.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MemberRow {
    chat_id: String,
    #[serde(flatten)]
    member: Member,
}

impl MemberRow {
    pub(super) fn row(chat_id: ChatId, member: &Member) -> Result<Row, StoreError> {
        to_row(&Self { chat_id: member_name(chat_id, member.user_id), member: member.clone() }, TABLE, "a member")
    }

    /// The member in a row; `None` for a row without `userId`. Only create-chat may write that attribute, so an update
    /// without a condition creates a row without it, and such a row does not make a user a member.
    pub(super) fn member(row: Row) -> Result<Option<Member>, StoreError> {
        if !row.contains_key("userId") {
            return Ok(None);
        }
        Ok(Some(from_row::<Self>(row, TABLE, "a member")?.member))
    }

    pub(super) fn members(rows: Vec<Row>) -> Result<Vec<Member>, StoreError> {
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

pub(super) fn chat_of(row: Row) -> Result<Chat, StoreError> {
    from_row(row, TABLE, "a chat")
}
