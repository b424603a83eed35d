//! Frames from WebSocket clients, and the replies to them.

use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{LogFields, Problem, frame_id, from_json};
use crate::domain::{ConnectionId, DeviceId, Session, Timestamp, UserId};

/// Maximum length of a frame's `id`, in bytes of JSON. The reply returns the `id`, and must fit in a frame too.
pub const MAX_FRAME_ID_BYTES: usize = 1_024;

/// A frame from a client, or the event that a socket opens or closes.
#[derive(Debug, Clone)]
pub struct Frame {
    /// The route that the gateway chose: `$connect`, `$disconnect`, `$default`, or the frame's `action`.
    pub route: String,
    /// The gateway's id of this frame.
    pub request_id: String,
    /// The socket of the client.
    pub connection: ConnectionId,
    session: Option<Session>,
    device_id: Option<DeviceId>,
    body: String,
}

/// The field that chooses the route of a frame.
#[derive(Debug, Default, Deserialize)]
struct Envelope {
    #[serde(default)]
    action: Option<Value>,
}

/// The reply to a frame, on the same socket.
#[derive(Debug, Clone)]
pub struct Reply {
    frame: Value,
    /// The `id` of the client's frame, in the client's spelling.
    id: Option<String>,
    /// The fields for the invocation's log line.
    pub log_fields: LogFields,
}

impl Frame {
    /// The session that requested the socket's ticket.
    ///
    /// # Errors
    /// 401 if the gateway names no user.
    pub fn session(&self) -> Result<Session, Problem> {
        self.session.ok_or_else(|| Problem::unauthenticated("Open the socket with a ticket from POST /ws/tickets."))
    }

    /// The caller for the log, if known.
    pub fn caller_if_known(&self) -> Option<UserId> {
        self.session.map(|session| session.user_id)
    }

    /// The device that requested the socket's ticket, if the app named one.
    pub fn device_id(&self) -> Option<DeviceId> {
        self.device_id
    }

    /// Parses the frame.
    ///
    /// # Errors
    /// 400 or 413, see [`from_json`].
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        from_json(self.body.as_bytes())
    }

    /// The frame's `action`, if it is a string.
    ///
    /// # Errors
    /// 400 if the frame is no JSON object.
    pub fn action(&self) -> Result<Option<String>, Problem> {
        let envelope: Envelope = self.body()?;
        Ok(envelope.action.and_then(|action| action.as_str().map(str::to_owned)))
    }

    /// The frame's `id`, which the reply returns: any JSON value, in the client's spelling. Invalid JSON can have an
    /// `id` too.
    fn id(&self) -> Option<&str> {
        frame_id::find(&self.body)
    }

    /// Rejects a frame with an `id` longer than [`MAX_FRAME_ID_BYTES`].
    ///
    /// # Errors
    /// 400. The reply does not return the `id`.
    pub(super) fn check_id(&self) -> Result<(), Problem> {
        match self.id() {
            Some(id) if id.len() > MAX_FRAME_ID_BYTES => {
                let reason = format!("must be at most {MAX_FRAME_ID_BYTES} bytes of JSON, but has {}", id.len());
                Err(Problem::field("id", reason))
            }
            _ => Ok(()),
        }
    }

    /// The reply to a frame that succeeded. A frame without an `id` gets none, since its client could not tell which
    /// frame it answers, and each reply costs as much as a frame.
    pub fn ack(&self, result: &impl Serialize) -> Reply {
        if self.id().is_some() { self.reply("ack", "result", result) } else { Reply::silent() }
    }

    /// The reply to a `ping`.
    pub fn pong(&self, now: Timestamp) -> Reply {
        self.reply("pong", "timestamp", &now)
    }

    /// The reply to a frame that failed.
    pub fn error(&self, problem: &Problem) -> Reply {
        let mut reply = self.reply("error", "problem", problem);
        if let (Some(millis), Some(fields)) = (problem.retry_after_ms(), reply.frame.as_object_mut()) {
            fields.insert("retryAfterMs".to_owned(), json!(millis));
        }
        reply
    }

    fn reply(&self, kind: &str, name: &str, value: &impl Serialize) -> Reply {
        let id = self.id().filter(|id| id.len() <= MAX_FRAME_ID_BYTES);
        let frame = json!({ "type": kind, name: value });
        Reply { frame, id: id.map(str::to_owned), log_fields: LogFields::default() }
    }
}

