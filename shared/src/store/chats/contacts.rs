//! Contacts: they follow from the direct chat of two users, and its id follows from the pair.

use std::collections::{BTreeSet, HashMap};

use super::Chats;
use super::keys::{head_key, head_name, member_key, member_name};
use super::rows::{HeadRow, MemberRow};
use crate::domain::{ChatId, UserId};
use crate::store::{Row, StoreError, batch};

/// The attributes of heads and of members' rows that make a contact, and those that every such row has.
const ATTRIBUTES: [&str; 15] = [
    "chatId",
    "lastSeq",
    "lastTimestamp",
    "participantCount",
    "deliveredSeq",
    "readSeq",
    "pair",
    "sent",
    "erased",
    "blockers",
    "asked",
    "accepted",
    "userId",
    "lastMessageTime",
    "windows",
];

impl Chats {
    /// Those of these users who have `other` as a contact. Two read units for each user, one call per 50 users.
    pub async fn with_contact(&self, users: &[UserId], other: UserId) -> Result<BTreeSet<UserId>, StoreError> {
        let chats: Vec<_> = users.iter().map(|user| (ChatId::direct(*user, other), *user)).collect();
        let found = self.with_contacts(&chats).await?;
        Ok(users.iter().filter(|user| found.contains(&ChatId::direct(**user, other))).copied().collect())
    }

    /// Those of these direct chats in which the other participant is a contact of this member, read consistently.
    pub async fn with_contacts(&self, chats: &[(ChatId, UserId)]) -> Result<BTreeSet<ChatId>, StoreError> {
        let keys = chats.iter().flat_map(|(chat_id, user)| [head_key(*chat_id), member_key(*chat_id, *user)]);
        let rows = batch::get_attributes_consistently(&self.client, &self.table, keys.collect(), &ATTRIBUTES).await?;
        let mut rows: HashMap<String, Row> =
            rows.into_iter().filter_map(|row| Some((row.get("chatId")?.as_s().ok()?.clone(), row))).collect();
        let mut found = BTreeSet::new();
        for (chat_id, user) in chats {
            let (head, member) = (rows.remove(&head_name(*chat_id)), rows.remove(&member_name(*chat_id, *user)));
            let member = member.map(MemberRow::member).transpose()?.flatten();
            if let Some((head, member)) = head.zip(member)
                && HeadRow::head(head)?.has_contact(&member)
            {
                found.insert(*chat_id);
            }
        }
        Ok(found)
    }
}
