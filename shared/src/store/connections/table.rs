//! The Connections table: who is on which socket.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::ReturnValue;

use super::rows::{Connection, ConnectionRow, TABLE, connection_of, key, row_of};
use crate::domain::{ConnectionId, Session, Timestamp, UserId};
use crate::store::{StoreError, all_rows, number, text, to_row, unless_refused};

/// A socket lives at most two hours (API Gateway's limit); its row is forgotten a little later.
const CONNECTION_LIFE: Duration = Duration::from_secs(2 * 3600 + 600);

/// How long a socket may take to open: a `$connect` function has 10 s.
const OPENING: Duration = Duration::from_secs(10);

/// The Connections table.
#[derive(Debug, Clone)]
pub struct Connections {
    pub(super) client: Client,
    pub(super) table: String,
}

impl Connections {
    /// The table of this name.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Remembers a socket, and the session that it was opened in; whether it lives is to be looked at from `now` on.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn open(&self, connection_id: ConnectionId, session: Session, now: Timestamp) -> Result<(), StoreError> {
        let ttl = now.plus(CONNECTION_LIFE).as_secs();
        let row = ConnectionRow {
            connection_id,
            user_id: session.user_id,
            authenticated_at: session.authenticated_at,
            connected_at: now,
            last_seen_at: now,
            next_look_at: now,
            watched_chat_id: None,
            ttl,
        };
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(to_row(&row, TABLE, "a connection")?))
            .send()
            .await
            .map_err(StoreError::call("PutItem of a connection"))?;
        Ok(())
    }

    /// Notes a sign of life; answers with the socket as it was before, if it is known.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or the row is unreadable.
    pub async fn renew(&self, connection_id: &ConnectionId, now: Timestamp) -> Result<Option<Connection>, StoreError> {
        let renewed = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(connection_id)))
            .update_expression("SET lastSeenAt = :now")
            .condition_expression("attribute_exists(connectedAt)")
            .expression_attribute_values(":now", number(now.as_millis()))
            .return_values(ReturnValue::AllOld)
            .send()
            .await;
        let renewed = unless_refused("UpdateItem of a connection", renewed)?;
        renewed.and_then(|answer| answer.attributes).map(connection_of).transpose()
    }

    /// Forgets a socket that the gateway calls gone, and that one alone. One that has just been opened is left: the
    /// gateway calls it gone until `$connect` has ended.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn forget(&self, connection_id: &ConnectionId, now: Timestamp) -> Result<(), StoreError> {
        let opened_before = now.as_millis().saturating_sub(OPENING.as_millis() as u64);
        let deleted = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key(connection_id)))
            .condition_expression("connectedAt < :openedBefore")
            .expression_attribute_values(":openedBefore", number(opened_before))
            .send()
            .await;
        unless_refused("DeleteItem of a connection", deleted)?;
        Ok(())
    }

    /// Forgets a socket that was closed; forgetting it twice is nothing. Answers with the socket as it was, if it was
    /// known.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or the row is unreadable.
    pub async fn close(&self, connection_id: &ConnectionId) -> Result<Option<Connection>, StoreError> {
        let deleted = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key(connection_id)))
            .return_values(ReturnValue::AllOld)
            .send()
            .await
            .map_err(StoreError::call("DeleteItem of a connection"))?;
        deleted.attributes.map(connection_of).transpose()
    }

    /// The sockets of somebody: one per device, or none. Rows past their time are left out, since DynamoDB may
    /// take days to delete them.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or a row is unreadable.
    pub async fn of_user(&self, user_id: UserId, now: Timestamp) -> Result<Vec<Connection>, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("UserConnectionsIndex")
            .key_condition_expression("userId = :user")
            .expression_attribute_values(":user", text(user_id));
        let rows = all_rows("Query of UserConnectionsIndex", query).await?;
        let rows = rows.into_iter().map(row_of);
        let alive = rows.filter(|row| row.as_ref().map_or(true, |row| row.ttl > now.as_secs()));
        alive.map(|row| row.map(Connection::from)).collect()
    }
}
