//! Watchers: sockets with a direct chat open, which get the presence of the other member.

use super::Connections;
use super::rows::{TABLE, WatcherRow, key};
use crate::domain::{ChatId, ConnectionId, Timestamp, UserId};
use crate::store::{StoreError, all_rows, from_row, text, unless_condition_failed};

/// A socket on which a user is watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watcher {
    /// The socket that watches.
    pub connection_id: ConnectionId,
    /// The direct chat with the user.
    pub chat_id: ChatId,
}

impl Connections {
    /// Sets the user to watch on this socket, in place of an earlier one; returns whether the socket is known.
    pub async fn watch(
        &self,
        connection_id: &ConnectionId,
        chat_id: ChatId,
        user_id: UserId,
    ) -> Result<bool, StoreError> {
        let watched = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(connection_id)))
            .update_expression("SET watchedUserId = :user, watchedChatId = :chat")
            .condition_expression("attribute_exists(connectedAt)")
            .expression_attribute_values(":user", text(user_id))
            .expression_attribute_values(":chat", text(chat_id))
            .send()
            .await;
        Ok(unless_condition_failed("UpdateItem of a connection's watch", watched)?.is_some())
    }

    /// Ends the watch on this socket; returns whether the socket is known.
    pub async fn unwatch(&self, connection_id: &ConnectionId) -> Result<bool, StoreError> {
        let unwatched = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(connection_id)))
            .update_expression("REMOVE watchedUserId, watchedChatId")
            .condition_expression("attribute_exists(connectedAt)")
            .send()
            .await;
        Ok(unless_condition_failed("UpdateItem of a connection's watch", unwatched)?.is_some())
    }

    /// The sockets on which a user is watched. Rows past their TTL are left out, since DynamoDB may take days to delete
    /// them.
    pub async fn watchers_of(&self, user_id: UserId, now: Timestamp) -> Result<Vec<Watcher>, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("WatchersIndex")
            .key_condition_expression("watchedUserId = :user")
            .expression_attribute_values(":user", text(user_id));
        let rows = all_rows("Query of WatchersIndex", query).await?;
        let rows = rows.into_iter().map(|row| from_row::<WatcherRow>(row, TABLE, "a watcher"));
        let current = rows.filter(|row| row.as_ref().map_or(true, |row| row.ttl > now.as_secs()));
        current
            .map(|row| row.map(|row| Watcher { connection_id: row.connection_id, chat_id: row.watched_chat_id }))
            .collect()
    }
}
