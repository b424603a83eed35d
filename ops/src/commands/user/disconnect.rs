//! `paloma user disconnect`: closes somebody's sockets.

use std::time::Duration;

use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_apigatewaymanagement::operation::delete_connection::DeleteConnectionError;
use paloma::domain::{Timestamp, UserId};
use paloma::store::Connection;
use serde::Serialize;

use super::person::Who;
use crate::output::{Page, Report};
use crate::{Failure, Outcome, Output, Stack};

/// How long the gateway may take to run `$disconnect`, which removes a socket's row and tells that it has gone.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often it is looked whether the row is gone.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// What was closed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Disconnected {
    user_id: UserId,
    /// Sockets that were open.
    closed: usize,
    /// Rows of sockets that the gateway knew nothing of any more.
    forgotten: usize,
}

/// Closes.
pub async fn run(who: &Who, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let user_id = who.find(stack).await?.user_id;
    let environment = stack.environment();
    let connections = environment.connections()?;
    let store = |error| stack.target.store_failed(error);
    let config = aws_sdk_apigatewaymanagement::config::Builder::from(&stack.aws)
        .endpoint_url(environment.variable("SOCKET_ENDPOINT")?)
        .build();
    let gateway = Client::from_conf(config);
    let mut done = Disconnected { user_id, closed: 0, forgotten: 0 };
    let sockets = connections.of_user(user_id, Timestamp::now()).await.map_err(store)?;
    for socket in &sockets {
        if close(&gateway, socket, stack).await? {
            done.closed += 1;
        }
    }
    // Rows go by `$disconnect`; what is left then had no socket behind it.
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let mut left = connections.of_user(user_id, Timestamp::now()).await.map_err(store)?;
    while left.iter().any(|row| is_among(row, &sockets)) && tokio::time::Instant::now() < deadline {
        tokio::time::sleep(LOOK_EVERY).await;
        left = connections.of_user(user_id, Timestamp::now()).await.map_err(store)?;
    }
    for row in left.iter().filter(|row| is_among(row, &sockets)) {
        if connections.close(&row.connection_id).await.map_err(store)?.is_some() {
            done.forgotten += 1;
        }
    }
    output.print(&done)?;
    Ok(Outcome::Good)
}

fn is_among(row: &Connection, sockets: &[Connection]) -> bool {
    sockets.iter().any(|socket| socket.connection_id == row.connection_id)
}

/// Whether the socket was open.
async fn close(gateway: &Client, socket: &Connection, stack: &Stack) -> Result<bool, Failure> {
    let closed = gateway.delete_connection().connection_id(socket.connection_id.as_str()).send().await;
    let Err(error) = closed else { return Ok(true) };
    let status = error.raw_response().map(|response| response.status().as_u16());
    if status == Some(410) || error.as_service_error().is_some_and(DeleteConnectionError::is_gone_exception) {
        return Ok(false);
    }
    Err(stack.target.failed("execute-api:ManageConnections", "the WebSocket API")(error))
}

impl Report for Disconnected {
    fn write(&self, page: &mut Page) {
        let sockets = |count: usize| if count == 1 { "1 socket".to_owned() } else { format!("{count} sockets") };
        page.line(format!("{} of {} closed", sockets(self.closed), self.user_id));
        if self.forgotten > 0 {
            page.line(format!("{} that had gone already forgotten", sockets(self.forgotten)));
        }
        page.line("Their session goes on: their app may open a new socket at once.");
    }
}
