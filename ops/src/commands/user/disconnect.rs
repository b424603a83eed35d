//! `paloma user disconnect`: closes the sockets of a user.

use std::time::Duration;

use aws_sdk_apigatewaymanagement::Client;
use aws_sdk_apigatewaymanagement::operation::delete_connection::DeleteConnectionError;
use paloma::domain::{Timestamp, UserId};
use paloma::store::Connection;
use serde::Serialize;

use super::user_ref::UserRef;
use crate::output::{Page, Report};
use crate::{Failure, Outcome, Output, Stack};

/// Time for the gateway to run `$disconnect`, which deletes the socket's row and updates the presence.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(5);

const POLL_INTERVAL: Duration = Duration::from_millis(250);

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DisconnectReport {
    user_id: UserId,
    /// Sockets that were open.
    closed: usize,
    /// Rows of sockets that the gateway had already closed. They are deleted.
    stale: usize,
}

pub async fn run(user_ref: &UserRef, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let user_id = user_ref.find(stack).await?.user_id;
    let environment = stack.environment();
    let connections = environment.connections()?;
    let store = |error| stack.target.store_failed(error);
    let config = aws_sdk_apigatewaymanagement::config::Builder::from(&stack.aws)
        .endpoint_url(environment.variable("SOCKET_ENDPOINT")?)
        .build();
    let gateway = Client::from_conf(config);
    let mut report = DisconnectReport { user_id, closed: 0, stale: 0 };
    let sockets = connections.of_user(user_id, Timestamp::now()).await.map_err(store)?;
    for socket in &sockets {
        if close(&gateway, socket, stack).await? {
            report.closed += 1;
        }
    }
    // `$disconnect` deletes the rows. Rows that remain have no socket.
    let deadline = tokio::time::Instant::now() + DISCONNECT_TIMEOUT;
    let mut rows = connections.of_user(user_id, Timestamp::now()).await.map_err(store)?;
    while rows.iter().any(|row| is_among(row, &sockets)) && tokio::time::Instant::now() < deadline {
        tokio::time::sleep(POLL_INTERVAL).await;
        rows = connections.of_user(user_id, Timestamp::now()).await.map_err(store)?;
    }
    for row in rows.iter().filter(|row| is_among(row, &sockets)) {
        if connections.close(&row.connection_id).await.map_err(store)?.is_some() {
            report.stale += 1;
        }
    }
    output.print(&report)?;
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

impl Report for DisconnectReport {
    fn write(&self, page: &mut Page) {
        let sockets = |count: usize| if count == 1 { "1 socket".to_owned() } else { format!("{count} sockets") };
        page.line(format!("{} of {} closed", sockets(self.closed), self.user_id));
        if self.stale > 0 {
            page.line(format!("{} had closed before: the rows are deleted", sockets(self.stale)));
        }
        page.line("The user's sessions continue: an app may open a new socket at once.");
    }
}
