//! The members of a chat: `chatId#userId`, a row each. They alone are in UserChatsIndex.

use serde::{Deserialize, Serialize};

use super::accounts::{self, Accounts};
use super::chats::{Chats, TABLE};
use super::heads::{self, HeadRow};
use super::{Row, StoreError, batch, from_row, number, text, to_row, unless_refused};
use crate::domain::{Account, ChatId, Head, Member, PageLimit, Timestamp, UserId};

/// A member as they lie in the table.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MemberRow {
    chat_id: String,
    #[serde(flatten)]
    member: Member,
}

/// Where the next page of somebody's chats begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChatCursor {
    /// The last chat before it.
    pub chat_id: ChatId,
    last_message_time: Timestamp,
}

/// Which of a user's chats are listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Those from this place on; from the newest without.
    pub from: Option<ChatCursor>,
    /// Those alone that were moved at this time or later.
    pub since: Option<Timestamp>,
}

pub(super) fn name(chat_id: ChatId, user: UserId) -> String {
    format!("{chat_id}#{user}")
}

pub(super) fn key(chat_id: ChatId, user: UserId) -> Row {
    Row::from([("chatId".to_owned(), text(name(chat_id, user)))])
}

impl MemberRow {
    pub(super) fn row(chat_id: ChatId, member: &Member) -> Result<Row, StoreError> {
        to_row(&Self { chat_id: name(chat_id, member.user_id), member: member.clone() }, TABLE, "a member")
    }

    /// The member in a row. A row without `userId` is none: only create-chat may write that attribute, and a role that
    /// may update marks or mutes would make such a row by an update without a condition.
    pub(super) fn member(row: Row) -> Result<Option<Member>, StoreError> {
        if !row.contains_key("userId") {
            return Ok(None);
        }
        Ok(Some(from_row::<Self>(row, TABLE, "a member")?.member))
    }

    fn members(rows: Vec<Row>) -> Result<Vec<Member>, StoreError> {
        rows.into_iter().filter_map(|row| Self::member(row).transpose()).collect()
    }

    /// The member in a row that an update has just found.
    pub(super) fn found(row: Row) -> Result<Member, StoreError> {
        Self::member(row)?.ok_or_else(|| StoreError::Row {
            table: TABLE,
            what: "a member",
            cause: "it has no userId".into(),
        })
    }
}

impl Chats {
    /// The head of a chat and the member that `user` is in it, in one consistent read; nothing when they are not:
    /// to them the chat does not exist (invariant 6).
    ///
    /// # Errors
    /// When DynamoDB does not answer, or a row is unreadable.
    pub async fn membership(&self, chat_id: ChatId, user: UserId) -> Result<Option<(Head, Member)>, StoreError> {
        let found = self.head_and_members(chat_id, &[user]).await?;
        Ok(found.and_then(|(head, mut members)| Some((head, members.pop()?))))
    }

    /// The head of a chat, if it exists, and the members that these people are in it, consistently read; who is being
    /// erased is none any more. One call for up to 99 people.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or a row is unreadable.
    pub async fn head_and_members(
        &self,
        chat_id: ChatId,
        users: &[UserId],
    ) -> Result<Option<(Head, Vec<Member>)>, StoreError> {
        let rows = batch::get(&self.client, &self.table, head_and_member_keys(chat_id, users)).await?;
        head_and_members_of(chat_id, rows)
    }

    /// The same, with the accounts of these people: one call over two tables for up to 49 people.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or a row is unreadable.
    pub async fn head_members_and_accounts(
        &self,
        accounts: &Accounts,
        chat_id: ChatId,
        users: &[UserId],
    ) -> Result<(Option<(Head, Vec<Member>)>, Vec<Account>), StoreError> {
        let wanted = vec![
            (self.table.clone(), head_and_member_keys(chat_id, users)),
            (accounts.table.clone(), users.iter().map(|user| accounts::key(*user)).collect()),
        ];
        let mut rows = batch::get_at_once(&self.client, wanted).await?;
        let found = rows.remove(&accounts.table).unwrap_or_default();
        let found = found.into_iter().map(accounts::account_of).collect::<Result<_, _>>()?;
        Ok((head_and_members_of(chat_id, rows.remove(&self.table).unwrap_or_default())?, found))
    }

    /// Whose presence `user` may see in the chat with this head: that of the other one of a direct chat, once they
    /// have taken part in it. Anybody can make a chat with anybody; that alone shows them nothing.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or a row is unreadable.
    pub async fn acquaintance(&self, chat_id: ChatId, head: &Head, user: UserId) -> Result<Option<UserId>, StoreError> {
        let Some(other) = head.other_than(user) else { return Ok(None) };
        let members = self.members(chat_id, &head.still_in(&[other])).await?;
        Ok(members.iter().any(|member| head.has_taken_part(member)).then_some(other))
    }

