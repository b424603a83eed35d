//! Closes sockets: those of ended sessions, and the oldest ones of a user who has too many.

use std::cmp::Reverse;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use paloma::domain::{Timestamp, UserId};
use paloma::queue::{JobError, PresenceJob, SessionsEnded};
use paloma::store::Connection;

use crate::TrackPresence;

/// Maximum number of sockets per user. Each message to the user's chats costs a post to each socket.
const MAX_SOCKETS: usize = 20;

/// Time after which a socket that was opening is in the index: the authorizer and `$connect` may take 10 s each.
const OPENING_TIME: Duration = Duration::from_secs(25);

/// Sockets closed at once.
const AT_ONCE: usize = 8;

impl TrackPresence {
    /// Closes the sockets of ended sessions: now, and again when sockets that are opening now are in the index. The
    /// function that ended the sessions may have died, so this also voids their tokens and deregisters their phones.
    /// New sessions are not affected, however late the job runs. Costs one write unit and two queries, and for each
    /// socket one call to the gateway and one write unit.
    pub(crate) async fn end_sessions(&self, ended: &SessionsEnded) -> Result<&'static str, JobError> {
        let SessionsEnded { user_id, void_before, is_second } = *ended;
        if !is_second {
            self.accounts.void_sessions(user_id, void_before).await?;
        }
        let sockets = self.connections.of_user(user_id, Timestamp::now()).await?;
        self.close(sockets.into_iter().filter(|socket| socket.session.is_void(void_before))).await?;
        if is_second {
            return Ok("late sockets of ended sessions closed");
        }
        self.registrations.remove_older(user_id, void_before.next_second()).await?;
        let second = PresenceJob::SessionsEnded(SessionsEnded { is_second: true, ..*ended });
        self.presence.enqueue_after(OPENING_TIME, user_id, &second).await?;
        Ok("sockets of ended sessions closed")
    }

    /// Compares the user's account with this socket: lists the socket if the account lacks it, and closes the oldest
    /// sockets of a user who has more than [`MAX_SOCKETS`]. Costs one read unit if nothing is to be done.
    pub(crate) async fn tidy_sockets(&self, socket: &Connection, now: Timestamp) -> Result<(), JobError> {
        let user_id = socket.session.user_id;
        let listed = self.connections.listed(user_id, now).await?;
        if socket.is_alive(now) && !listed.contains(&socket.as_listed()) {
            self.connections.list(socket).await?;
        }
        if listed.len() > MAX_SOCKETS { self.close_oldest(user_id, now).await } else { Ok(()) }
    }

    /// Closes the oldest sockets above [`MAX_SOCKETS`], silent ones first. The index may lack a socket that opened some
    /// milliseconds ago; then the user keeps one more until the next check of a socket.
    async fn close_oldest(&self, user_id: UserId, now: Timestamp) -> Result<(), JobError> {
        let mut sockets = self.connections.of_user(user_id, now).await?;
        sockets.sort_by_key(|socket| Reverse((socket.is_alive(now), socket.connected_at)));
        self.close(sockets.into_iter().skip(MAX_SOCKETS)).await
    }

    /// Closes each socket before it deletes the row: after a crash, the retry finds the socket by its row. The gateway
    /// then invokes `$disconnect`, which enqueues a check of the user's presence.
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