impl Reply {
    /// No reply, as to `$connect`, to `$disconnect` and to a frame without an `id` that succeeded.
    pub fn silent() -> Self {
        Self { frame: Value::Null, id: None, log_fields: LogFields::default() }
    }

    /// This reply with fields for the invocation's log line.
    #[must_use]
    pub fn with_log_fields(mut self, fields: LogFields) -> Self {
        self.log_fields = fields;
        self
    }

    /// The reply as text, or none.
    pub fn text(&self) -> Option<String> {
        let frame = (!self.frame.is_null()).then(|| self.frame.to_string())?;
        Some(match (&self.id, frame.strip_prefix('{')) {
            // As text, since a number can have more digits than a `Value` holds.
            (Some(id), Some(fields)) => format!("{{\"id\":{id},{fields}"),
            _ => frame,
        })
    }
}

impl From<ApiGatewayWebsocketProxyRequest> for Frame {
    fn from(event: ApiGatewayWebsocketProxyRequest) -> Self {
        let context = event.request_context;
        // The gateway converts the authorizer's values to strings.
        let field = |name: &str| match context.authorizer.fields.get(name) {
            Some(Value::String(text)) => Some(text.clone()),
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        let session = field("userId").and_then(|user| user.parse().ok()).map(|user_id| {
            let millis = field("authenticatedAt").and_then(|time| time.parse().ok()).unwrap_or_default();
            Session { user_id, authenticated_at: Timestamp::from_millis(millis) }
        });
        let device_id = field("deviceId").and_then(|device| device.parse().ok());
        let route = context.route_key.unwrap_or_default();
        // A client that sends one of the gateway's own routes as its action must not open or close a socket by that.
        let is_named_by_client = context.event_type.as_deref() == Some("MESSAGE") && route.starts_with('$');
        Self {
            route: if is_named_by_client { "$default".to_owned() } else { route },
            request_id: context.request_id.unwrap_or_default(),
            connection: ConnectionId::new(context.connection_id.unwrap_or_default()),
            session,
            device_id,
            body: event.body.unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(body: String) -> Frame {
        let connection = ConnectionId::new("c");
        Frame { route: "ping".to_owned(), request_id: "r".to_owned(), connection, session: None, device_id: None, body }
    }

    #[test]
    fn a_reply_returns_the_id_in_the_spelling_of_the_client() {
        for id in ["7", "\"a\"", "{ \"n\": [1] }", "12345678901234567890123", "1.0"] {
            let text = frame(format!("{{\"action\":\"ping\",\"id\":{id}}}")).ack(&json!({})).text().unwrap();
            assert_eq!(text, format!("{{\"id\":{id},\"result\":{{}},\"type\":\"ack\"}}"));
        }
    }

    #[test]
    fn only_a_frame_with_an_id_gets_an_ack() {
        let without_id = frame("{\"action\":\"ping\"}".to_owned());
        assert_eq!(without_id.ack(&json!({})).text(), None);
        assert!(without_id.pong(Timestamp::now()).text().is_some(), "the client waits for the pong");
        assert!(without_id.error(&Problem::field("action", "is unknown")).text().is_some(), "an error is always told");
    }

    /// API Gateway splits replies longer than 32 KB into several frames, and rejects replies longer than 128 KB.
    #[test]
    fn every_reply_fits_in_a_frame() {
        let long = "\u{1}".repeat(15_000);
        let within = frame(json!({ "id": "a".repeat(MAX_FRAME_ID_BYTES - 2), "action": long }).to_string());
        assert!(within.check_id().is_ok());
        let beyond = frame(json!({ "id": "a".repeat(MAX_FRAME_ID_BYTES - 1), "action": long }).to_string());
        let problem = beyond.check_id().unwrap_err();
        assert_eq!(problem.errors[0].field, "id");
        assert!(!beyond.error(&problem).text().unwrap().contains("aaa"));

        #[derive(Debug, Deserialize)]
        struct Position {
            #[expect(dead_code, reason = "only its parsing matters")]
            action: u64,
        }
        let problem = within.body::<Position>().unwrap_err().of_request("r");
        let error = within.error(&problem).text().unwrap();
        assert!(error.len() < 8_192, "{} bytes", error.len());
    }
}
