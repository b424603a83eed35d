//! `POST /ws/tickets`: issues one-time tickets for sockets.

use paloma::domain::{Action, DeviceId, Timestamp};
use paloma::edge::{Problem, Request, Response, admit, charge};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, Ticket, TicketOwner, Tickets};
use serde::{Deserialize, Serialize};

/// What issue-ticket works with.
#[derive(Debug, Clone)]
pub struct IssueTicket {
    accounts: Accounts,
    tickets: Tickets,
}

/// `POST /ws/tickets`, with or without a body.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    /// The registered device that the socket will belong to.
    #[serde(default)]
    device_id: Option<DeviceId>,
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
        Ok(Self { accounts: environment.accounts()?, tickets: environment.tickets()? })
    }

    /// Answers a REST request: 201 with a ticket for `?ticket=`.
    ///
    /// # Errors
    /// What the client is told instead.
    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        let session = request.session()?;
        let Body { device_id } = request.body_if_any()?;
        let account = admit(&self.accounts, session).await?;
        charge(&self.accounts, &account, &[(Action::IssueTicket, 1)]).await?;
        let (ticket, expires_at) = self.tickets.issue(TicketOwner { session, device_id }, Timestamp::now()).await?;
        Response::json(201, &Issued { ticket, expires_at })
    }
}
