//! `POST /ws/tickets`: issues a one-time ticket that opens a WebSocket connection.

use paloma::domain::{Action, Timestamp};
use paloma::edge::api::{IssueTicketRequest, TicketView};
use paloma::edge::{Problem, Request, Response, admit, charge};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, TicketOwner, Tickets};

#[derive(Debug, Clone)]
pub struct IssueTicket {
    accounts: Accounts,
    tickets: Tickets,
}

impl IssueTicket {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self { accounts: environment.accounts()?, tickets: environment.tickets()? })
    }

    /// Answers 201 with a ticket for `?ticket=`.
    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        let session = request.session()?;
        let IssueTicketRequest { device_id } = request.body_if_any()?;
        let account = admit(&self.accounts, session).await?;
        charge(&self.accounts, &account, &[(Action::IssueTicket, 1)]).await?;
        let (ticket, expires_at) = self.tickets.issue(TicketOwner { session, device_id }, Timestamp::now()).await?;
        Response::json(201, &TicketView { ticket, expires_at })
    }
}
