//! Posting frames to WebSocket connections. The gateway returns the answer to a client's frame.

use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_apigatewaymanagement::error::SdkError;
use aws_sdk_apigatewaymanagement::primitives::Blob;

use crate::call_error::{CallError, Classified};
use crate::domain::ConnectionId;

/// Posts to the WebSocket connections of this deployment, and closes them.
#[derive(Debug, Clone)]
pub struct Sockets {
    client: Client,
}

/// The outcome of posting a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameOutcome {
    /// The gateway accepted the frame. Only a receipt proves that the device has it (invariant 5).
    Accepted,
    /// The connection is gone. Its row, and no other, must be deleted.
    Gone,
    /// The gateway is throttling, has a fault, or did not answer: a later post may succeed.
    Unavailable,
    /// The gateway rejected the frame itself. The client finds the gap in `seq` and fetches the message.
    Rejected,
}

impl Sockets {
    /// Uses a client for the stage's `@connections` address.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Closes a connection. Does nothing if the connection is gone already.
    pub async fn close(&self, connection: &ConnectionId) -> Result<(), CallError> {
        match self.client.delete_connection().connection_id(connection.as_str()).send().await {
            Ok(_) => Ok(()),
            Err(error) if is_gone(&error) => Ok(()),
            Err(error) => Err(CallError::of("DeleteConnection")(error)),
        }
    }

    /// Posts a frame. While the gateway is busy, the SDK retries with jitter and a limit. A closed socket is an
    /// outcome, not an error.
    pub async fn post(&self, connection: &ConnectionId, frame: &[u8]) -> FrameOutcome {
        let post = self.client.post_to_connection().connection_id(connection.as_str()).data(Blob::new(frame));
        match post.send().await {
            Ok(_) => FrameOutcome::Accepted,
            Err(error) if is_gone(&error) => FrameOutcome::Gone,
            Err(error) => {
                let error = CallError::of("PostToConnection")(error);
                let kind = error.kind().as_str();
                let id = connection.as_str();
                tracing::warn!(outcome = "not posted", connectionId = id, cause = %error, causeKind = kind);
                if error.kind().is_outage() { FrameOutcome::Unavailable } else { FrameOutcome::Rejected }
            }
        }
    }
}

fn is_gone<E>(error: &SdkError<E>) -> bool {
    error.raw_response().is_some_and(|response| response.status().as_u16() == 410)
}
