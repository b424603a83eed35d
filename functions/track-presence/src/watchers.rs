//! Notifies the sockets that watch a user of a change of the user's presence.
//!
//! These events do not expire, since each change makes only one. By `lastSeen`, a client knows which of two events is
//! newer.

use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt, stream};
use paloma::domain::{Presence, Timestamp, UserId};
use paloma::queue::{DeliveryJob, JobError, WatchStarted};
use paloma::store::Watcher;

use crate::TrackPresence;

/// Chats with watchers that are served at once.
const AT_ONCE: usize = 32;

impl TrackPresence {
    pub(crate) async fn notify_watchers(&self, user_id: UserId, presence: Presence) -> Result<(), JobError> {
        let watchers = self.connections.watchers_of(user_id, Timestamp::now()).await?;
        self.enqueue_presence(watchers, user_id, presence).await
    }

    /// Notifies a new watcher if the presence has changed since the watch began. A job that stored the change then may
    /// not have found the watcher in the index, which is current by now.
    pub(crate) async fn notify_new_watcher(&self, watch: &WatchStarted) -> Result<&'static str, JobError> {
        let WatchStarted { user_id, chat_id, connection_id, last_seen } = watch;
        let presence = self.users.presence(*user_id).await?.unwrap_or_default();
        if presence.last_seen == *last_seen {
            return Ok("watcher is up to date");
        }
        let socket = self.connections.connection(connection_id).await?;
        if socket.and_then(|socket| socket.watched_chat_id) != Some(*chat_id) {
            return Ok("no longer watched");
        }
        let watcher = Watcher { connection_id: connection_id.clone(), chat_id: *chat_id };
        self.enqueue_presence(vec![watcher], *user_id, presence).await?;
        Ok("watcher notified")
    }

    async fn enqueue_presence(
        &self,
        watchers: Vec<Watcher>,
        user_id: UserId,
        presence: Presence,
    ) -> Result<(), JobError> {
        if watchers.is_empty() {
            return Ok(());
        }
        let now = Timestamp::now();
        // A watch may be older than a block, or may have been stored at the same moment.
        let chats: BTreeSet<_> = watchers.iter().map(|watcher| watcher.chat_id).collect();
        let blocked = self.chats.blocked_among(&chats.into_iter().collect::<Vec<_>>()).await?;
        let watchers = watchers.into_iter().filter(|watcher| !blocked.contains(&watcher.chat_id));
        let jobs = DeliveryJob::of_presence(watchers, user_id, presence.as_shown(now), now);
        stream::iter(jobs)
            .map(async |(chat_id, job)| self.deliveries.enqueue(chat_id, &job).await)
            .buffer_unordered(AT_ONCE)
            .try_collect::<Vec<()>>()
            .await?;
        Ok(())
    }
}