    /// The members that these people are, consistently read, also of who is being erased (see [`Head::still_in`]). One
    /// call per 100.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or a row is unreadable.
    pub async fn members(&self, chat_id: ChatId, users: &[UserId]) -> Result<Vec<Member>, StoreError> {
        let keys = users.iter().map(|user| key(chat_id, *user)).collect();
        let rows = batch::get(&self.client, &self.table, keys).await?;
        MemberRow::members(rows)
    }

    /// Moves a chat up in a member's list for a message of that `time`, unless it is there already.
    ///
    /// It is moved to the time at which that is done, and not to the time of the message: a summary may be late, and
    /// a client that is just paging through the list finds all that has moved meanwhile above where it began
    /// (`domain/paging.rs`). The head says when the last message came.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn touch(&self, chat_id: ChatId, user: UserId, time: Timestamp) -> Result<(), StoreError> {
        let touched = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(chat_id, user)))
            .update_expression("SET lastMessageTime = :now")
            .condition_expression("attribute_exists(chatId) AND lastMessageTime < :time")
            .expression_attribute_values(":now", number(time.max(Timestamp::now()).as_millis()))
            .expression_attribute_values(":time", number(time.as_millis()))
            .send()
            .await;
        unless_refused("UpdateItem of a member's list", touched)?;
        Ok(())
    }

    /// A user's chats, those that moved last first, and where the next page begins. One row more than the page is
    /// read, to know whether there is a next page.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn of_user(
        &self,
        user: UserId,
        limit: PageLimit,
        from: Option<ChatCursor>,
    ) -> Result<(Vec<ChatId>, Option<ChatCursor>), StoreError> {
        let (places, has_more) = self.listed(user, limit, Listing { from, since: None }).await?;
        let next = places.last().filter(|_| has_more).cloned();
        Ok((places.into_iter().map(|place| place.chat_id).collect(), next))
    }

    /// Those of a user's chats that are asked for, as [`Self::of_user`] lists them: the place of each in the list, and
    /// whether more lie beyond the last.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn listed(
        &self,
        user: UserId,
        limit: PageLimit,
        listing: Listing,
    ) -> Result<(Vec<ChatCursor>, bool), StoreError> {
        // DynamoDB refuses a start outside of what is asked for. A client may make up a cursor.
        if listing.from.as_ref().is_some_and(|from| Some(from.last_message_time) < listing.since) {
            return Ok((Vec::new(), false));
        }
        let start = listing.from.map(|cursor| {
            let mut row = key(cursor.chat_id, user);
            row.insert("userId".to_owned(), text(user));
            row.insert("lastMessageTime".to_owned(), number(cursor.last_message_time.as_millis()));
            row
        });
        let query = self.client.query().table_name(&self.table).index_name("UserChatsIndex");
        let query = match listing.since {
            Some(since) => query
                .key_condition_expression("userId = :user AND lastMessageTime >= :since")
                .expression_attribute_values(":since", number(since.as_millis())),
            None => query.key_condition_expression("userId = :user"),
        };
        let answer = query
            .expression_attribute_values(":user", text(user))
            .scan_index_forward(false)
            .limit(limit.get() as i32 + 1)
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(StoreError::call("Query of UserChatsIndex"))?;
        let rows = answer.items.unwrap_or_default();
        let page = &rows[..rows.len().min(limit.get())];
        Ok((page.iter().filter_map(cursor_of).collect(), rows.len() > page.len()))
    }
}

fn cursor_of(row: &Row) -> Option<ChatCursor> {
    let time = row.get("lastMessageTime")?.as_n().ok()?.parse().ok()?;
    Some(ChatCursor { chat_id: chat_of_key(row)?, last_message_time: Timestamp::from_millis(time) })
}

fn head_and_member_keys(chat_id: ChatId, users: &[UserId]) -> Vec<Row> {
    std::iter::once(heads::key(chat_id)).chain(users.iter().map(|user| key(chat_id, *user))).collect()
}

fn head_and_members_of(chat_id: ChatId, rows: Vec<Row>) -> Result<Option<(Head, Vec<Member>)>, StoreError> {
    let head_name = text(heads::name(chat_id));
    let (mut heads, members): (Vec<_>, Vec<_>) =
        rows.into_iter().partition(|row| row.get("chatId") == Some(&head_name));
    let Some(head) = heads.pop() else { return Ok(None) };
    let (head, mut members) = (HeadRow::head(head)?, MemberRow::members(members)?);
    members.retain(|member| !head.erased.contains(&member.user_id));
    Ok(Some((head, members)))
}

fn chat_of_key(row: &Row) -> Option<ChatId> {
    row.get("chatId")?.as_s().ok()?.split('#').next()?.parse().ok()
}
