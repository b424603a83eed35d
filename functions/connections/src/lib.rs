//! Remembers sockets: `$connect`, `$disconnect`, `ping`; and answers frames that nobody understands.
//!
//! What that means for who is online is track-presence's to find out: it is told when a socket opens or closes.

use std::time::Duration;

use paloma::domain::Timestamp;
use paloma::edge::{Frame, Problem, Reply};
use paloma::queue::{ConnectionCheck, ConnectionClosed, PresenceJob, Queue, SETTLING};
use paloma::runtime::{Environment, MissingVariable};

/// What a client may send, for those who sent something else.
const ACTIONS: &str = "must be one of sendMessage, updateStatus, typing, watch, unwatch, ping";

/// How long a socket waits for the presence queue to take a job.
const PATIENCE: Duration = Duration::from_secs(2);

/// A socket that has given no sign of life for so long when it closes was closed by the gateway, which does so after
/// 10 minutes of silence and runs `$disconnect` then, too. Half a minute less, since the two do not count alike.
const IDLE: Duration = Duration::from_secs(9 * 60 + 30);

/// A look that is overdue by so much was lost.
const LOST: Duration = Duration::from_secs(60);

/// What connections works with.
#[derive(Debug, Clone)]
pub struct Connections {
    connections: paloma::store::Connections,
    presence: Queue<PresenceJob>,
}

impl Connections {
    /// Takes what it works with from the environment.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self { connections: environment.connections()?, presence: environment.presence_jobs()? })
    }

    /// Answers a frame, or the opening or closing of a socket.
    ///
    /// # Errors
    /// What the client is told instead; to `$connect` that is a refusal.
    pub async fn answer_frame(&self, frame: Frame) -> Result<Reply, Problem> {
        let now = Timestamp::now();
        match frame.route.as_str() {
            "$connect" => self.open(&frame, now).await,
            "$disconnect" => self.close(&frame, now).await,
            "ping" => self.renew(&frame, now).await,
            _ => Err(not_understood(&frame)),
        }
    }

    async fn open(&self, frame: &Frame, now: Timestamp) -> Result<Reply, Problem> {
        let session = frame.session()?;
        self.connections.open(frame.connection.clone(), session, now).await?;
        let look = ConnectionCheck { user_id: session.user_id, connection_id: frame.connection.clone(), due: now };
        self.enqueue(Duration::ZERO, PresenceJob::ConnectionCheck(look)).await;
        Ok(Reply::silent())
    }

    /// The goodbye counts whether the socket is still remembered or not: fan-out may have found it gone just before.
    /// It is a sign of life, unless it is the gateway that says it: then the last one is what the row knows.
    async fn close(&self, frame: &Frame, now: Timestamp) -> Result<Reply, Problem> {
        let closed = self.connections.close(&frame.connection).await?;
        let idle = closed.as_ref().filter(|socket| socket.last_seen_at.plus(IDLE) <= now);
        let at = idle.map_or(now, |socket| socket.last_seen_at);
        if let Some(user_id) = closed.map(|socket| socket.session.user_id).or(frame.caller_if_known()) {
            self.enqueue(SETTLING, PresenceJob::ConnectionClosed(ConnectionClosed { user_id, at })).await;
        }
        Ok(Reply::silent())
    }

    /// A socket that pings while its look is long overdue has lost it, and gets it again.
    async fn renew(&self, frame: &Frame, now: Timestamp) -> Result<Reply, Problem> {
        let user_id = frame.session()?.user_id;
        let before =
            self.connections.record_activity(&frame.connection, now).await?.ok_or_else(Problem::socket_forgotten)?;
        if before.next_check_at.plus(LOST) < now {
            let look = ConnectionCheck { user_id, connection_id: before.connection_id, due: before.next_check_at };
            self.enqueue(Duration::ZERO, PresenceJob::ConnectionCheck(look)).await;
        }
        Ok(frame.pong(now))
    }

    /// Tells track-presence. Where the queue does not take it the socket opens all the same: who opens it wants their
    /// messages, and would rather look absent for a while than be without them. The next ping makes up for a look
    /// that was lost, the socket's next look for a goodbye.
    async fn enqueue(&self, wait: Duration, job: PresenceJob) {
        let enqueue = self.presence.enqueue_after(wait, job.user_id(), &job);
        let cause = match tokio::time::timeout(PATIENCE, enqueue).await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            Err(late) => late.to_string(),
        };
        tracing::warn!(stage = "connections", outcome = "presence not told", userId = %job.user_id(), cause);
    }
}

fn not_understood(frame: &Frame) -> Problem {
    match frame.action() {
        Ok(Some(action)) => {
            let action: String = action.chars().take(40).collect();
            Problem::field("action", format!("{ACTIONS}, but is {action:?}"))
        }
        Ok(None) => Problem::field("action", ACTIONS),
        Err(problem) => problem,
    }
}
