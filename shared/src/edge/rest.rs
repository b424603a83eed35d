//! REST requests and responses.

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

/// A request that the gateway has admitted.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The method and the path as in the template, such as `GET /chats/{chatId}`.
    pub route: String,
    /// The gateway's id of this request.
    pub request_id: String,
    session: Option<Session>,
    path: HashMap<String, String>,
    query: HashMap<String, String>,
    body: Vec<u8>,
}

impl Request {
    /// The session of the token, which the gateway has verified. [`super::admit`] checks whether the session has ended.
    ///
    /// # Errors
    /// 401 if the request has no token.
    pub fn session(&self) -> Result<Session, Problem> {
        self.session.ok_or_else(|| Problem::unauthenticated("Log in, and send the access token as a bearer token."))
    }

    /// The caller for the log, if known.
    pub fn caller_if_known(&self) -> Option<UserId> {
        self.session.map(|session| session.user_id)
    }

    /// An id in the path.
    ///
    /// # Errors
    /// 404 for an invalid id, the same as for an unknown one.
    pub fn path<T: FromStr>(&self, name: &str, what: &'static str) -> Result<T, Problem> {
        self.path.get(name).and_then(|text| text.parse().ok()).ok_or_else(|| Problem::not_found(what))
    }

    /// A query parameter, if given.
    ///
    /// # Errors
    /// 400 if it is invalid.
    pub fn query<T>(&self, name: &str) -> Result<Option<T>, Problem>
    where
        T: FromStr,
        T::Err: std::fmt::Display,
    {
        self.query.get(name).map(|text| text.parse().map_err(|error| Problem::field(name, error))).transpose()
    }

    /// Parses the body of a request for which it is optional.
    ///
    /// # Errors
    /// 400 or 413, see [`from_json`].
    pub fn body_if_any<T: DeserializeOwned + Default>(&self) -> Result<T, Problem> {
        if self.body.is_empty() { Ok(T::default()) } else { self.body() }
    }

    /// Parses the body.
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
                // A token without a time counts as oldest.
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

/// The query parameters as the client sent them. The gateway joins the values of a repeated parameter with commas, and
/// `aws_lambda_events` splits every value at commas, also a list of ids.
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

/// The body as the client sent it. Invalid UTF-8 stays invalid, so that the JSON parser reports it.
fn bytes(body: String, is_base64: bool, headers: &HeaderMap) -> Vec<u8> {
    if is_base64 {
        return STANDARD.decode(&body).unwrap_or(body.into_bytes());
    }
    // A JSON body arrives as text, in which the gateway has replaced invalid UTF-8 by U+FFFD. Then its length differs
    // from the client's content-length. Otherwise the client sent U+FFFD itself.
    let length = headers.get("content-length").and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if body.contains('\u{fffd}') && length.is_some_and(|length| length != body.len()) {
        return body.split('\u{fffd}').map(str::as_bytes).collect::<Vec<_>>().join(&0xff);
    }
    body.into_bytes()
}

/// A response.
#[derive(Debug, Clone)]
pub struct Response {
    /// The HTTP status code.
    pub status: u16,
    /// The body: JSON, or empty.
    pub body: String,
    /// The fields for the invocation's log line.
    pub log_fields: LogFields,
}

impl Response {
    /// A response with a JSON body.
    ///
    /// # Errors
    /// 503 if the value cannot be written as JSON, which is a bug.
    pub fn json(status: u16, value: &impl Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_string(value).map_err(Problem::unwritable)?;
        Ok(Self { status, body, log_fields: LogFields::default() })
    }

    /// 204, without a body.
    pub fn done() -> Self {
        Self { status: 204, body: String::new(), log_fields: LogFields::default() }
    }

    /// This response with fields for the invocation's log line.
    #[must_use]
    pub fn with_log_fields(mut self, fields: LogFields) -> Self {
        self.log_fields = fields;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_in_a_query_stays_whole_and_a_repeated_parameter_is_rejected() {
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
    fn a_replacement_character_of_the_gateway_differs_from_one_of_the_client() {
        let mut headers = HeaderMap::new();
        assert_eq!(bytes("caf\u{fffd}".to_owned(), false, &headers), "caf\u{fffd}".as_bytes());
        headers.insert("content-length", "6".parse().unwrap());
        assert_eq!(bytes("caf\u{fffd}".to_owned(), false, &headers), "caf\u{fffd}".as_bytes());
        headers.insert("content-length", "4".parse().unwrap());
        assert_eq!(bytes("caf\u{fffd}".to_owned(), false, &headers), b"caf\xff");
    }
}
