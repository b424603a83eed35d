//! The list of a user's chats: UserChatsIndex, which has the member rows by `lastMessageTime`. RequestsIndex has those
//! of the requests alone.

use serde::{Deserialize, Serialize};

use super::Chats;
use super::keys::member_key;
use crate::domain::{ChatId, PageLimit, Timestamp, UserId};
use crate::store::{Row, StoreError, number, text, unless_condition_failed};

/// A position in a user's list of chats: the next page begins after this chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChatCursor {
    /// The last chat of the page before.
    pub chat_id: ChatId,
    last_message_time: Timestamp,
}

/// The part of a user's list of chats to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The position to begin after; `None` to begin with the newest.
    pub from: Option<ChatCursor>,
    /// Only chats that moved up at this time or later.
    pub since: Option<Timestamp>,
    /// Only requests that wait for the user's answer.
    pub requests: bool,
}

impl Chats {
    /// Moves a chat to the top of a member's list for a message of that `time`, unless its position is later already.
    ///
    /// The new position is the time of this write, not that of the message. A summary may be late, and a client that
    /// reads the list page by page needs each moved chat at a position after the start of its pass
    /// (`domain/paging.rs`). The time of the last message is in the head.
    pub async fn move_to_top(&self, chat_id: ChatId, user: UserId, time: Timestamp) -> Result<(), StoreError> {
        let moved = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(member_key(chat_id, user)))
            .update_expression("SET lastMessageTime = :now")
            .condition_expression("attribute_exists(chatId) AND lastMessageTime < :time")
            .expression_attribute_values(":now", number(time.max(Timestamp::now()).as_millis()))
            .expression_attribute_values(":time", number(time.as_millis()))
            .send()
            .await;
        unless_condition_failed("UpdateItem of a member's list", moved)?;
        Ok(())
    }

    /// A page of a user's chats, the latest first, and the position of the next page, if there is one. One row beyond
    /// the page is read to find out whether there is one.
    pub async fn of_user(
        &self,
        user: UserId,
        limit: PageLimit,
        from: Option<ChatCursor>,
    ) -> Result<(Vec<ChatId>, Option<ChatCursor>), StoreError> {
        let (positions, has_more) = self.listed(user, limit, Listing { from, ..Listing::default() }).await?;
        let next = positions.last().filter(|_| has_more).cloned();
        Ok((positions.into_iter().map(|position| position.chat_id).collect(), next))
    }

    /// The positions of the chats in a part of the user's list, the latest first, and whether more follow.
    pub async fn listed(
        &self,
        user: UserId,
        limit: PageLimit,
        listing: Listing,
    ) -> Result<(Vec<ChatCursor>, bool), StoreError> {
        // DynamoDB rejects a start outside of the condition, and a client may make up a cursor.
        if listing.from.as_ref().is_some_and(|from| Some(from.last_message_time) < listing.since) {
            return Ok((Vec::new(), false));
        }
        let (index, key) = match listing.requests {
            true => ("RequestsIndex", "askedId"),
            false => ("UserChatsIndex", "userId"),
        };
        let start = listing.from.map(|cursor| {
            let mut row = member_key(cursor.chat_id, user);
            row.insert(key.to_owned(), text(user));
            row.insert("lastMessageTime".to_owned(), number(cursor.last_message_time.as_millis()));
            row
        });
        let query = self.client.query().table_name(&self.table).index_name(index);
        let query = match listing.since {
            Some(since) => query
                .key_condition_expression(format!("{key} = :user AND lastMessageTime >= :since"))
                .expression_attribute_values(":since", number(since.as_millis())),
            None => query.key_condition_expression(format!("{key} = :user")),
        };
        let answer = query
            .expression_attribute_values(":user", text(user))
            .scan_index_forward(false)
            .limit(limit.get() as i32 + 1)
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(StoreError::call("Query of a list of chats"))?;
        let rows = answer.items.unwrap_or_default();
        let page = &rows[..rows.len().min(limit.get())];
        Ok((page.iter().filter_map(cursor_of).collect(), rows.len() > page.len()))
    }
}

fn cursor_of(row: &Row) -> Option<ChatCursor> {
    let time = row.get("lastMessageTime")?.as_n().ok()?.parse().ok()?;
    Some(ChatCursor { chat_id: chat_of_key(row)?, last_message_time: Timestamp::from_millis(time) })
}

pub(super) fn chat_of_key(row: &Row) -> Option<ChatId> {
    row.get("chatId")?.as_s().ok()?.split('#').next()?.parse().ok()
}
