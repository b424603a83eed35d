//! Members: the rows `chatId#userId`.

use std::collections::BTreeSet;

use super::Chats;
use super::keys::{head_key, head_name, member_key};
use super::rows::{HeadRow, MemberRow};
use crate::domain::{Account, Block, ChatId, Head, Member, Presence, Ticks, UserId};
use crate::store::accounts::rows as account_rows;
use crate::store::{Accounts, Row, StoreError, batch, text};

/// Whether a user may see the presence of the other member of a direct chat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watchable {
    /// No.
    No,
    /// Yes, of this member, as far as the member's privacy settings allow it.
    Yes {
        /// The member.
        user_id: UserId,
        /// Whether the user is a contact of the member.
        is_contact: bool,
    },
    /// This member has blocked the user, who sees the presence from that moment and notices nothing.
    Frozen(UserId, Presence),
}

impl Chats {
    /// The head of a chat and the member row of `user`, in one consistent read; `None` when the user is not a member.
    /// To such a user the chat does not exist (invariant 6).
    pub async fn membership(&self, chat_id: ChatId, user: UserId) -> Result<Option<(Head, Member)>, StoreError> {
        let found = self.head_and_members(chat_id, &[user]).await?;
        Ok(found.and_then(|(head, mut members)| Some((head, members.pop()?))))
    }

    /// The head of a chat and those of these users who are members, read consistently; `None` when the chat has no
    /// head. One call for up to 99 users.
    pub async fn head_and_members(
        &self,
        chat_id: ChatId,
        users: &[UserId],
    ) -> Result<Option<(Head, Vec<Member>)>, StoreError> {
        let mut found = self.head_and_member_rows(chat_id, users).await?;
        if let Some((head, members)) = &mut found {
            members.retain(|member| head.roster.reaches(member));
        }
        Ok(found)
    }

    /// As [`Self::head_and_members`], with the rows of former members.
    pub async fn head_and_member_rows(
        &self,
        chat_id: ChatId,
        users: &[UserId],
    ) -> Result<Option<(Head, Vec<Member>)>, StoreError> {
        let rows = batch::get(&self.client, &self.table, head_and_member_keys(chat_id, users)).await?;
        head_and_members_of(chat_id, rows)
    }

    /// As [`Self::head_and_member_rows`], with the accounts of these users: one call over two tables for up to 49
    /// users.
    pub async fn head_members_and_accounts(
        &self,
        accounts: &Accounts,
        chat_id: ChatId,
        users: &[UserId],
    ) -> Result<(Option<(Head, Vec<Member>)>, Vec<Account>), StoreError> {
        let keys = vec![
            (self.table.clone(), head_and_member_keys(chat_id, users)),
            (accounts.table.clone(), users.iter().map(|user| account_rows::key(*user)).collect()),
        ];
        let mut rows = batch::get_at_once(&self.client, keys).await?;
        let stored = rows.remove(&accounts.table).unwrap_or_default();
        let found = stored.into_iter().map(account_rows::account_of).collect::<Result<_, _>>()?;
        Ok((head_and_members_of(chat_id, rows.remove(&self.table).unwrap_or_default())?, found))
    }

    /// The other member of a direct chat, if `user` may see the presence of that member. That needs a message that the
    /// member has read or written in the chat. A stranger can create a chat with any user, and sees no presence by that
    /// alone. A block hides the presence of both.
    pub async fn watchable_member(&self, chat_id: ChatId, head: &Head, user: UserId) -> Result<Watchable, StoreError> {
        let Some(other) = head.roster.other_member(user) else { return Ok(Watchable::No) };
        let members = self.members(chat_id, &[other]).await?;
        let member = members.into_iter().find(|member| head.has_taken_part(member));
        Ok(match member {
            None => Watchable::No,
            Some(_) if head.roster.blockers().contains(&user) || head.roster.asked().is_some() => Watchable::No,
            Some(Member { block: Some(Block { last_seen, .. }), .. }) => {
                Watchable::Frozen(other, Presence { online: false, last_seen })
            }
            Some(member) => Watchable::Yes { user_id: other, is_contact: head.has_contact(&member) },
        })
    }

    /// Those of these direct chats where a member has blocked the other one, read consistently. One call per 100 chats.
    pub async fn blocked_among(&self, chats: &[ChatId]) -> Result<BTreeSet<ChatId>, StoreError> {
        let keys = chats.iter().map(|chat_id| head_key(*chat_id)).collect();
        let rows = batch::get_attributes_consistently(&self.client, &self.table, keys, &["chatId", "blockers"]).await?;
        let blocked = rows.iter().filter(|row| row.contains_key("blockers"));
        Ok(blocked.filter_map(|row| row.get("chatId")?.as_s().ok()?.split('#').next()?.parse().ok()).collect())
    }

    /// The ticks of a chat's messages as this user sees them: one call for the two rows of a direct chat, none for a
    /// group.
    pub async fn ticks(&self, chat_id: ChatId, head: &Head, viewer: UserId) -> Result<Ticks, StoreError> {
        let members = match head.roster.pair() {
            Some(pair) => self.members(chat_id, &pair).await?,
            None => Vec::new(),
        };
        Ok(head.ticks(&members, Some(viewer)))
    }

    /// The member rows of these users, read consistently, including former members and erased users: see
    /// [`Roster`](crate::domain::Roster). One call per 100 users.
    pub async fn members(&self, chat_id: ChatId, users: &[UserId]) -> Result<Vec<Member>, StoreError> {
        let keys = users.iter().map(|user| member_key(chat_id, *user)).collect();
        let rows = batch::get(&self.client, &self.table, keys).await?;
        MemberRow::members(rows)
    }
}

fn head_and_member_keys(chat_id: ChatId, users: &[UserId]) -> Vec<Row> {
    std::iter::once(head_key(chat_id)).chain(users.iter().map(|user| member_key(chat_id, *user))).collect()
}

fn head_and_members_of(chat_id: ChatId, rows: Vec<Row>) -> Result<Option<(Head, Vec<Member>)>, StoreError> {
    let head_name = text(head_name(chat_id));
    let (mut heads, members): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|row| row.get("chatId") == Some(&head_name));
    let Some(head) = heads.pop() else { return Ok(None) };
    let (head, mut members) = (HeadRow::head(head)?, MemberRow::members(members)?);
    // For erased users the chat does not exist, while their rows may still do.
    members.retain(|member| !head.roster.erased().contains(&member.user_id));
    let members = members.into_iter().map(|member| head.as_now(member)).collect();
    Ok(Some((head, members)))
}
