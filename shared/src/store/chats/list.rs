//! The list of a user's chats, in UserChatsIndex.

use serde::{Deserialize, Serialize};

use super::Chats;
use super::keys::member_key;
use crate::domain::{ChatId, PageLimit, Timestamp, UserId};
use crate::store::{Row, StoreError, number, text, unless_refused};

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

impl Chats {
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
            .set_key(Some(member_key(chat_id, user)))
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
            let mut row = member_key(cursor.chat_id, user);
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

fn chat_of_key(row: &Row) -> Option<ChatId> {
    row.get("chatId")?.as_s().ok()?.split('#').next()?.parse().ok()
}
