//! A frame that came over a socket, and what is said to it.

use aws_lambda_events::apigw::ApiGatewayWebsocketProxyRequest;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{LogFields, Problem, frame_id, from_json};
use crate::domain::{ConnectionId, DeviceId, Session, Timestamp, UserId};

/// The longest `id` of a frame, in bytes of JSON: it comes back in the answer, which has to fit in a frame too.
pub const MAX_FRAME_ID_BYTES: usize = 1_024;

/// A frame from a client, or the opening or closing of its socket.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Which route the gateway chose: `$connect`, `$disconnect`, `$default`, or the frame's `action`.
    pub route: String,
    /// The gateway's id of this frame.
    pub request_id: String,
    /// The socket that it came over.
    pub connection: ConnectionId,
    session: Option<Session>,
    device_id: Option<DeviceId>,
    body: String,
}

/// What chooses the route of a frame.
#[derive(Debug, Default, Deserialize)]
struct Envelope {
    #[serde(default)]
    action: Option<Value>,
}

/// What is said to a frame, on the socket that it came over.
#[derive(Debug, Clone)]
pub struct Reply {
    frame: Value,
    /// The `id` of the frame that is answered, as it is spelled there.
    id: Option<String>,
    /// What the log says of it.
    pub log_fields: LogFields,
}

impl Frame {
    /// The session that the socket's ticket was issued to.
    ///
    /// # Errors
    /// 401 when the gateway does not say.
    pub fn session(&self) -> Result<Session, Problem> {
        self.session.ok_or_else(|| Problem::unauthenticated("Open the socket with a ticket from POST /ws/tickets."))
    }

    /// The caller as far as known, for logs.
    pub fn caller_if_known(&self) -> Option<UserId> {
        self.session.map(|session| session.user_id)
    }

    /// The device that the socket's ticket was issued to, if the app named it.
    pub fn device_id(&self) -> Option<DeviceId> {
        self.device_id
    }

    /// What the frame says.
    ///
    /// # Errors
    /// 400 or 413, see [`from_json`].
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        from_json(self.body.as_bytes())
    }

    /// The frame's `action`, if it has one that is a text.
    ///
    /// # Errors
    /// 400 when the frame is no JSON object.
    pub fn action(&self) -> Result<Option<String>, Problem> {
        let envelope: Envelope = self.body()?;
        Ok(envelope.action.and_then(|action| action.as_str().map(str::to_owned)))
    }

    /// The frame's own `id`, which its answer brings back: whatever JSON a client chose to put there, as it is spelled.
    /// A frame that does not read has one, too, if it can be found.
    fn id(&self) -> Option<&str> {
        frame_id::find(&self.body)
    }

    /// Refuses a frame whose `id` would not fit in its answer.
    ///
    /// # Errors
    /// 400, which does not bring that `id` back.
    pub(super) fn check_id(&self) -> Result<(), Problem> {
        match self.id() {
            Some(id) if id.len() > MAX_FRAME_ID_BYTES => {
                let reason = format!("must be at most {MAX_FRAME_ID_BYTES} bytes of JSON, but has {}", id.len());
                Err(Problem::field("id", reason))
            }
            _ => Ok(()),
        }
    }

    /// The answer to a frame that did what it said.
    pub fn ack(&self, result: &impl Serialize) -> Reply {
        self.reply("ack", "result", result)
    }

    /// The answer to a `ping`.
    pub fn pong(&self, now: crate::domain::Timestamp) -> Reply {
        self.reply("pong", "timestamp", &now)
    }

    /// The answer to a frame that did not.
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
    /// Nothing is said, as to `$connect` and `$disconnect`.
    pub fn silent() -> Self {
        Self { frame: Value::Null, id: None, log_fields: LogFields::default() }
    }

    /// This reply, with what the log should say of it.
    #[must_use]
    pub fn about(mut self, fields: LogFields) -> Self {
        self.log_fields = fields;
        self
    }

    /// The frame as text; `None` for silence.
    pub fn text(&self) -> Option<String> {
        let frame = (!self.frame.is_null()).then(|| self.frame.to_string())?;
        Some(match (&self.id, frame.strip_prefix('{')) {
            // As text: a number that does not fit into a `Value` stays what it is.
            (Some(id), Some(fields)) => format!("{{\"id\":{id},{fields}"),
            _ => frame,
        })
    }
}

impl From<ApiGatewayWebsocketProxyRequest> for Frame {
    fn from(event: ApiGatewayWebsocketProxyRequest) -> Self {
        let context = event.request_context;
        // The gateway makes texts of all that the authorizer said.
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
        // A client that names one of the gateway's own routes neither opens nor closes anything by that.
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
    fn an_answer_brings_the_id_back_as_it_was_spelled() {
        for id in ["7", "\"a\"", "{ \"n\": [1] }", "12345678901234567890123", "1.0"] {
            let text = frame(format!("{{\"action\":\"ping\",\"id\":{id}}}")).ack(&json!({})).text().unwrap();
            assert_eq!(text, format!("{{\"id\":{id},\"result\":{{}},\"type\":\"ack\"}}"));
        }
        let text = frame("{\"action\":\"ping\"}".to_owned()).ack(&json!({})).text().unwrap();
        assert_eq!(text, "{\"result\":{},\"type\":\"ack\"}");
    }

    /// API Gateway cuts what is longer than 32 KB into frames, and takes no answer of more than 128 KB.
    #[test]
    fn an_answer_fits_in_a_frame_whatever_was_sent() {
        let long = "\u{1}".repeat(15_000);
        let within = frame(json!({ "id": "a".repeat(MAX_FRAME_ID_BYTES - 2), "action": long }).to_string());
        assert!(within.check_id().is_ok());
        let beyond = frame(json!({ "id": "a".repeat(MAX_FRAME_ID_BYTES - 1), "action": long }).to_string());
        let problem = beyond.check_id().unwrap_err();
        assert_eq!(problem.errors[0].field, "id");
        assert!(!beyond.error(&problem).text().unwrap().contains("aaa"));

        #[derive(Debug, Deserialize)]
        struct Place {
            #[expect(dead_code, reason = "only its parsing matters")]
            action: u64,
        }
        let problem = within.body::<Place>().unwrap_err().of_request("r");
        let error = within.error(&problem).text().unwrap();
        assert!(error.len() < 8_192, "{} bytes", error.len());
    }
}
