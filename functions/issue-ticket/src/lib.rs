//! `POST /ws/tickets`: issues one-time tickets for sockets.

use paloma::domain::Timestamp;
use paloma::edge::{Problem, Request, Response, refuse_erased};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Connections, Ticket, Users};
use serde::Serialize;

/// What issue-ticket works with.
#[derive(Debug, Clone)]
pub struct IssueTicket {
    connections: Connections,
    users: Users,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Issued {
    ticket: Ticket,
    expires_at: Timestamp,
}

impl IssueTicket {
    /// Takes what it works with from the environment.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self { connections: environment.connections()?, users: environment.users()? })
    }

    /// Answers a REST request: 201 with a ticket for `?ticket=`.
    ///
    /// # Errors
    /// What the client is told instead.
    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        let caller = request.caller()?;
        refuse_erased(&self.users, caller).await?;
        let (ticket, expires_at) = self.connections.issue_ticket(caller, Timestamp::now()).await?;
        Response::json(201, &Issued { ticket, expires_at })
    }
}
