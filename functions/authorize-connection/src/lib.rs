//! The Lambda authorizer of `$connect`: redeems the one-time ticket in `?ticket=`, and allows the connection.
//!
//! Every denial looks the same, whether the ticket is used, expired or forged, the session has ended, or the account
//! was erased.

use std::time::Instant;

use aws_lambda_events::apigw::ApiGatewayCustomAuthorizerRequestTypeRequest;
use lambda_runtime::{Error, LambdaEvent};
use paloma::domain::Timestamp;
use paloma::edge::{Invocation, LogFields};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Accounts, StoreError, Ticket, TicketOwner, Tickets};
use serde_json::{Value, json};

#[derive(Debug, Clone)]
pub struct AuthorizeConnection {
    tickets: Tickets,
    accounts: Accounts,
}

impl AuthorizeConnection {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self { tickets: environment.tickets()?, accounts: environment.accounts()? })
    }

    /// Returns an IAM policy, with the user id in its context. API Gateway adds the context to every frame.
    ///
    /// # Errors
    /// When a table does not answer. API Gateway then answers 500, and the client needs a new ticket.
    pub async fn handle(
        &self,
        event: LambdaEvent<ApiGatewayCustomAuthorizerRequestTypeRequest>,
    ) -> Result<Value, Error> {
        let started = Instant::now();
        let request = event.payload;
        let owner = self.owner(request.query_string_parameters.first("ticket")).await;
        let caller = owner.as_ref().ok().and_then(|owner| Some(owner.as_ref()?.session.user_id));
        let request_id = &event.context.request_id;
        let invocation = Invocation { stage: "authorize-connection", route: "$connect", request_id, caller, started };
        let owner = owner.map_err(|error| {
            let (text, cause) = (error.to_string(), Some(error.into()));
            invocation.log(500, &LogFields { cause, ..LogFields::default() });
            text
        })?;
        invocation.log(if owner.is_some() { 200 } else { 403 }, &LogFields::default());
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

/// The context that API Gateway keeps with the connection. API Gateway converts every value to a string.
fn context_of(owner: TicketOwner) -> Value {
    let TicketOwner { session, device_id } = owner;
    let mut context =
        json!({ "userId": session.user_id, "authenticatedAt": session.authenticated_at.as_millis().to_string() });
    if let Some(device_id) = device_id {
        context["deviceId"] = json!(device_id);
    }
    context
}
