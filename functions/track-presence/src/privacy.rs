//! Changes of the privacy setting of presence.

use paloma::domain::UserId;
use paloma::queue::JobError;

use crate::TrackPresence;

/// Rounds after which the job fails and is retried. A round repeats if another job has written the user's presence.
const MAX_ROUNDS: usize = 8;

impl TrackPresence {
    /// Shows the presence to the watchers who may see it now. All others see the user as offline, since the time that
    /// they have seen last.
    ///
    /// Clients keep the presence with the later `lastSeen`. So it rises, by the least that it can.
    pub(crate) async fn show_anew(&self, user_id: UserId) -> Result<&'static str, JobError> {
        for _ in 0..MAX_ROUNDS {
            let Some((stored, shown_to)) = self.users.presence(user_id).await? else { return Ok("user unknown") };
            let Some(last_seen) = stored.last_seen else { return Ok("never online") };
            let Some(written) = self.users.write_presence(user_id, stored, stored.online, last_seen).await? else {
                continue;
            };
            self.notify_all_watchers(user_id, (written, shown_to)).await?;
            return Ok("privacy changed, watchers notified");
        }
        Err(JobError::new(format!("other jobs wrote the user's presence in each of {MAX_ROUNDS} rounds")))
    }
}
