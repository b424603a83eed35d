//! A REST request and its answer.

use std::collections::HashMap;
use std::str::FromStr;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Facts, Problem, from_json};
use crate::domain::UserId;

/// A request that the gateway has let through.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Method and path as in the template, such as `GET /chats/{chatId}`.
    pub route: String,
    /// The gateway's id of this request.
    pub request_id: String,
    caller: Option<UserId>,
    path: HashMap<String, String>,
    query: HashMap<String, String>,
    body: Vec<u8>,
}

impl Request {
    /// Who asks: the `sub` of the token that the gateway has checked.
    ///
    /// # Errors
    /// 401 when there is none.
    pub fn caller(&self) -> Result<UserId, Problem> {
        self.caller.ok_or_else(|| Problem::unauthenticated("Log in, and send the access token as a bearer token."))
    }

    /// The caller as far as known, for logs.
    pub fn caller_if_known(&self) -> Option<UserId> {
        self.caller
    }

    /// An id in the path. What does not read as one names nothing that exists.
    ///
    /// # Errors
    /// 404, the same as for something that is not there.
    pub fn path<T: FromStr>(&self, name: &str, what: &'static str) -> Result<T, Problem> {
        self.path.get(name).and_then(|text| text.parse().ok()).ok_or_else(|| Problem::not_found(what))
    }

    /// A query parameter, if given.
    ///
    /// # Errors
    /// 400 when it cannot be taken.
    pub fn query<T>(&self, name: &str) -> Result<Option<T>, Problem>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        self.query.get(name).map(|text| text.parse().map_err(|error| Problem::field(name, error))).transpose()
    }

    /// The body.
    ///
    /// # Errors
    /// 400 or 413, see [`from_json`].
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        from_json(&self.body)
    }
}

impl From<ApiGatewayV2httpRequest> for Request {
    fn from(event: ApiGatewayV2httpRequest) -> Self {
        let context = event.request_context;
        let claims = context.authorizer.and_then(|authorizer| authorizer.jwt).map(|jwt| jwt.claims);
        let body = event.body.unwrap_or_default();
        Self {
            route: event.route_key.or(context.route_key).unwrap_or_default(),
            request_id: context.request_id.unwrap_or_default(),
            caller: claims.and_then(|claims| claims.get("sub")?.parse().ok()),
            path: event.path_parameters,
            query: event
                .query_string_parameters
                .iter()
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .collect(),
            // What claims to be base64 and is not is left as it is; the JSON reader will say what is wrong.
            body: match event.is_base64_encoded.then(|| STANDARD.decode(&body)) {
                Some(Ok(bytes)) => bytes,
                _ => body.into_bytes(),
            },
        }
    }
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Response {
    /// The HTTP status code.
    pub status: u16,
    /// The body: JSON.
    pub body: String,
    /// What the log says of it.
    pub facts: Facts,
}

impl Response {
    /// An answer with a JSON body.
    ///
    /// # Errors
    /// 503 when the value does not write as JSON, which is a bug.
    pub fn json(status: u16, value: &impl Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_string(value).map_err(|error| {
            tracing::error!(outcome = "answer does not write as JSON", cause = %error);
            Problem::unavailable()
        })?;
        Ok(Self { status, body, facts: Facts::default() })
    }

    /// This answer, with what the log should say of it.
    #[must_use]
    pub fn about(mut self, facts: Facts) -> Self {
        self.facts = facts;
        self
    }
}
