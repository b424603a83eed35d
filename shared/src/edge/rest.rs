//! A REST request and its answer.

use std::collections::HashMap;
use std::str::FromStr;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use aws_lambda_events::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{LogFields, Problem, from_json};
use crate::domain::{Session, Timestamp, UserId};

/// A request that the gateway has let through.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Method and path as in the template, such as `GET /chats/{chatId}`.
    pub route: String,
    /// The gateway's id of this request.
    pub request_id: String,
    session: Option<Session>,
    path: HashMap<String, String>,
    query: HashMap<String, String>,
    body: Vec<u8>,
}

impl Request {
    /// The session of the token that the gateway has checked. Whether it has ended is for [`super::admit`] to say.
    ///
    /// # Errors
    /// 401 when there is none.
    pub fn session(&self) -> Result<Session, Problem> {
        self.session.ok_or_else(|| Problem::unauthenticated("Log in, and send the access token as a bearer token."))
    }

    /// The caller as far as known, for logs.
    pub fn caller_if_known(&self) -> Option<UserId> {
        self.session.map(|session| session.user_id)
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

    /// The body of a request that may come without one.
    ///
    /// # Errors
    /// 400 or 413, see [`from_json`].
    pub fn body_if_any<T: DeserializeOwned + Default>(&self) -> Result<T, Problem> {
        if self.body.is_empty() { Ok(T::default()) } else { self.body() }
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
        Self {
            route: event.route_key.or(context.route_key).unwrap_or_default(),
            request_id: context.request_id.unwrap_or_default(),
            session: claims.and_then(|claims| {
                // A token without a time is as old as can be.
                let seconds = claims.get("auth_time").and_then(|time| time.parse::<u64>().ok()).unwrap_or_default();
                let authenticated_at = Timestamp::from_millis(seconds.saturating_mul(1_000));
                Some(Session { user_id: claims.get("sub")?.parse().ok()?, authenticated_at })
            }),
            path: event.path_parameters,
            query: joined(event.query_string_parameters.iter()),
            body: bytes(event.body.unwrap_or_default(), event.is_base64_encoded, &event.headers),
        }
    }
}

/// Query parameters as the client sent them. The gateway joins the values of a repeated parameter by commas, and the
/// event's reader has cut every value at them: a list of ids, too.
fn joined<'a>(parameters: impl Iterator<Item = (&'a str, &'a str)>) -> HashMap<String, String> {
    let mut joined: HashMap<String, String> = HashMap::new();
    for (name, value) in parameters {
        joined
            .entry(name.to_owned())
            .and_modify(|before| {
                before.push(',');
                before.push_str(value);
            })
            .or_insert_with(|| value.to_owned());
    }
    joined
}

/// A body as the client sent it. What is wrong with it is left in, for the JSON reader to say.
fn bytes(body: String, is_base64: bool, headers: &HeaderMap) -> Vec<u8> {
    if is_base64 {
        return STANDARD.decode(&body).unwrap_or(body.into_bytes());
    }
    // A body that calls itself JSON comes as text, in which the gateway has put U+FFFD for what was not UTF-8. Then
    // it is no longer as long as the client said; otherwise U+FFFD is what the client wrote.
    let length = headers.get("content-length").and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if body.contains('\u{fffd}') && length.is_some_and(|length| length != body.len()) {
        return body.split('\u{fffd}').map(str::as_bytes).collect::<Vec<_>>().join(&0xff);
    }
    body.into_bytes()
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Response {
    /// The HTTP status code.
    pub status: u16,
    /// The body: JSON, or nothing.
    pub body: String,
    /// What the log says of it.
    pub log_fields: LogFields,
}

impl Response {
    /// An answer with a JSON body.
    ///
    /// # Errors
    /// 503 when the value does not write as JSON, which is a bug.
    pub fn json(status: u16, value: &impl Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_string(value).map_err(Problem::unwritable)?;
        Ok(Self { status, body, log_fields: LogFields::default() })
    }

    /// 204: done, and nothing to say.
    pub fn done() -> Self {
        Self { status: 204, body: String::new(), log_fields: LogFields::default() }
    }

    /// This answer, with what the log should say of it.
    #[must_use]
    pub fn about(mut self, fields: LogFields) -> Self {
        self.log_fields = fields;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_in_a_query_stays_whole_and_a_repeated_parameter_is_no_single_value() {
        let request = |parameters: serde_json::Value| -> Request {
            let event = serde_json::json!({
                "queryStringParameters": parameters,
                "requestContext": { "http": { "method": "GET" } },
            });
            serde_json::from_value::<ApiGatewayV2httpRequest>(event).unwrap().into()
        };
        let list = request(serde_json::json!({ "ids": "a,b,c", "limit": "1,2" }));
        assert_eq!(list.query::<String>("ids").unwrap().as_deref(), Some("a,b,c"));
        assert_eq!(list.query::<u8>("limit").unwrap_err().status, 400);
        assert_eq!(list.query::<String>("cursor").unwrap(), None);
    }

    #[test]
    fn what_the_gateway_could_not_read_is_not_taken_for_what_the_client_wrote() {
        let mut headers = HeaderMap::new();
        assert_eq!(bytes("caf\u{fffd}".to_owned(), false, &headers), "caf\u{fffd}".as_bytes());
        headers.insert("content-length", "6".parse().unwrap());
        assert_eq!(bytes("caf\u{fffd}".to_owned(), false, &headers), "caf\u{fffd}".as_bytes());
        headers.insert("content-length", "4".parse().unwrap());
        assert_eq!(bytes("caf\u{fffd}".to_owned(), false, &headers), b"caf\xff");
    }
}
