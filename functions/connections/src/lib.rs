//! Remembers sockets: `$connect`, `$disconnect`, `ping`; and answers frames that nobody understands.

use paloma::domain::Timestamp;
use paloma::edge::{Frame, Problem, Reply};
use paloma::runtime::{Environment, MissingVariable};

/// What a client may send, for those who sent something else.
const ACTIONS: &str = "must be one of sendMessage, updateStatus, typing, ping";

/// What connections works with.
#[derive(Debug, Clone)]
pub struct Connections {
    connections: paloma::store::Connections,
}

impl Connections {
    /// Takes what it works with from the environment.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self { connections: environment.connections()? })
    }

    /// Answers a frame, or the opening or closing of a socket.
    ///
    /// # Errors
    /// What the client is told instead; to `$connect` that is a refusal.
    pub async fn answer_frame(&self, frame: Frame) -> Result<Reply, Problem> {
        let now = Timestamp::now();
        match frame.route.as_str() {
            "$connect" => {
                self.connections.open(frame.connection.clone(), frame.caller()?, now).await?;
                Ok(Reply::silent())
            }
            "$disconnect" => {
                self.connections.close(&frame.connection).await?;
                Ok(Reply::silent())
            }
            "ping" => {
                if !self.connections.renew(&frame.connection, now).await? {
                    // Fan-out forgot this socket when the gateway called it gone: nothing would reach it any more.
                    return Err(Problem::unauthenticated(
                        "This socket is forgotten: open a new one with a new ticket.",
                    ));
                }
                Ok(frame.pong(now))
            }
            _ => Err(not_understood(&frame)),
        }
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
