//! Finding out whether somebody has gone.

use paloma::domain::{Timestamp, UserId};
use paloma::queue::{ConnectionClosed, JobError, PresenceJob, SETTLING};

use crate::TrackPresence;

impl TrackPresence {
    /// Looks whether somebody of whom a socket has ended is still there on another. `sign` is the last sign of life of
    /// the one that has ended, if it is known; with `to_tell`, an earlier change may not have been told.
    pub(crate) async fn leave(
        &self,
        user_id: UserId,
        sign: Option<Timestamp>,
        to_tell: bool,
    ) -> Result<&'static str, JobError> {
        let now = Timestamp::now();
        let Some(noted) = self.users.presence(user_id).await? else { return Ok("unknown") };
        if to_tell {
            self.tell(user_id, noted).await?;
        }
        if !noted.online {
            return Ok("offline already");
        }
        let sign = sign.or(noted.last_seen).unwrap_or(now);
        let sockets = self.connections.of_user(user_id, now).await?;
        if sockets.iter().any(|socket| socket.is_alive(now)) {
            // A goodbye is a sign of life too, and may turn out to have been the last: the others may be dead.
            if noted.last_seen < Some(sign)
                && let Some(written) = self.users.write_presence(user_id, noted, true, sign).await?
                && written.is_visible_change_from(noted, now)
            {
                self.tell(user_id, written).await?;
                return Ok("online, and told");
            }
            return Ok("still online");
        }
        // Who has been heard of just now may be on a socket that the index does not show yet.
        let is_fresh = noted.last_seen.is_some_and(|seen| seen.plus(SETTLING) > now);
        if !is_fresh && let Some(gone) = self.users.write_presence(user_id, noted, false, sign).await? {
            self.tell(user_id, gone).await?;
            return Ok("offline");
        }
        self.presence
            .enqueue_after(SETTLING, user_id, &PresenceJob::ConnectionClosed(ConnectionClosed { user_id, at: sign }))
            .await?;
        Ok("asked again")
    }
}
