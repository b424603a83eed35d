//! Closing sockets: those of sessions that have ended, and the oldest of a user who has too many.

use std::cmp::Reverse;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use paloma::domain::{Timestamp, UserId};
use paloma::queue::{JobError, PresenceJob, SessionsEnded};
use paloma::store::Connection;

use crate::TrackPresence;

/// The most sockets of one user. Each costs every sender in the user's chats a post.
const MOST_SOCKETS: usize = 20;

/// The time in which every socket that was opening is in the index: authorizer and `$connect` may take 10 s each.
const OPENING: Duration = Duration::from_secs(25);

/// How many sockets are closed at once.
const AT_ONCE: usize = 8;

impl TrackPresence {
    /// Ends what sessions that have ended still hold: their sockets, now and once more when the sockets that are opening
    /// right now are in the index. Whatever ended the sessions may have died before it did, so their tokens are refused
    /// and their phones deregistered here, too. New sessions lose nothing, however late the job comes. One write unit and
    /// two queries, and for each socket one call to the gateway and one write unit.
    pub(crate) async fn end_sessions(&self, ended: &SessionsEnded) -> Result<&'static str, JobError> {
        let SessionsEnded { user_id, void_before, is_second } = *ended;
        if !is_second {
            self.accounts.void_sessions(user_id, void_before).await?;
        }
        let sockets = self.connections.of_user(user_id, Timestamp::now()).await?;
        self.close(sockets.into_iter().filter(|socket| socket.session.is_void(void_before))).await?;
        if is_second {
            return Ok("sockets that were opening closed");
        }
        self.registrations.remove_older(user_id, void_before.next_second()).await?;
        let second = PresenceJob::SessionsEnded(SessionsEnded { is_second: true, ..*ended });
        self.presence.enqueue_after(OPENING, user_id, &second).await?;
        Ok("sockets of ended sessions closed")
    }

    /// Closes the oldest sockets of a user who has more than [`MOST_SOCKETS`], silent ones first. One query of an index,
    /// which a socket that opened within the last milliseconds may not be in: then the user keeps one more until the next
    /// socket opens.
    pub(crate) async fn make_room(&self, user_id: UserId, now: Timestamp) -> Result<(), JobError> {
        let mut sockets = self.connections.of_user(user_id, now).await?;
        if sockets.len() <= MOST_SOCKETS {
            return Ok(());
        }
        sockets.sort_by_key(|socket| Reverse((socket.is_alive(now), socket.connected_at)));
        self.close(sockets.into_iter().skip(MOST_SOCKETS)).await
    }

    /// The gateway closes a socket before its row goes: a crash in between leaves the row, by which the next try finds
    /// the socket. The gateway then runs `$disconnect`, which tells that it has gone.
    async fn close(&self, sockets: impl Iterator<Item = Connection>) -> Result<(), JobError> {
        stream::iter(sockets)
            .map(async |socket| {
                self.sockets.close(&socket.connection_id).await?;
                self.connections.close(&socket.connection_id).await?;
                Ok::<_, JobError>(())
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
    }
}
