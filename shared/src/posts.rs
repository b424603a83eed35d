//! Posting an event to the sockets of its recipients. Each recipient has a time limit of its own, so a socket that
//! hangs delays no other recipient.

use std::cmp::Reverse;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use crate::domain::{ConnectionId, Event, Status, StatusEvent, Timestamp, UserId};
use crate::queue::{DeliveryJob, JobError};
use crate::socket::{FrameOutcome, Sockets};
use crate::store::{Connections, ListedSocket, Reach};

/// Posts that run at once in one job.
const AT_ONCE: usize = 32;

/// Sockets per recipient that get the frame: the newest ones. A member with many sockets must not delay a group.
const MAX_SOCKETS: usize = 20;

/// After this time, a post frees its slot for the next post, and continues.
const SLOT_TIME: Duration = Duration::from_millis(200);

/// Posts to sockets, and deletes the rows of those that are gone.
#[derive(Debug, Clone)]
pub struct Poster {
    /// The sockets of this deployment.
    pub sockets: Sockets,
    /// Their rows.
    pub connections: Connections,
    /// Time limit for the posts to one recipient, from the first one on.
    pub recipient_time: Duration,
}

/// The posts of one job: they share the frame, the slots and the counts.
#[derive(Debug)]
pub struct Posting<'a> {
    job: &'a DeliveryJob,
    frame: Vec<u8>,
    /// For recipients who see no read receipts of others: a `read` of another user as `delivered`.
    frame_without_reading: Option<Vec<u8>>,
    slots: Semaphore,
    counts: &'a PostCounts,
}

/// A user with sockets, or a single socket.
#[derive(Debug)]
pub struct Recipient {
    /// Absent if the job names connections.
    pub user_id: Option<UserId>,
    /// `false` if the job names connections.
    pub may_have_phone: bool,
    sees_reading: bool,
    sockets: Vec<Socket>,
}

#[derive(Debug)]
struct Socket {
    connection_id: ConnectionId,
    /// As the account of the user lists it. Absent if the job names connections.
    listed: Option<(UserId, ListedSocket)>,
}

/// The outcome of all posts to one recipient.
#[derive(Debug, Clone, Copy)]
pub struct RecipientOutcome {
    /// Absent if the job names connections.
    pub user_id: Option<UserId>,
    /// A socket accepted the frame.
    pub accepted: bool,
    /// The recipient may have a phone, seemed to have open sockets, and none of them can have the frame.
    pub needs_push_now: bool,
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
pub struct PostCounts {
    /// The gateway accepted the frame.
    pub posted: AtomicU64,
    /// The connection was gone.
    pub stale: AtomicU64,
    /// The gateway did not accept the frame.
    pub rejected: AtomicU64,
    /// No answer within the time limit.
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

impl<'a> Posting<'a> {
    /// The posts of a job.
    ///
    /// # Errors
    /// If the event cannot be written as JSON.
    pub fn of(job: &'a DeliveryJob, counts: &'a PostCounts) -> Result<Self, JobError> {
        let frame = serde_json::to_vec(&job.event).map_err(JobError::new)?;
        let without_reading = without_reading(&job.event).map(|event| serde_json::to_vec(&event));
        let frame_without_reading = without_reading.transpose().map_err(JobError::new)?;
        Ok(Self { job, frame, frame_without_reading, slots: Semaphore::new(AT_ONCE), counts })
    }

    fn frame_for(&self, recipient: &Recipient) -> &[u8] {
        let own = matches!(&self.job.event, Event::Status(event)
            if !event.everyone && recipient.user_id == Some(event.user_id));
        match &self.frame_without_reading {
            Some(frame) if !recipient.sees_reading && !own => frame,
            _ => &self.frame,
        }
    }
}

impl Recipient {
    /// A user, on the newest sockets.
    pub fn of_user(reach: Reach) -> Self {
        let Reach { user_id, mut sockets, may_have_phone, sees_reading } = reach;
        sockets.sort_by_key(|socket| Reverse(socket.connected_at));
        sockets.truncate(MAX_SOCKETS);
        let socket = |listed: ListedSocket| Socket {
            connection_id: listed.connection_id.clone(),
            listed: Some((user_id, listed)),
        };
        let sockets = sockets.into_iter().map(socket).collect();
        Self { user_id: Some(user_id), may_have_phone, sees_reading, sockets }
    }

    /// A single socket, with an unknown user.
    pub fn of_connection(connection_id: ConnectionId) -> Self {
        let sockets = vec![Socket { connection_id, listed: None }];
        Self { user_id: None, may_have_phone: false, sees_reading: true, sockets }
    }

