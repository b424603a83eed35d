//! Keys and rows of the Connections table.

use serde::{Deserialize, Serialize};

use crate::domain::{ChatId, ConnectionId, SILENCE, Session, Timestamp, UserId};
use crate::store::{Row, StoreError, from_row, text};

pub(super) const TABLE: &str = "Connections";

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ConnectionRow {
    pub(super) connection_id: ConnectionId,
    pub(super) user_id: UserId,
    /// Missing in a row from a version that did not know it: the end of any session closes that socket.
    #[serde(default = "long_overdue")]
    pub(super) authenticated_at: Timestamp,
    pub(super) connected_at: Timestamp,
    pub(super) last_seen_at: Timestamp,
    #[serde(default = "long_overdue")]
    pub(super) next_look_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) watched_chat_id: Option<ChatId>,
    pub(super) ttl: u64,
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

/// A socket's row as WatchersIndex has it.
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
