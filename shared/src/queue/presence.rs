//! Jobs of the presence queue, for track-presence.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::{ChatId, ConnectionId, Timestamp, UserId};

/// Delay of `ConnectionClosed` and `WatchStarted`: by then the indexes of Connections are current, and the socket of a
/// page that reloads is open again.
pub const SETTLING: Duration = Duration::from_secs(2);

/// A job for track-presence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum PresenceJob {
    /// Checks whether a socket is alive.
    ConnectionCheck(ConnectionCheck),
    /// Checks whether the owner of a closed socket is still online.
    ConnectionClosed(ConnectionClosed),
    /// Checks whether a new watcher has missed a change.
    WatchStarted(WatchStarted),
    /// Closes the sockets of ended sessions.
    SessionsEnded(SessionsEnded),
    /// Shows the presence of a user to watchers anew.
    PrivacyChanged(PresencePrivacy),
}

/// A check of one socket. The first is due when it opens, each further one when the socket would have been silent too
/// long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionCheck {
    /// The socket's owner.
    pub user_id: UserId,
    /// The socket to check.
    pub connection_id: ConnectionId,
    /// The time of the check, in epoch milliseconds, as in the socket's row. It identifies the check: if the job runs
    /// twice, only one of the two enqueues the next check.
    pub due: Timestamp,
}

/// A socket has closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionClosed {
    /// The socket's owner.
    pub user_id: UserId,
    /// Time of the socket's last activity, in epoch milliseconds; its `$disconnect`, if there was one.
    pub at: Timestamp,
}

/// A socket has begun to watch a user. It misses changes until the index of watchers shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WatchStarted {
    /// The watched user.
    pub user_id: UserId,
    /// The chat that the socket has open.
    pub chat_id: ChatId,
    /// The watching socket.
    pub connection_id: ConnectionId,
    /// The `lastSeen` of the answer to the watcher. If it is another one now, the watcher has missed a change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Timestamp>,
    /// Whether the answer had no presence, by a privacy setting.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_hidden: bool,
}

/// Sessions of a user have ended. Sockets of sessions that began later stay open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionsEnded {
    /// The owner of the sessions.
    pub user_id: UserId,
    /// Sessions that were authenticated at or before this time have ended. Epoch milliseconds.
    pub void_before: Timestamp,
    /// Whether this is the second job, for the sockets that were still opening during the first.
    #[serde(default)]
    pub is_second: bool,
}

/// A user has changed the privacy setting of presence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PresencePrivacy {
    /// The user.
    pub user_id: UserId,
}

impl PresenceJob {
    /// The job's message group in the queue.
    pub fn user_id(&self) -> UserId {
        match self {
            Self::ConnectionCheck(check) => check.user_id,
            Self::ConnectionClosed(closed) => closed.user_id,
            Self::WatchStarted(watch) => watch.user_id,
            Self::SessionsEnded(ended) => ended.user_id,
            Self::PrivacyChanged(changed) => changed.user_id,
        }
    }
}
