//! Checks whether a socket is alive. If it is, its owner is online, and the next check is enqueued.

use std::time::Duration;

use paloma::domain::{Circle, LIVENESS_TIMEOUT, Presence, Timestamp};
use paloma::queue::{ConnectionCheck, JobError, PresenceJob};
use paloma::store::Connection;

use crate::TrackPresence;

/// Rounds after which a check fails and is retried. A round repeats if another job has written the user's presence.
const MAX_ROUNDS: usize = 8;

impl TrackPresence {
    /// Repeats until the stored presence agrees with the socket. A retry notifies the watchers again, since the try
    /// before may have died before it did.
    pub(crate) async fn check_connection(
        &self,
        check: &ConnectionCheck,
        is_retry: bool,
    ) -> Result<&'static str, JobError> {
        let mut must_notify = is_retry;
        for round in 0..MAX_ROUNDS {
            let now = Timestamp::now();
            let Some(socket) = self.connections.connection(&check.connection_id).await? else {
                return self.check_offline(check.user_id, None, must_notify).await;
            };
            if round == 0 {
                self.tidy_sockets(&socket, now).await?;
            }
            if !socket.is_alive(now) {
                let outcome = self.check_offline(check.user_id, Some(socket.last_seen_at), must_notify).await?;
                // The row is deleted last: after a crash, the retry finds in it how long the socket has been silent.
                if self.connections.delete_silent(&check.connection_id, socket.last_seen_at).await? {
                    return Ok(outcome);
                }
                continue;
            }
            let Some((stored, shown_to)) = self.users.presence(check.user_id).await? else {
                // The user has a token and a socket, but has not called the API yet.
                self.enqueue_next_check(check, &socket, is_retry).await?;
                return Ok("user unknown");
            };
            if stored.online && stored.last_seen >= Some(socket.last_seen_at) {
                return self.confirm_online(check, &socket, (stored, shown_to), must_notify, is_retry).await;
            }
            // Also stored for a user who is online already: a job that finds no live socket at this moment then sees
            // that there is one.
            let written = self.users.write_presence(check.user_id, stored, true, socket.last_seen_at).await?;
            // A user who is stored as online and has been silent too long was shown as offline: the checks that would
            // have stored it have failed.
            must_notify |= written.is_some_and(|written| written.is_visible_change_from(stored, now));
            // The next round begins with the socket's row: the socket may have closed before this write.
        }
        Err(JobError::new(format!("other jobs wrote the user's presence in each of {MAX_ROUNDS} rounds")))
    }

    async fn confirm_online(
        &self,
        check: &ConnectionCheck,
        socket: &Connection,
        (stored, shown_to): (Presence, Circle),
        must_notify: bool,
        is_retry: bool,
    ) -> Result<&'static str, JobError> {
        if must_notify {
            self.notify_watchers(check.user_id, (stored, shown_to)).await?;
        }
        self.enqueue_next_check(check, socket, is_retry).await?;
        Ok(if must_notify { "online, watchers notified" } else { "online" })
    }

    /// Enqueues the next check, due when the socket would have been silent too long. Only one job continues from each
    /// check, however often the check runs, so each socket has one chain of checks.
    async fn enqueue_next_check(
        &self,
        check: &ConnectionCheck,
        socket: &Connection,
        is_retry: bool,
    ) -> Result<(), JobError> {
        let next = socket.last_seen_at.plus(LIVENESS_TIMEOUT);
        let due = if self.connections.claim_check(&check.connection_id, check.due, next).await? {
            next
        } else if is_retry {
            // The try before may have died between that write and this enqueue.
            socket.next_check_at
        } else {
            return Ok(());
        };
        // SQS delays by whole seconds, and the check must not run early.
        let wait = Duration::from_millis(Timestamp::now().millis_until(due)) + Duration::from_secs(1);
        let job = PresenceJob::ConnectionCheck(ConnectionCheck { due, ..check.clone() });
        Ok(self.presence.enqueue_after(wait, check.user_id, &job).await?)
    }
}
