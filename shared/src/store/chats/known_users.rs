//! A search for users who share a chat with a user.

use std::collections::HashSet;

use super::keys::chat_key;
use super::{ChatCursor, Chats};
use crate::domain::{ChatId, PageLimit, UserId};
use crate::store::{Row, StoreError, batch};

/// Pages of 100 chats that one call searches.
const MAX_PAGES: usize = 2;

/// Users who share a chat with a user.
#[derive(Debug, PartialEq, Eq)]
pub struct KnownUsers {
    /// The users found.
    pub found: HashSet<UserId>,
    /// The position to continue the search for the others from; `None` after the last chat.
    pub next: Option<ChatCursor>,
}

impl Chats {
    /// Finds the users among `others` who share a chat with `user`. `user` itself is found too, if named.
    ///
    /// First the direct chats are read, since their ids follow from the users: half a read unit each, in one call. For
    /// the users not found there, the chats of `user` are searched, newest first: two calls per 100 chats, and half a
    /// read unit per 4 KB of a chat (a group of 1,024 has 40 KB). One call searches at most 200 chats.
    pub async fn known_users(
        &self,
        user: UserId,
        others: &[UserId],
        from: Option<ChatCursor>,
    ) -> Result<KnownUsers, StoreError> {
        let mut missing: HashSet<_> = others.iter().copied().collect();
        let mut found: HashSet<_> = missing.take(&user).into_iter().collect();
        if from.is_none() {
            let direct = missing.iter().map(|other| ChatId::direct(user, *other)).collect();
            self.find_in(direct, &mut missing, &mut found).await?;
        }
        let mut from = from;
        for _ in 0..MAX_PAGES {
            if missing.is_empty() {
                return Ok(KnownUsers { found, next: None });
            }
            let (chats, next) = self.of_user(user, PageLimit::MAX, from).await?;
            self.find_in(chats, &mut missing, &mut found).await?;
            from = next;
            if from.is_none() {
                break;
            }
        }
        Ok(KnownUsers { found, next: from.filter(|_| !missing.is_empty()) })
    }

    async fn find_in(
        &self,
        chats: Vec<ChatId>,
        missing: &mut HashSet<UserId>,
        found: &mut HashSet<UserId>,
    ) -> Result<(), StoreError> {
        let keys = chats.into_iter().map(chat_key).collect();
        for row in batch::get_attributes(&self.client, &self.table, keys, &["participants", "former"]).await? {
            found.extend(participants(&row).filter_map(|participant| missing.take(&participant)));
        }
        Ok(())
    }
}

/// The participants and former members in a chat's row: messages of both are shown.
fn participants(row: &Row) -> impl Iterator<Item = UserId> {
    let lists = ["participants", "former"].into_iter().filter_map(|name| row.get(name)?.as_l().ok());
    lists.flatten().filter_map(|participant| participant.as_s().ok()?.parse().ok())
}
