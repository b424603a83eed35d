//! Telling those who have somebody before them that they came or went.
//!
//! What is told does not expire, however late the deliveries are: it is told once, and by `lastSeen` a client knows
//! which of two is the later.

use futures::{StreamExt, TryStreamExt, stream};
use paloma::domain::{Presence, Timestamp, UserId};
use paloma::queue::{DeliveryJob, JobError, WatchStarted};
use paloma::store::Watcher;

use crate::TrackPresence;

/// How many chats are told at once.
const AT_ONCE: usize = 32;

impl TrackPresence {
    /// Tells how it is with somebody, on the sockets that watch them and on no other.
    pub(crate) async fn tell(&self, user_id: UserId, presence: Presence) -> Result<(), JobError> {
        let watchers = self.connections.watchers_of(user_id, Timestamp::now()).await?;
        self.enqueue_presence(watchers, user_id, presence).await
    }

    /// Tells a socket that has begun to watch what has changed since. Whoever told of a change meanwhile may not have
    /// found the socket in the index; by now they do.
    pub(crate) async fn catch_up(&self, watched: &WatchStarted) -> Result<&'static str, JobError> {
        let WatchStarted { user_id, chat_id, connection_id, last_seen } = watched;
        let presence = self.users.presence(*user_id).await?.unwrap_or_default();
        if presence.last_seen == *last_seen {
            return Ok("as the watcher knows");
        }
        let socket = self.connections.connection(connection_id).await?;
        if socket.and_then(|socket| socket.watched_chat_id) != Some(*chat_id) {
            return Ok("watched no more");
        }
        let watcher = Watcher { connection_id: connection_id.clone(), chat_id: *chat_id };
        self.enqueue_presence(vec![watcher], *user_id, presence).await?;
        Ok("watcher told")
    }

    async fn enqueue_presence(
        &self,
        watchers: Vec<Watcher>,
        user_id: UserId,
        presence: Presence,
    ) -> Result<(), JobError> {
        let now = Timestamp::now();
        let jobs = DeliveryJob::of_presence(watchers, user_id, presence.as_shown(now), now);
        stream::iter(jobs)
            .map(async |(chat_id, job)| self.deliveries.enqueue(chat_id, &job).await)
            .buffer_unordered(AT_ONCE)
            .try_collect::<Vec<()>>()
            .await?;
        Ok(())
    }
}