    /// The number of sockets that seem to be open.
    pub fn sockets(&self) -> usize {
        self.sockets.len()
    }
}

impl Poster {
    /// Posts the event to each socket of these recipients, except the socket that caused the event.
    ///
    /// # Errors
    /// If the row of a socket that is gone cannot be deleted.
    pub async fn post(
        &self,
        posting: &Posting<'_>,
        recipients: &[Recipient],
    ) -> Result<Vec<RecipientOutcome>, JobError> {
        let posts = recipients.iter().map(|recipient| self.post_to(posting, recipient));
        join_all(posts).await.into_iter().collect()
    }

    async fn post_to(&self, posting: &Posting<'_>, recipient: &Recipient) -> Result<RecipientOutcome, JobError> {
        let deadline = &OnceLock::new();
        let (origin, frame) = (posting.job.origin.as_ref(), posting.frame_for(recipient));
        // The job for the rest would post the frame as it is.
        let may_post_later = frame == posting.frame;
        let sockets = recipient.sockets.iter().filter(|socket| origin != Some(&socket.connection_id));
        let posts = join_all(sockets.map(async |socket| {
            // The semaphore is never closed.
            let slot = posting.slots.acquire().await.map_err(JobError::new)?;
            let deadline = *deadline.get_or_init(|| Instant::now() + self.recipient_time);
            let mut post = pin!(self.sockets.post(&socket.connection_id, frame));
            let posted = match timeout_at(deadline.min(Instant::now() + SLOT_TIME), &mut post).await {
                Ok(posted) => Some(posted),
                Err(_) => {
                    drop(slot);
                    timeout_at(deadline, post).await.ok()
                }
            };
            self.count(socket, posted, (posting.counts, may_post_later)).await
        }));
        let posts: Vec<SocketOutcome> = posts.await.into_iter().collect::<Result<_, JobError>>()?;
        let may_have_frame = |outcome: &SocketOutcome| *outcome != SocketOutcome::NotPosted;
        Ok(RecipientOutcome {
            user_id: recipient.user_id,
            accepted: posts.contains(&SocketOutcome::Accepted),
            needs_push_now: recipient.may_have_phone && recipient.sockets() > 0 && !posts.iter().any(may_have_frame),
        })
    }

    /// Counts a post, and deletes the row of a connection that is gone.
    async fn count(
        &self,
        socket: &Socket,
        posted: Option<FrameOutcome>,
        (counts, may_post_later): (&PostCounts, bool),
    ) -> Result<SocketOutcome, JobError> {
        let (counter, outcome) = match posted {
            Some(FrameOutcome::Accepted) => (&counts.posted, SocketOutcome::Accepted),
            Some(FrameOutcome::Rejected | FrameOutcome::Unavailable) => (&counts.rejected, SocketOutcome::NotPosted),
            Some(FrameOutcome::Gone) => (&counts.stale, SocketOutcome::NotPosted),
            None => (&counts.slow, SocketOutcome::TimedOut),
        };
        if posted == Some(FrameOutcome::Gone) {
            let listed = socket.listed.as_ref().map(|(user_id, listed)| (*user_id, listed));
            self.connections.delete_gone(&socket.connection_id, listed, Timestamp::now()).await?;
        }
        if may_post_later && matches!(posted, None | Some(FrameOutcome::Unavailable)) {
            let mut unavailable = counts.unavailable.lock().unwrap_or_else(PoisonError::into_inner);
            unavailable.push(socket.connection_id.clone());
        }
        counter.fetch_add(1, Relaxed);
        Ok(outcome)
    }
}

/// A `read` as `delivered`; `None` for other events.
fn without_reading(event: &Event) -> Option<Event> {
    match event {
        Event::Status(event) if event.status == Status::Read => {
            Some(Event::Status(StatusEvent { status: Status::Delivered, ..event.clone() }))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recipient_with_many_sockets_gets_the_frame_on_the_newest() {
        let mut sockets: Vec<_> = (0..150)
            .map(|number: u64| ListedSocket {
                connection_id: ConnectionId::new(number.to_string()),
                connected_at: Timestamp::from_millis(99_000_000 + number),
            })
            .collect();
        sockets.rotate_left(70);
        let recipient =
            Recipient::of_user(Reach { user_id: UserId::random(), sockets, may_have_phone: false, sees_reading: true });
        let ids: Vec<_> = recipient.sockets.iter().map(|socket| socket.connection_id.as_str().to_owned()).collect();
        assert_eq!(ids, (130..150).rev().map(|number: u64| number.to_string()).collect::<Vec<_>>());
    }
}
