//! Keys and rows of the Connections table.

use serde::{Deserialize, Serialize};

use crate::domain::{ChatId, ConnectionId, LIVENESS_TIMEOUT, Session, Timestamp, UserId};
use crate::store::{Row, StoreError, from_row, text};

pub(super) const TABLE: &str = "Connections";

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConnectionRow {
    pub(super) connection_id: ConnectionId,
    pub(super) user_id: UserId,
    /// Missing in rows of earlier versions: the end of any session of the user then closes the socket.
    #[serde(default = "epoch")]
    pub(super) authenticated_at: Timestamp,
    pub(super) connected_at: Timestamp,
    pub(super) last_seen_at: Timestamp,
    /// Missing in rows of earlier versions: then a check is overdue, and the next ping enqueues one.
    #[serde(default = "epoch", rename = "nextLookAt")]
    pub(super) next_check_at: Timestamp,
    /// Whether the account of the user lists it. Missing in rows of earlier versions: the next ping then lists it.
    #[serde(default)]
    pub(super) is_listed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) watched_chat_id: Option<ChatId>,
    pub(super) ttl: u64,
}

const fn epoch() -> Timestamp {
    Timestamp::from_millis(0)
}

/// An open socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// The id that API Gateway gave the socket.
    pub connection_id: ConnectionId,
    /// The session that opened it.
    pub session: Session,
    /// The time of its opening, in epoch milliseconds.
    pub connected_at: Timestamp,
    /// The time of the last frame from its client, in epoch milliseconds.
    pub last_seen_at: Timestamp,
    /// The time at which track-presence checks whether it is alive, in epoch milliseconds.
    pub next_check_at: Timestamp,
    /// Whether its user's account lists it. `false` for a socket that an earlier version stored.
    pub is_listed: bool,
    /// The direct chat in which its client watches the presence of the other member, if any.
    pub watched_chat_id: Option<ChatId>,
}

impl From<ConnectionRow> for Connection {
    fn from(row: ConnectionRow) -> Self {
        Self {
            connection_id: row.connection_id,
            session: Session { user_id: row.user_id, authenticated_at: row.authenticated_at },
            connected_at: row.connected_at,
            last_seen_at: row.last_seen_at,
            next_check_at: row.next_check_at,
            is_listed: row.is_listed,
            watched_chat_id: row.watched_chat_id,
        }
    }
}

impl Connection {
    /// Whether its client has sent a frame within [`LIVENESS_TIMEOUT`].
    pub fn is_alive(&self, now: Timestamp) -> bool {
        self.last_seen_at.plus(LIVENESS_TIMEOUT) > now
    }
}

/// The attributes of a socket in WatchersIndex.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WatcherRow {
    pub(super) connection_id: ConnectionId,
    pub(super) watched_chat_id: ChatId,
    pub(super) ttl: u64,
}

pub(super) fn key(connection_id: &ConnectionId) -> Row {
    Row::from([("connectionId".to_owned(), text(connection_id.as_str()))])
}

pub(super) fn connection_of(row: Row) -> Result<Connection, StoreError> {
    row_of(row).map(Connection::from)
}

pub(super) fn row_of(row: Row) -> Result<ConnectionRow, StoreError> {
    from_row(row, TABLE, "a connection")
}
