//! Posting a frame: to each recipient in a time of their own, so that a socket that hangs holds up no other recipient.

use std::cmp::Reverse;
use std::pin::pin;
use std::sync::OnceLock;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use futures::future::join_all;
use paloma::domain::{ConnectionId, Timestamp, UserId};
use paloma::queue::{DeliveryJob, JobError};
use paloma::socket::Posted;
use paloma::store::Connection;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout, timeout_at};

use crate::{AT_ONCE, FanOut, Tally};

/// How many sockets of one recipient are posted to: the newest that live. One member with many must not slow a group.
const MOST_SOCKETS: usize = 20;

/// How long the posts to one recipient may take, from the first on.
const BUDGET: Duration = Duration::from_secs(2);

/// A post that takes longer goes on, but no longer counts as one of those that are made at once.
const PROMPT: Duration = Duration::from_millis(200);

/// A user to post to, or a single socket.
#[derive(Debug)]
pub(crate) struct Recipient {
    /// The user; absent when the job names sockets.
    pub person: Option<UserId>,
    sockets: Vec<Socket>,
}

#[derive(Debug)]
struct Socket {
    connection_id: ConnectionId,
    lives: bool,
}

/// The outcome of the posts to one user.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heard {
    /// The user; absent when the job names sockets.
    pub person: Option<UserId>,
    /// Whether a socket that lives took the frame.
    pub taken: bool,
    /// Whether the user seemed to have a socket that lives, and all have turned out to be dead.
    pub dead: bool,
}

/// The outcome of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Taken,
    Lost,
    /// No answer in time: the socket may have it or not.
    Slow,
}

impl Recipient {
    /// A user with sockets.
    pub fn of(person: UserId, mut connections: Vec<Connection>, now: Timestamp) -> Self {
        connections.sort_by_key(|connection| Reverse((connection.is_alive(now), connection.connected_at)));
        connections.truncate(MOST_SOCKETS);
        let socket = |connection: Connection| Socket {
            lives: connection.is_alive(now),
            connection_id: connection.connection_id,
        };
        Self { person: Some(person), sockets: connections.into_iter().map(socket).collect() }
    }

    /// A single socket.
    pub fn of_socket(connection_id: ConnectionId) -> Self {
        Self { person: None, sockets: vec![Socket { connection_id, lives: true }] }
    }

    /// Whether one of the sockets has given a sign of life of late.
    pub fn lives(&self) -> bool {
        self.sockets.iter().any(|socket| socket.lives)
    }
}

impl FanOut {
    /// Posts the event to every socket of these recipients, but to the one that it came from.
    pub(crate) async fn post_to_all(
        &self,
        job: &DeliveryJob,
        recipients: &[Recipient],
        tally: &Tally,
    ) -> Result<Vec<Heard>, JobError> {
        let frame = &serde_json::to_vec(&job.event).map_err(JobError::new)?;
        let slots = &Semaphore::new(AT_ONCE);
        let heard = recipients.iter().map(|recipient| self.post_to(job, recipient, frame, slots, tally));
        join_all(heard).await.into_iter().collect()
    }

    async fn post_to(
        &self,
        job: &DeliveryJob,
        recipient: &Recipient,
        frame: &[u8],
        slots: &Semaphore,
        tally: &Tally,
    ) -> Result<Heard, JobError> {
        let deadline = &OnceLock::new();
        let others = recipient.sockets.iter().filter(|socket| job.origin.as_ref() != Some(&socket.connection_id));
        let posts = join_all(others.map(async |socket| {
            // The slots are never closed.
            let slot = slots.acquire().await.map_err(JobError::new)?;
            let deadline = *deadline.get_or_init(|| Instant::now() + BUDGET);
            let mut post = pin!(self.sockets.post(&socket.connection_id, frame));
            let posted = match timeout(PROMPT, &mut post).await {
                Ok(posted) => Some(posted),
                Err(_) => {
                    drop(slot);
                    timeout_at(deadline, post).await.ok()
                }
            };
            Ok((socket, self.count(socket, posted, tally).await?))
        }));
        let posts: Vec<(&Socket, Outcome)> = posts.await.into_iter().collect::<Result<_, JobError>>()?;
        let any = |wanted: Outcome| posts.iter().any(|(socket, outcome)| socket.lives && *outcome == wanted);
        let taken = any(Outcome::Taken);
        Ok(Heard { person: recipient.person, taken, dead: recipient.lives() && !taken && !any(Outcome::Slow) })
    }

    /// Counts a post; forgets a socket that is gone.
    async fn count(&self, socket: &Socket, posted: Option<Posted>, tally: &Tally) -> Result<Outcome, JobError> {
        let (counter, outcome) = match posted {
            Some(Posted::Taken) => (&tally.posted, Outcome::Taken),
            Some(Posted::Refused) => (&tally.refused, Outcome::Lost),
            Some(Posted::Gone) => (&tally.stale, Outcome::Lost),
            None => (&tally.slow, Outcome::Slow),
        };
        if posted == Some(Posted::Gone) {
            self.connections.delete_gone(&socket.connection_id, Timestamp::now()).await?;
        }
        counter.fetch_add(1, Relaxed);
        Ok(outcome)
    }
}

#[cfg(test)]
mod tests {
    use paloma::domain::Session;

    use super::*;

    fn connection(number: u64, connected_at: u64, last_seen_at: u64) -> Connection {
        Connection {
            connection_id: ConnectionId::new(number.to_string()),
            session: Session::beginning_now(UserId::random()),
            connected_at: Timestamp::from_millis(connected_at),
            last_seen_at: Timestamp::from_millis(last_seen_at),
            next_check_at: Timestamp::from_millis(0),
            watched_chat_id: None,
        }
    }

    #[test]
    fn of_many_sockets_the_newest_that_live_are_posted_to() {
        let now = Timestamp::from_millis(100_000_000);
        let mut connections: Vec<_> =
            (0..150).map(|number| connection(number, 99_000_000 + number, 99_999_000)).collect();
        connections.push(connection(999, 99_999_999, 1));
        connections.rotate_left(70);
        let recipient = Recipient::of(UserId::random(), connections, now);
        let ids: Vec<_> = recipient.sockets.iter().map(|socket| socket.connection_id.as_str().to_owned()).collect();
        assert_eq!(ids, (130..150).rev().map(|number: u64| number.to_string()).collect::<Vec<_>>());
        assert!(recipient.lives());
        assert!(!Recipient::of(UserId::random(), vec![connection(1, 1, 1)], now).lives());
    }
}
