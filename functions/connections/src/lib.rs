//! Stores WebSocket connections (`$connect`, `$disconnect`, `ping`), and answers unknown actions with a problem.
//!
//! track-presence decides which users are online. Each opened or closed connection enqueues a job for it.

use std::time::Duration;

use paloma::domain::Timestamp;
use paloma::edge::{Frame, Problem, Reply};
use paloma::queue::{ConnectionCheck, ConnectionClosed, PresenceJob, Queue, SETTLING};
use paloma::runtime::{Environment, MissingVariable};

/// The reason in the problem for an unknown action.
const ACTIONS: &str = "must be one of sendMessage, updateStatus, typing, watch, unwatch, ping";

/// Time limit for enqueueing a presence job: the frame waits for it.
const ENQUEUE_TIMEOUT: Duration = Duration::from_secs(2);

/// If a connection had no frame for this long before `$disconnect`, then API Gateway closed it, and not the client: API
/// Gateway closes connections that are idle for 10 minutes. Half a minute less, since the two clocks differ a little.
const IDLE: Duration = Duration::from_secs(9 * 60 + 30);

/// A connection check that is overdue by this much was lost.
const LOST: Duration = Duration::from_secs(60);

#[derive(Debug, Clone)]
pub struct Connections {
    connections: paloma::store::Connections,
    presence: Queue<PresenceJob>,
}

impl Connections {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self { connections: environment.connections()?, presence: environment.presence_jobs()? })
    }

    /// # Errors
    /// The problem for the client. A problem for `$connect` rejects the connection.
    pub async fn answer_frame(&self, frame: Frame) -> Result<Reply, Problem> {
        let now = Timestamp::now();
        match frame.route.as_str() {
            "$connect" => self.open(&frame, now).await,
            "$disconnect" => self.close(&frame, now).await,
            "ping" => self.renew(&frame, now).await,
            _ => Err(unknown_action(&frame)),
        }
    }

    async fn open(&self, frame: &Frame, now: Timestamp) -> Result<Reply, Problem> {
        let session = frame.session()?;
        if !self.connections.open(frame.connection.clone(), session, now).await? {
            return Err(Problem::unauthenticated("The account does not exist."));
        }
        let check = ConnectionCheck { user_id: session.user_id, connection_id: frame.connection.clone(), due: now };
        self.enqueue(Duration::ZERO, PresenceJob::ConnectionCheck(check)).await;
        Ok(Reply::silent())
    }

    /// Enqueues a presence job even if the row is gone: fan-out may have deleted it a moment ago. The user was last
    /// seen now if the client closed the connection, and at the connection's last frame if API Gateway closed it.
    async fn close(&self, frame: &Frame, now: Timestamp) -> Result<Reply, Problem> {
        let closed = self.connections.close(&frame.connection).await?;
        let idle = closed.as_ref().filter(|connection| connection.last_seen_at.plus(IDLE) <= now);
        let at = idle.map_or(now, |connection| connection.last_seen_at);
        if let Some(user_id) = closed.map(|connection| connection.session.user_id).or(frame.caller_if_known()) {
            self.enqueue(SETTLING, PresenceJob::ConnectionClosed(ConnectionClosed { user_id, at })).await;
        }
        Ok(Reply::silent())
    }

    /// Renews the connection, and enqueues its check again if the check is overdue by more than [`LOST`]. Also lists a
    /// connection that an earlier version stored, so that fan-out finds it.
    async fn renew(&self, frame: &Frame, now: Timestamp) -> Result<Reply, Problem> {
        let user_id = frame.session()?.user_id;
        let before =
            self.connections.record_activity(&frame.connection, now).await?.ok_or_else(Problem::socket_expired)?;
        if !before.is_listed {
            self.connections.list(&before).await?;
        }
        if before.next_check_at.plus(LOST) < now {
            let check = ConnectionCheck { user_id, connection_id: before.connection_id, due: before.next_check_at };
            self.enqueue(Duration::ZERO, PresenceJob::ConnectionCheck(check)).await;
        }
        Ok(frame.pong(now))
    }

    /// Enqueues a job for track-presence. If that fails, the frame succeeds all the same: messages matter more than
    /// presence. The next ping repairs a lost check, and the connection's next check repairs a lost close.
    async fn enqueue(&self, wait: Duration, job: PresenceJob) {
        let enqueue = self.presence.enqueue_after(wait, job.user_id(), &job);
        let cause = match tokio::time::timeout(ENQUEUE_TIMEOUT, enqueue).await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            Err(late) => late.to_string(),
        };
        tracing::warn!(stage = "connections", outcome = "presence job not enqueued", userId = %job.user_id(), cause);
    }
}

fn unknown_action(frame: &Frame) -> Problem {
    match frame.action() {
        Ok(Some(action)) => {
            let action: String = action.chars().take(40).collect();
            Problem::field("action", format!("{ACTIONS}, but is {action:?}"))
        }
        Ok(None) => Problem::field("action", ACTIONS),
        Err(problem) => problem,
    }
}
