//! Telling those who have somebody before them that they came or went.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt, stream};
use paloma::domain::{ChatId, ConnectionId, Event, Presence, Timestamp, UserId};
use paloma::queue::{Audience, DeliveryJob, JobError};

use crate::TrackPresence;

/// How long it is worth telling.
const WORTH: Duration = Duration::from_secs(60);

/// How many chats are told at once.
const AT_ONCE: usize = 32;

impl TrackPresence {
    /// Tells how it is with somebody, on the sockets that watch them and on no other.
    pub(crate) async fn tell(&self, user_id: UserId, presence: Presence) -> Result<(), JobError> {
        let now = Timestamp::now();
        let mut by_chat: BTreeMap<ChatId, Vec<ConnectionId>> = BTreeMap::new();
        for watcher in self.connections.watchers_of(user_id, now).await? {
            by_chat.entry(watcher.chat_id).or_default().push(watcher.connection_id);
        }
        stream::iter(by_chat)
            .map(async |(chat_id, sockets)| {
                let job = DeliveryJob {
                    chat_id,
                    audience: Audience::Sockets(sockets),
                    event: Event::Presence { chat_id, user_id, presence },
                    origin: None,
                    accepted_at: now,
                    expires_at: Some(now.plus(WORTH)),
                };
                self.deliveries.enqueue(chat_id, &job).await
            })
            .buffer_unordered(AT_ONCE)
            .try_collect::<Vec<()>>()
            .await?;
        Ok(())
    }
}
