//! The authorizer of `$connect`: takes the ticket in `?ticket=`, and lets its owner in.
//!
//! Every refusal looks alike: used, expired, forged, of a session that has ended, or of an account that is gone.

use std::time::Instant;

use aws_lambda_events::apigw::ApiGatewayCustomAuthorizerRequestTypeRequest;
use lambda_runtime::{Error, LambdaEvent};
use paloma::domain::Timestamp;
use paloma::edge::{LogFields, log_invocation};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, StoreError, Ticket, TicketOwner, Tickets};
use serde_json::{Value, json};

/// What authorize-connection works with.
#[derive(Debug, Clone)]
pub struct AuthorizeConnection {
    tickets: Tickets,
    accounts: Accounts,
}

impl AuthorizeConnection {
    /// Takes what it works with from the environment.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self { tickets: environment.tickets()?, accounts: environment.accounts()? })
    }

    /// Answers the gateway with a policy, and with the person's id, which the socket keeps.
    ///
    /// # Errors
    /// When the table does not answer: the gateway then refuses with 500, and the client takes a new ticket.
    pub async fn handle(
        &self,
        event: LambdaEvent<ApiGatewayCustomAuthorizerRequestTypeRequest>,
    ) -> Result<Value, Error> {
        let started = Instant::now();
        let request = event.payload;
        let owner = self.owner(request.query_string_parameters.first("ticket")).await?;
        let status = if owner.is_some() { 200 } else { 403 };
        let facts = LogFields::default();
        let user = owner.map(|owner| owner.session.user_id);
        log_invocation("authorize-connection", "$connect", &event.context.request_id, user, status, &facts, started);
        Ok(policy(owner, request.method_arn.as_deref().unwrap_or_default()))
    }

    async fn owner(&self, ticket: Option<&str>) -> Result<Option<TicketOwner>, StoreError> {
        let Some(ticket) = ticket.and_then(|text| text.parse::<Ticket>().ok()) else { return Ok(None) };
        let Some(owner) = self.tickets.redeem(&ticket, Timestamp::now()).await? else { return Ok(None) };
        let account = self.accounts.account(owner.session.user_id).await?;
        Ok(account.is_some_and(|account| account.admit(owner.session).is_ok()).then_some(owner))
    }
}

fn policy(owner: Option<TicketOwner>, method: &str) -> Value {
    let effect = if owner.is_some() { "Allow" } else { "Deny" };
    let principal = owner.map_or_else(|| "nobody".to_owned(), |owner| owner.session.user_id.to_string());
    let context = owner.map_or_else(|| json!({}), context_of);
    json!({
        "principalId": principal,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{ "Action": "execute-api:Invoke", "Effect": effect, "Resource": method }],
        },
        "context": context,
    })
}

/// The context that the gateway keeps with the socket. It makes a text of each value.
fn context_of(owner: TicketOwner) -> Value {
    let TicketOwner { session, device_id } = owner;
    let mut context =
        json!({ "userId": session.user_id, "authenticatedAt": session.authenticated_at.as_millis().to_string() });
    if let Some(device_id) = device_id {
        context["deviceId"] = json!(device_id);
    }
    context
}
