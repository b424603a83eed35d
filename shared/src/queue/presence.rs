//! What lies in the presence queue.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::{ChatId, ConnectionId, Timestamp, UserId};

/// How long after a socket has closed it is asked whether somebody has gone, or after it has begun to watch, whether
/// it has missed something: the indexes of sockets have caught up by then, and a page that reloads is back.
pub const SETTLING: Duration = Duration::from_secs(2);

/// For track-presence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum PresenceJob {
    /// Does a socket live?
    ConnectionCheck(ConnectionCheck),
    /// A socket has closed: is its owner still there?
    ConnectionClosed(ConnectionClosed),
    /// A socket watches somebody: has it missed what changed right then?
    WatchStarted(WatchStarted),
    /// Sessions of a user have ended: their sockets are to be closed.
    SessionsEnded(SessionsEnded),
}

/// Does a socket live? Looked at when it opens, and from then on whenever it would have been silent for too long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionCheck {
    /// Whose it is.
    pub user_id: UserId,
    /// This one.
    pub connection_id: ConnectionId,
    /// The moment it is to be looked at, as its row has it: which of its looks this is, so that one that comes twice
    /// goes on once.
    pub due: Timestamp,
}

/// A socket has closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionClosed {
    /// Whose it was.
    pub user_id: UserId,
    /// When it last gave a sign of life: its goodbye, if it said one.
    pub at: Timestamp,
}

/// A socket has begun to watch somebody. Until the index of watchers shows it, changes pass it by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WatchStarted {
    /// Whom.
    pub user_id: UserId,
    /// In which chat.
    pub chat_id: ChatId,
    /// On which socket.
    pub connection_id: ConnectionId,
    /// The `lastSeen` that it was told of: with another, something has changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Timestamp>,
}

/// Sessions of a user have ended. Sockets of sessions that began later stay open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionsEnded {
    /// The user.
    pub user_id: UserId,
    /// Sessions that were authenticated at or before this moment have ended. Epoch milliseconds.
    pub void_before: Timestamp,
    /// Whether this job follows on the first one, to find the sockets that were still opening then.
    #[serde(default)]
    pub is_second: bool,
}

impl PresenceJob {
    /// Whom it is about: its group in the queue.
    pub fn user_id(&self) -> UserId {
        match self {
            Self::ConnectionCheck(look) => look.user_id,
            Self::ConnectionClosed(left) => left.user_id,
            Self::WatchStarted(watched) => watched.user_id,
            Self::SessionsEnded(ended) => ended.user_id,
        }
    }
}
