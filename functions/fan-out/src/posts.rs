//! Posts a frame to sockets. Each recipient has a time limit of its own, so a socket that hangs delays no other
//! recipient.

use std::cmp::Reverse;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use paloma::domain::{ConnectionId, Timestamp, UserId};
use paloma::queue::{DeliveryJob, JobError};
use paloma::socket::{FrameOutcome, Sockets};
use paloma::store::{Connection, Connections};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout, timeout_at};

/// Posts that run at once in one job.
const AT_ONCE: usize = 32;

/// Sockets per recipient that get the frame: the newest live ones. A member with many sockets must not delay a group.
const MAX_SOCKETS: usize = 20;

/// Time limit for the posts to one recipient, from the first one on.
const RECIPIENT_TIME: Duration = Duration::from_secs(2);

/// After this time, a post frees its slot for the next post, and continues.
const SLOT_TIME: Duration = Duration::from_millis(200);

#[derive(Debug, Clone)]
pub(crate) struct Poster {
    pub sockets: Sockets,
    pub connections: Connections,
}

/// A user with connections, or a single connection.
#[derive(Debug)]
pub(crate) struct Recipient {
    /// Absent if the job names connections.
    pub user_id: Option<UserId>,
    sockets: Vec<Socket>,
}

#[derive(Debug)]
struct Socket {
    connection_id: ConnectionId,
    is_alive: bool,
}

/// The outcome of all posts to one recipient.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RecipientOutcome {
    /// Absent if the job names connections.
    pub user_id: Option<UserId>,
    /// A live socket accepted the frame.
    pub accepted: bool,
    /// The recipient seemed to have live sockets, and none of them can have the frame.
    pub all_dead: bool,
}

/// The outcome of one post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SocketOutcome {
    Accepted,
    NotPosted,
    /// No answer in time: the socket may have the frame or not.
    TimedOut,
}

/// The posts of one job by outcome.
#[derive(Debug, Default)]
pub(crate) struct PostCounts {
    pub posted: AtomicU64,
    /// The connection was gone.
    pub stale: AtomicU64,
    pub rejected: AtomicU64,
    /// No answer within [`RECIPIENT_TIME`].
    pub slow: AtomicU64,
    /// The sockets that may accept the frame later.
    unavailable: Mutex<Vec<ConnectionId>>,
}

