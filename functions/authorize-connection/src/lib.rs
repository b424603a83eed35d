//! The authorizer of `$connect`: takes the ticket in `?ticket=`, and lets its owner in.
//!
//! Every refusal looks alike: used, expired, forged, of somebody who has been erased meanwhile.

use std::time::Instant;

use aws_lambda_events::apigw::ApiGatewayCustomAuthorizerRequestTypeRequest;
use lambda_runtime::{Error, LambdaEvent};
use paloma::domain::{Timestamp, UserId};
use paloma::edge::{Facts, log_invocation};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Connections, StoreError, Ticket, Users};
use serde_json::{Value, json};

/// What authorize-connection works with.
#[derive(Debug, Clone)]
pub struct AuthorizeConnection {
    connections: Connections,
    users: Users,
}

impl AuthorizeConnection {
    /// Takes what it works with from the environment.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self { connections: environment.connections()?, users: environment.users()? })
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
        let facts = Facts::default();
        log_invocation("authorize-connection", "$connect", &event.context.request_id, owner, status, &facts, started);
        Ok(policy(owner, request.method_arn.as_deref().unwrap_or_default()))
    }

    async fn owner(&self, ticket: Option<&str>) -> Result<Option<UserId>, StoreError> {
        let Some(ticket) = ticket.and_then(|text| text.parse::<Ticket>().ok()) else { return Ok(None) };
        let Some(owner) = self.connections.take_ticket(&ticket, Timestamp::now()).await? else { return Ok(None) };
        let erased = self.users.erased_at(owner).await?;
        Ok(erased.is_none().then_some(owner))
    }
}

fn policy(owner: Option<UserId>, method: &str) -> Value {
    let effect = if owner.is_some() { "Allow" } else { "Deny" };
    let principal = owner.map_or_else(|| "nobody".to_owned(), |user| user.to_string());
    let context = owner.map_or_else(|| json!({}), |user| json!({ "userId": user }));
    json!({
        "principalId": principal,
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{ "Action": "execute-api:Invoke", "Effect": effect, "Resource": method }],
        },
        "context": context,
    })
}
