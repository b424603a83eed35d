//! Notifies the sockets that watch a user of a change of the user's presence.
//!
//! These events do not expire, since each change makes only one. By `lastSeen`, a client knows which of two events is
//! newer.

use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt, stream};
use paloma::domain::{Circle, Presence, Timestamp, UserId};
use paloma::queue::{DeliveryJob, JobError, WatchStarted};
use paloma::store::Watcher;

use crate::TrackPresence;

/// Chats with watchers that are served at once.
const AT_ONCE: usize = 32;

/// The watchers of a user by what they may see.
struct Audience {
    /// They see the presence.
    admitted: Vec<Watcher>,
    /// The privacy setting of the user keeps them out.
    kept_out: Vec<Watcher>,
}

impl TrackPresence {
    /// Notifies the watchers who may see the presence. The others get no event, since for them nothing changes.
    pub(crate) async fn notify_watchers(
        &self,
        user_id: UserId,
        (presence, shown_to): (Presence, Circle),
    ) -> Result<(), JobError> {
        let watchers = self.connections.watchers_of(user_id, Timestamp::now()).await?;
        let Audience { admitted, .. } = self.audience_among(watchers, user_id, shown_to).await?;
        self.enqueue_presence(admitted, user_id, presence).await
    }

    /// Notifies all watchers, after a change of the privacy setting.
    pub(crate) async fn notify_all_watchers(
        &self,
        user_id: UserId,
        (presence, shown_to): (Presence, Circle),
    ) -> Result<(), JobError> {
        let watchers = self.connections.watchers_of(user_id, Timestamp::now()).await?;
        let Audience { admitted, kept_out } = self.audience_among(watchers, user_id, shown_to).await?;
        self.enqueue_presence(admitted, user_id, presence).await?;
        self.enqueue_presence(kept_out, user_id, Presence { online: false, ..presence }).await
    }

    /// Notifies a new watcher if the presence, or what the watcher may see of it, has changed since the watch began. A
    /// job that stored the change then may not have found the watcher in the index, which is current by now.
    pub(crate) async fn notify_new_watcher(&self, watch: &WatchStarted) -> Result<&'static str, JobError> {
        let WatchStarted { user_id, chat_id, connection_id, last_seen, is_hidden } = watch;
        let (presence, shown_to) = self.users.presence(*user_id).await?.unwrap_or_default();
        let was_shown_to_all = !is_hidden && shown_to == Circle::Everyone;
        if presence.last_seen == *last_seen && (was_shown_to_all || (*is_hidden && shown_to == Circle::Nobody)) {
            return Ok("watcher is up to date");
        }
        let socket = self.connections.connection(connection_id).await?;
        if socket.and_then(|socket| socket.watched_chat_id) != Some(*chat_id) {
            return Ok("no longer watched");
        }
        let watcher = Watcher { connection_id: connection_id.clone(), chat_id: *chat_id };
        let Audience { admitted, kept_out } = self.audience_among(vec![watcher], *user_id, shown_to).await?;
        if !is_hidden {
            self.enqueue_presence(kept_out, *user_id, Presence { online: false, ..presence }).await?;
        }
        self.enqueue_presence(admitted, *user_id, presence).await?;
        Ok("watcher notified")
    }

    /// Leaves out watchers in chats with a block: a watch may be older than a block, or stored at the same moment.
    async fn audience_among(
        &self,
        watchers: Vec<Watcher>,
        user_id: UserId,
        shown_to: Circle,
    ) -> Result<Audience, JobError> {
        if watchers.is_empty() {
            return Ok(Audience { admitted: Vec::new(), kept_out: Vec::new() });
        }
        let chats: BTreeSet<_> = watchers.iter().map(|watcher| watcher.chat_id).collect();
        let chats: Vec<_> = chats.into_iter().collect();
        let blocked = self.chats.blocked_among(&chats).await?;
        let contacts = match shown_to {
            Circle::Contacts => {
                let chats: Vec<_> = chats.into_iter().map(|chat_id| (chat_id, user_id)).collect();
                self.chats.with_contacts(&chats).await?
            }
            Circle::Everyone | Circle::Nobody => BTreeSet::new(),
        };
        let watchers = watchers.into_iter().filter(|watcher| !blocked.contains(&watcher.chat_id));
        let (admitted, kept_out) = watchers.partition(|watcher| shown_to.admits(contacts.contains(&watcher.chat_id)));
        Ok(Audience { admitted, kept_out })
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