impl PostCounts {
    /// The sockets that the gateway could not post to now. They get a job of their own: if a chat's last message is
    /// missing, no gap in `seq` tells the client.
    pub fn unavailable(&self) -> Vec<ConnectionId> {
        self.unavailable.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Recipient {
    pub fn of_user(user_id: UserId, mut connections: Vec<Connection>, now: Timestamp) -> Self {
        connections.sort_by_key(|connection| Reverse((connection.is_alive(now), connection.connected_at)));
        connections.truncate(MAX_SOCKETS);
        let socket = |connection: Connection| Socket {
            is_alive: connection.is_alive(now),
            connection_id: connection.connection_id,
        };
        Self { user_id: Some(user_id), sockets: connections.into_iter().map(socket).collect() }
    }

    pub fn of_connection(connection_id: ConnectionId) -> Self {
        Self { user_id: None, sockets: vec![Socket { connection_id, is_alive: true }] }
    }

    /// Whether one of the sockets has sent a frame recently.
    pub fn is_alive(&self) -> bool {
        self.sockets.iter().any(|socket| socket.is_alive)
    }
}

impl Poster {
    /// Posts the event to each socket of these recipients, except the socket that caused the event.
    pub async fn post(
        &self,
        job: &DeliveryJob,
        recipients: &[Recipient],
        counts: &PostCounts,
    ) -> Result<Vec<RecipientOutcome>, JobError> {
        let frame = &serde_json::to_vec(&job.event).map_err(JobError::new)?;
        let own =
            job.reader.map(|_| serde_json::to_vec(&job.event_for(job.reader))).transpose().map_err(JobError::new)?;
        let frame_for = |recipient: &Recipient| match &own {
            Some(own) if recipient.user_id == job.reader => own,
            _ => frame,
        };
        let slots = &Semaphore::new(AT_ONCE);
        let posts = recipients.iter().map(|recipient| {
            let frame = frame_for(recipient);
            self.post_to(job, recipient, frame, slots, counts)
        });
        join_all(posts).await.into_iter().collect()
    }

    async fn post_to(
        &self,
        job: &DeliveryJob,
        recipient: &Recipient,
        frame: &[u8],
        slots: &Semaphore,
        counts: &PostCounts,
    ) -> Result<RecipientOutcome, JobError> {
        let deadline = &OnceLock::new();
        let sockets = recipient.sockets.iter().filter(|socket| job.origin.as_ref() != Some(&socket.connection_id));
        let posts = join_all(sockets.map(async |socket| {
            // The semaphore is never closed.
            let slot = slots.acquire().await.map_err(JobError::new)?;
            let deadline = *deadline.get_or_init(|| Instant::now() + RECIPIENT_TIME);
            let mut post = pin!(self.sockets.post(&socket.connection_id, frame));
            let posted = match timeout(SLOT_TIME, &mut post).await {
                Ok(posted) => Some(posted),
                Err(_) => {
                    drop(slot);
                    timeout_at(deadline, post).await.ok()
                }
            };
            Ok((socket, self.count(socket, posted, counts).await?))
        }));
        let posts: Vec<(&Socket, SocketOutcome)> = posts.await.into_iter().collect::<Result<_, JobError>>()?;
        let any = |wanted: SocketOutcome| posts.iter().any(|(socket, outcome)| socket.is_alive && *outcome == wanted);
        let accepted = any(SocketOutcome::Accepted);
        let all_dead = recipient.is_alive() && !accepted && !any(SocketOutcome::TimedOut);
        Ok(RecipientOutcome { user_id: recipient.user_id, accepted, all_dead })
    }

    /// Counts a post, and deletes the row of a connection that is gone.
    async fn count(
        &self,
        socket: &Socket,
        posted: Option<FrameOutcome>,
        counts: &PostCounts,
    ) -> Result<SocketOutcome, JobError> {
        let (counter, outcome) = match posted {
            Some(FrameOutcome::Accepted) => (&counts.posted, SocketOutcome::Accepted),
            Some(FrameOutcome::Rejected | FrameOutcome::Unavailable) => (&counts.rejected, SocketOutcome::NotPosted),
            Some(FrameOutcome::Gone) => (&counts.stale, SocketOutcome::NotPosted),
            None => (&counts.slow, SocketOutcome::TimedOut),
        };
        if posted == Some(FrameOutcome::Gone) {
            self.connections.delete_gone(&socket.connection_id, Timestamp::now()).await?;
        }
        if matches!(posted, None | Some(FrameOutcome::Unavailable)) {
            let mut unavailable = counts.unavailable.lock().unwrap_or_else(PoisonError::into_inner);
            unavailable.push(socket.connection_id.clone());
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
    fn a_recipient_with_many_sockets_gets_the_frame_on_the_newest_live_ones() {
        let now = Timestamp::from_millis(100_000_000);
        let mut connections: Vec<_> =
            (0..150).map(|number| connection(number, 99_000_000 + number, 99_999_000)).collect();
        connections.push(connection(999, 99_999_999, 1));
        connections.rotate_left(70);
        let recipient = Recipient::of_user(UserId::random(), connections, now);
        let ids: Vec<_> = recipient.sockets.iter().map(|socket| socket.connection_id.as_str().to_owned()).collect();
        assert_eq!(ids, (130..150).rev().map(|number: u64| number.to_string()).collect::<Vec<_>>());
        assert!(recipient.is_alive());
        assert!(!Recipient::of_user(UserId::random(), vec![connection(1, 1, 1)], now).is_alive());
    }
}
