//! Posting frames to connections. Only fan-out does; an answer to a frame goes back by itself.

use std::time::Duration;

use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_apigatewaymanagement::error::{DisplayErrorContext, SdkError};
use aws_sdk_apigatewaymanagement::operation::post_to_connection::PostToConnectionError;
use aws_sdk_apigatewaymanagement::primitives::Blob;

use crate::domain::ConnectionId;

/// How often a post is tried before the socket is left to catch up by itself.
const MOST_TRIES: u32 = 4;

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

    /// Posts a frame, with a few more tries when the gateway is busy. A dead socket is an answer, not an error.
    pub async fn post(&self, connection: &ConnectionId, frame: &[u8]) -> Posted {
        for tried in 1.. {
            let posted =
                self.client.post_to_connection().connection_id(connection.as_str()).data(Blob::new(frame)).send().await;
            let Err(error) = posted else { return Posted::Taken };
            if is_gone(&error) {
                return Posted::Gone;
            }
            if tried >= MOST_TRIES {
                tracing::warn!(
                    outcome = "not posted",
                    connectionId = connection.as_str(),
                    cause = %DisplayErrorContext(&error)
                );
                break;
            }
            tokio::time::sleep(Duration::from_millis(fastrand::u64(1..=50 << tried))).await;
        }
        Posted::Refused
    }
}

fn is_gone(error: &SdkError<PostToConnectionError>) -> bool {
    let status = error.raw_response().map(|response| response.status().as_u16());
    status == Some(410) || error.as_service_error().is_some_and(PostToConnectionError::is_gone_exception)
}
