//! Telling those who have somebody before them that they came or went.
//!
//! What is told does not expire, however late the deliveries are: it is told once, and by `lastSeen` a client knows
//! which of two is the later.

use std::collections::BTreeMap;

use futures::{StreamExt, TryStreamExt, stream};
use paloma::domain::{ChatId, ConnectionId, Event, Presence, Timestamp, UserId};
use paloma::queue::{Audience, DeliveryJob, JobError, WatchStarted};

use crate::TrackPresence;

/// How many chats are told at once.
const AT_ONCE: usize = 32;

impl TrackPresence {
    /// Tells how it is with somebody, on the sockets that watch them and on no other.
    pub(crate) async fn tell(&self, user_id: UserId, presence: Presence) -> Result<(), JobError> {
        let mut by_chat: BTreeMap<ChatId, Vec<ConnectionId>> = BTreeMap::new();
        for watcher in self.connections.watchers_of(user_id, Timestamp::now()).await? {
            by_chat.entry(watcher.chat_id).or_default().push(watcher.connection_id);
        }
        stream::iter(by_chat)
            .map(async |(chat_id, sockets)| self.tell_on(sockets, chat_id, user_id, presence).await)
            .buffer_unordered(AT_ONCE)
            .try_collect::<Vec<()>>()
            .await?;
        Ok(())
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
        self.tell_on(vec![connection_id.clone()], *chat_id, *user_id, presence).await?;
        Ok("watcher told")
    }

    async fn tell_on(
        &self,
        sockets: Vec<ConnectionId>,
        chat_id: ChatId,
        user_id: UserId,
        presence: Presence,
    ) -> Result<(), JobError> {
        let now = Timestamp::now();
        let job = DeliveryJob {
            chat_id: Some(chat_id),
            audience: Audience::Sockets(sockets),
            event: Event::Presence { chat_id, user_id, presence: presence.as_shown(now) },
            origin: None,
            accepted_at: now,
            expires_at: None,
        };
        Ok(self.deliveries.enqueue(chat_id, &job).await?)
    }
}
