//! Checks whether a user has gone offline.

use paloma::domain::{Timestamp, UserId};
use paloma::queue::{ConnectionClosed, JobError, PresenceJob, SETTLING};

use crate::TrackPresence;

impl TrackPresence {
    /// Checks whether a user with a closed or silent socket still has a live one. `last_activity` is the time of that
    /// socket's last activity, if it is known. With `must_notify`, an earlier job may have stored a change and died
    /// before it notified the watchers.
    pub(crate) async fn check_offline(
        &self,
        user_id: UserId,
        last_activity: Option<Timestamp>,
        must_notify: bool,
    ) -> Result<&'static str, JobError> {
        let now = Timestamp::now();
        let Some(stored) = self.users.presence(user_id).await? else { return Ok("user unknown") };
        if must_notify {
            self.notify_watchers(user_id, stored).await?;
        }
        if !stored.online {
            return Ok("already offline");
        }
        let last_activity = last_activity.or(stored.last_seen).unwrap_or(now);
        let sockets = self.connections.of_user(user_id, now).await?;
        if sockets.iter().any(|socket| socket.is_alive(now)) {
            // Closing a socket is activity too, and may be the user's last: the other sockets may be dead.
            if stored.last_seen < Some(last_activity)
                && let Some(written) = self.users.write_presence(user_id, stored, true, last_activity).await?
                && written.is_visible_change_from(stored, now)
            {
                self.notify_watchers(user_id, written).await?;
                return Ok("online, watchers notified");
            }
            return Ok("still online");
        }
        // Recent activity may come from a new socket that the index does not show yet.
        let is_recent = stored.last_seen.is_some_and(|seen| seen.plus(SETTLING) > now);
        if !is_recent && let Some(written) = self.users.write_presence(user_id, stored, false, last_activity).await? {
            self.notify_watchers(user_id, written).await?;
            return Ok("offline");
        }
        let again = PresenceJob::ConnectionClosed(ConnectionClosed { user_id, at: last_activity });
        self.presence.enqueue_after(SETTLING, user_id, &again).await?;
        Ok("check re-enqueued")
    }
}
