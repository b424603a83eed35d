//! Which of some users share a chat with a user.

use std::collections::HashSet;

use super::keys::chat_key;
use super::{ChatCursor, Chats};
use crate::domain::{ChatId, PageLimit, UserId};
use crate::store::{Row, StoreError, batch};

/// How many pages of a user's chats are looked through in one call, of 100 chats each.
const MOST_PAGES: usize = 2;

/// Some users who share a chat with a user.
#[derive(Debug, PartialEq, Eq)]
pub struct KnownUsers {
    /// These do.
    pub found: HashSet<UserId>,
    /// Where to go on for the others; nothing when every chat has been looked through.
    pub next: Option<ChatCursor>,
}

impl Chats {
    /// Which of these users share a chat with `user`, who shares one with themselves. Their direct chats come first,
    /// whose ids are known: half a read unit for each, in one call. Only for users who are left, the chats of `user`
    /// are looked through, newest first, until all are found: two calls per 100 chats, and per chat half a read unit per
    /// 4 KB (a group of 1,024 has 40 KB). No more than 200 chats are looked through at once.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn acquainted(
        &self,
        user: UserId,
        with: &[UserId],
        from: Option<ChatCursor>,
    ) -> Result<KnownUsers, StoreError> {
        let mut left: HashSet<_> = with.iter().copied().collect();
        let mut found: HashSet<_> = left.take(&user).into_iter().collect();
        if from.is_none() {
            let direct = left.iter().map(|other| ChatId::direct(user, *other)).collect();
            self.find_in(direct, &mut left, &mut found).await?;
        }
        let mut from = from;
        for _ in 0..MOST_PAGES {
            if left.is_empty() {
                return Ok(KnownUsers { found, next: None });
            }
            let (chats, next) = self.of_user(user, PageLimit::MOST, from).await?;
            self.find_in(chats, &mut left, &mut found).await?;
            from = next;
            if from.is_none() {
                break;
            }
        }
        Ok(KnownUsers { found, next: from.filter(|_| !left.is_empty()) })
    }

    async fn find_in(
        &self,
        chats: Vec<ChatId>,
        left: &mut HashSet<UserId>,
        found: &mut HashSet<UserId>,
    ) -> Result<(), StoreError> {
        let keys = chats.into_iter().map(chat_key).collect();
        for row in batch::glance(&self.client, &self.table, keys, &["participants"]).await? {
            found.extend(participants(&row).filter_map(|participant| left.take(&participant)));
        }
        Ok(())
    }
}

/// The participants of a chat's row, without reading a thousand of them into a chat.
fn participants(row: &Row) -> impl Iterator<Item = UserId> {
    let list = row.get("participants").and_then(|list| list.as_l().ok());
    list.into_iter().flatten().filter_map(|participant| participant.as_s().ok()?.parse().ok())
}
