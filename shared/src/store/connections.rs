//! The Connections table: who is on which socket.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::ReturnValue;
use serde::{Deserialize, Serialize};

use super::{Row, StoreError, all_rows, from_row, number, text, to_row, unless_refused};
use crate::domain::{ChatId, ConnectionId, SILENCE, Session, Timestamp, UserId};

const TABLE: &str = "Connections";

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

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConnectionRow {
    connection_id: ConnectionId,
    user_id: UserId,
    /// Missing in a row from a version that did not know it: the end of any session closes that socket.
    #[serde(default = "long_overdue")]
    authenticated_at: Timestamp,
    connected_at: Timestamp,
    last_seen_at: Timestamp,
    #[serde(default = "long_overdue")]
    next_look_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    watched_chat_id: Option<ChatId>,
    ttl: u64,
}

/// The next look of a row from a version that knew of none: the next ping finds it lost, and brings it back.
const fn long_overdue() -> Timestamp {
    Timestamp::from_millis(0)
}

/// A socket that is remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Which.
    pub connection_id: ConnectionId,
    /// The session that it was opened in.
    pub session: Session,
    /// The moment at which it was opened, in epoch milliseconds.
    pub connected_at: Timestamp,
    /// When it last gave a sign of life, in epoch milliseconds.
    pub last_seen_at: Timestamp,
    /// When track-presence is to look whether it lives, in epoch milliseconds.
    pub next_look_at: Timestamp,
    /// In which chat the other one is watched on it, if in any.
    pub watched_chat_id: Option<ChatId>,
}

impl From<ConnectionRow> for Connection {
    fn from(row: ConnectionRow) -> Self {
        Self {
            connection_id: row.connection_id,
            session: Session { user_id: row.user_id, authenticated_at: row.authenticated_at },
            connected_at: row.connected_at,
            last_seen_at: row.last_seen_at,
            next_look_at: row.next_look_at,
            watched_chat_id: row.watched_chat_id,
        }
    }
}

impl Connection {
    /// Whether it has given a sign of life of late.
    pub fn is_alive(&self, now: Timestamp) -> bool {
        self.last_seen_at.plus(SILENCE) > now
    }
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
            .key("connectionId", text(connection_id.as_str()))
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
            .key("connectionId", text(connection_id.as_str()))
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
            .key("connectionId", text(connection_id.as_str()))
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

pub(super) fn connection_of(row: Row) -> Result<Connection, StoreError> {
    row_of(row).map(Connection::from)
}

fn row_of(row: Row) -> Result<ConnectionRow, StoreError> {
    from_row(row, TABLE, "a connection")
}
