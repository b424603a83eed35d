//! Closes the user's connections, and reports the user offline to watchers.

use std::collections::BTreeSet;

use paloma::domain::{Presence, Timestamp, UserId};
use paloma::queue::DeliveryJob;

use crate::{EraseAccount, Erasure, Failure};

impl EraseAccount {
    /// Closes each connection of the user, then deletes its row.
    pub(crate) async fn close_connections(&self, mut erasure: Erasure) -> Result<Erasure, Failure> {
        let erased_at = self.erased_at(&erasure).await?;
        for socket in self.connections.of_user(erasure.user_id, Timestamp::now()).await? {
            self.sockets.close(&socket.connection_id).await?;
            self.connections.close(&socket.connection_id).await?;
            erasure.removed.connections += 1;
        }
        self.enqueue_offline(erasure.user_id, erased_at).await?;
        Ok(erasure)
    }

    /// Enqueues a presence event for each chat in which other users watch this one. track-presence no longer does that
    /// for an erased user.
    async fn enqueue_offline(&self, user_id: UserId, erased_at: Timestamp) -> Result<(), Failure> {
        let now = Timestamp::now();
        let mut watchers = self.connections.watchers_of(user_id, now).await?;
        let chats: BTreeSet<_> = watchers.iter().map(|watcher| watcher.chat_id).collect();
        let blocked = self.chats.blocked_among(&chats.into_iter().collect::<Vec<_>>()).await?;
        watchers.retain(|watcher| !blocked.contains(&watcher.chat_id));
        let presence = Presence { online: false, last_seen: Some(erased_at) };
        for (chat_id, job) in DeliveryJob::of_presence(watchers, user_id, presence, now) {
            self.deliveries.enqueue(chat_id, &job).await?;
        }
        Ok(())
    }
}
