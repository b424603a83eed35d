//! The sockets, and those who watch them come and go.

use paloma::domain::{Presence, Timestamp, UserId};
use paloma::queue::DeliveryJob;

use crate::{EraseAccount, Erasure, Failure};

impl EraseAccount {
    /// Closes their sockets, and forgets each once it is closed.
    pub(crate) async fn close_connections(&self, mut erasure: Erasure) -> Result<Erasure, Failure> {
        let erased_at = self.erased_at(&erasure).await?;
        for socket in self.connections.of_user(erasure.user_id, Timestamp::now()).await? {
            self.sockets.close(&socket.connection_id).await?;
            self.connections.close(&socket.connection_id).await?;
            erasure.removed.connections += 1;
        }
        self.tell_watchers(erasure.user_id, erased_at).await?;
        Ok(erasure)
    }

    /// Tells those who have them before them that they have gone. It is not theirs to be tracked any more.
    async fn tell_watchers(&self, user_id: UserId, erased_at: Timestamp) -> Result<(), Failure> {
        let now = Timestamp::now();
        let watchers = self.connections.watchers_of(user_id, now).await?;
        let presence = Presence { online: false, last_seen: Some(erased_at) };
        for (chat_id, job) in DeliveryJob::of_presence(watchers, user_id, presence, now) {
            self.deliveries.enqueue(chat_id, &job).await?;
        }
        Ok(())
    }
}
