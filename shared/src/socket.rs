//! Posting frames to connections. Only fan-out does; an answer to a frame goes back by itself.

use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_apigatewaymanagement::error::SdkError;
use aws_sdk_apigatewaymanagement::primitives::Blob;

use crate::call_error::{CallError, Classified};
use crate::domain::ConnectionId;

/// The sockets of this deployment.
#[derive(Debug, Clone)]
pub struct Sockets {
    client: Client,
}

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Posted {
    /// The gateway took it. Whether the device did is told by a receipt, never by this (invariant 5).
    Taken,
    /// The connection is gone: its row is to be forgotten, that one alone.
    Gone,
    /// The gateway kept refusing. The client sees the hole in `seq` and fetches what it missed.
    Refused,
}

impl Sockets {
    /// The sockets behind a client whose endpoint is the stage's `@connections` address.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Closes a connection; one that is gone already is no failure.
    ///
    /// # Errors
    /// When the gateway does not do it.
    pub async fn close(&self, connection: &ConnectionId) -> Result<(), CallError> {
        match self.client.delete_connection().connection_id(connection.as_str()).send().await {
            Ok(_) => Ok(()),
            Err(error) if is_gone(&error) => Ok(()),
            Err(error) => Err(CallError::of("DeleteConnection")(error)),
        }
    }

    /// Posts a frame. The client tries again by itself while the gateway is busy, with jitter and within bounds; a
    /// dead socket is an answer, not an error.
    pub async fn post(&self, connection: &ConnectionId, frame: &[u8]) -> Posted {
        let post = self.client.post_to_connection().connection_id(connection.as_str()).data(Blob::new(frame));
        match post.send().await {
            Ok(_) => Posted::Taken,
            Err(error) if is_gone(&error) => Posted::Gone,
            Err(error) => {
                let error = CallError::of("PostToConnection")(error);
                let kind = error.kind().as_str();
                let id = connection.as_str();
                tracing::warn!(outcome = "not posted", connectionId = id, cause = %error, causeKind = kind);
                Posted::Refused
            }
        }
    }
}

fn is_gone<E>(error: &SdkError<E>) -> bool {
    error.raw_response().is_some_and(|response| response.status().as_u16() == 410)
}
