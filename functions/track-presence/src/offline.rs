//! Checks whether a user has gone offline.

use paloma::domain::{Circle, Presence, Timestamp, UserId};
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
        let Some((stored, shown_to)) = self.users.presence(user_id).await? else { return Ok("user unknown") };
        if must_notify {
            self.notify_watchers(user_id, (stored, shown_to)).await?;
        }
        if !stored.online {
            return Ok("already offline");
        }
        let last_activity = last_activity.or(stored.last_seen).unwrap_or(now);
        let sockets = self.connections.of_user(user_id, now).await?;
        if sockets.iter().any(|socket| socket.is_alive(now)) {
            if let Some(outcome) = self.stay_online(user_id, (stored, shown_to), last_activity, now).await? {
                return Ok(outcome);
            }
        } else if stored.last_seen.is_none_or(|seen| seen.plus(SETTLING) <= now)
            && let Some(written) = self.users.write_presence(user_id, stored, false, last_activity).await?
        {
            self.notify_watchers(user_id, (written, shown_to)).await?;
            return Ok("offline");
        }
        // Another job has written the presence, or recent activity may come from a new socket that the index does not
        // show yet.
        let again = PresenceJob::ConnectionClosed(ConnectionClosed { user_id, at: last_activity });
        self.presence.enqueue_after(SETTLING, user_id, &again).await?;
        Ok("check re-enqueued")
    }

    /// Stores the closed socket's activity: it may be the user's last, if the other sockets are dead. `None` if another
    /// job has written the presence meanwhile.
    async fn stay_online(
        &self,
        user_id: UserId,
        (stored, shown_to): (Presence, Circle),
        last_activity: Timestamp,
        now: Timestamp,
    ) -> Result<Option<&'static str>, JobError> {
        if stored.last_seen >= Some(last_activity) {
            return Ok(Some("still online"));
        }
        let Some(written) = self.users.write_presence(user_id, stored, true, last_activity).await? else {
            return Ok(None);
        };
        if !written.is_visible_change_from(stored, now) {
            return Ok(Some("still online"));
        }
        self.notify_watchers(user_id, (written, shown_to)).await?;
        Ok(Some("online, watchers notified"))
    }
}
