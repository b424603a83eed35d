//! Looking whether a socket lives: then its owner is online, and it is looked at again.

use std::time::Duration;

use paloma::domain::{LIVENESS_TIMEOUT, Timestamp};
use paloma::queue::{ConnectionCheck, JobError, PresenceJob};
use paloma::store::Connection;

use crate::TrackPresence;

/// How often a look begins anew because something was written meanwhile, before the job is given back.
const MOST_ROUNDS: usize = 8;

impl TrackPresence {
    /// Looks at a socket until what is written down agrees with it.
    pub(crate) async fn look(&self, look: &ConnectionCheck, again: bool) -> Result<&'static str, JobError> {
        let mut to_tell = again;
        for round in 0..MOST_ROUNDS {
            let now = Timestamp::now();
            let Some(socket) = self.connections.connection(&look.connection_id).await? else {
                return self.leave(look.user_id, None, to_tell).await;
            };
            // The first look comes when the socket has opened.
            if round == 0 && socket.connected_at == look.due {
                self.make_room(look.user_id, now).await?;
            }
            if !socket.is_alive(now) {
                let outcome = self.leave(look.user_id, Some(socket.last_seen_at), to_tell).await?;
                // Forgotten last: a job that dies before finds it again, and how long it has been silent.
                if self.connections.delete_silent(&look.connection_id, socket.last_seen_at).await? {
                    return Ok(outcome);
                }
                continue;
            }
            let Some(noted) = self.users.presence(look.user_id).await? else {
                // They have a token and a socket, and have never logged in here. They may yet.
                self.look_again(look, &socket, again).await?;
                return Ok("unknown");
            };
            if noted.online && noted.last_seen >= Some(socket.last_seen_at) {
                if to_tell {
                    self.tell(look.user_id, noted).await?;
                }
                self.look_again(look, &socket, again).await?;
                return Ok(if to_tell { "online, and told" } else { "online" });
            }
            // The sign of life of who is online already is noted too: whoever is just finding that nobody is left sees
            // by it that somebody is.
            let written = self.users.write_presence(look.user_id, noted, true, socket.last_seen_at).await?;
            // Who is written down as online, and has not been heard of for too long, was shown as offline: the looks
            // that would have noticed have failed.
            to_tell |= written.is_some_and(|written| written.is_visible_change_from(noted, now));
            // Once more from the start: the socket may have closed meanwhile, and its goodbye been heard before this.
        }
        Err(JobError::new("others kept writing whether somebody is online"))
    }

    /// Enqueues the look that follows on this one: when the socket would have been silent for too long. It goes on
    /// once, however often this look comes, and so there is one chain of them for each socket.
    async fn look_again(&self, look: &ConnectionCheck, socket: &Connection, again: bool) -> Result<(), JobError> {
        let next = socket.last_seen_at.plus(LIVENESS_TIMEOUT);
        let due = if self.connections.claim_check(&look.connection_id, look.due, next).await? {
            next
        } else if again {
            // The try before may have died between taking the look and enqueuing the next.
            socket.next_check_at
        } else {
            return Ok(());
        };
        // SQS counts in whole seconds: rather late than too early.
        let wait = Duration::from_millis(Timestamp::now().millis_until(due)) + Duration::from_secs(1);
        let job = PresenceJob::ConnectionCheck(ConnectionCheck { due, ..look.clone() });
        Ok(self.presence.enqueue_after(wait, look.user_id, &job).await?)
    }
}
