//! Closes the user's connections, and reports the user offline to watchers.

use std::collections::BTreeMap;

use paloma::domain::{ChatId, ConnectionId, Event, Presence, Timestamp, UserId};
use paloma::queue::{Audience, DeliveryJob};

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
        let mut by_chat: BTreeMap<ChatId, Vec<ConnectionId>> = BTreeMap::new();
        for watcher in self.connections.watchers_of(user_id, now).await? {
            by_chat.entry(watcher.chat_id).or_default().push(watcher.connection_id);
        }
        for (chat_id, sockets) in by_chat {
            let presence = Presence { online: false, last_seen: Some(erased_at) };
            let job = DeliveryJob {
                chat_id: Some(chat_id),
                audience: Audience::Sockets(sockets),
                event: Event::Presence { chat_id, user_id, presence },
                origin: None,
                accepted_at: now,
                expires_at: None,
            };
            self.deliveries.enqueue(chat_id, &job).await?;
        }
        Ok(())
    }
}
