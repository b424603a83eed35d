//! The one log line of an invocation.

use std::time::Instant;

use tracing::{Level, Span};

use crate::call_error::{Cause, FailureKind};
use crate::domain::{ChatId, Message, MessageId, MessageRef, Seq, Timestamp, UserId};
use crate::metrics::{INVOCATION, elapsed_ms, if_any};

/// The fields of an invocation's log line that the handler sets.
#[derive(Debug, Clone, Default)]
pub struct LogFields {
    /// The chat of the request.
    pub chat_id: Option<ChatId>,
    /// The message of the request.
    pub message_id: Option<MessageId>,
    /// That message's seq.
    pub seq: Option<Seq>,
    /// The time at which that message was stored, by the clock.
    pub accepted_at: Option<Timestamp>,
    /// The outcome in a word, if the status code does not say enough.
    pub outcome: Option<&'static str>,
    /// Whether the message had been accepted before.
    pub repeated: bool,
    /// The number of tries at which another message got the seq first.
    pub lost_races: u64,
    /// The cause of a failure. Only the log shows it, never the client.
    pub cause: Option<Cause>,
}

impl LogFields {
    /// The fields of a message.
    pub fn of(message: &Message) -> Self {
        Self { accepted_at: Some(message.created_at), ..Self::of_ref(message.into()) }
    }

    /// The fields of a message, of which only the ids are known.
    pub fn of_ref(message: MessageRef) -> Self {
        let MessageRef { chat_id, message_id, seq, .. } = message;
        Self { chat_id: Some(chat_id), message_id: Some(message_id), seq: Some(seq), ..Self::default() }
    }
}

/// An invocation, as its log line identifies it.
#[derive(Debug, Clone)]
pub struct Invocation<'a> {
    /// The name of the function, without the deployment's stage.
    pub stage: &'a str,
    /// The route, such as `GET /chats/{chatId}` or `sendMessage`.
    pub route: &'a str,
    /// The gateway's id of the request.
    pub request_id: &'a str,
    /// The caller, if known.
    pub caller: Option<UserId>,
    /// The time at which the invocation started.
    pub started: Instant,
}

impl Invocation<'_> {
    /// The span for the handler. Every line that the handler logs has the fields of the span.
    pub(super) fn span(&self) -> Span {
        tracing::info_span!(INVOCATION, requestId = self.request_id, route = self.route)
    }

    /// Writes the log line: at level `ERROR` for a status of 500 and above, at level `WARN` if something else has
    /// failed, and at level `INFO` otherwise.
    pub fn log(&self, status: u16, fields: &LogFields) {
        // tracing needs a constant level, so each level needs a call of its own.
        macro_rules! line {
            ($level:expr) => {
                tracing::event!(
                    $level,
                    stage = self.stage,
                    route = self.route,
                    requestId = self.request_id,
                    status,
                    outcome = fields.outcome,
                    userId = self.caller.map(tracing::field::display),
                    chatId = fields.chat_id.map(tracing::field::display),
                    messageId = fields.message_id.map(tracing::field::display),
                    seq = fields.seq.map(u64::from),
                    cause = fields.cause.as_ref().map(tracing::field::display),
                    causeKind = fields.cause.as_ref().and_then(Cause::kind).map(FailureKind::as_str),
                    Repetitions = if_any(fields.repeated.into()),
                    SequenceRaces = if_any(fields.lost_races),
                    sinceAcceptedMs = fields.accepted_at.map(|accepted| accepted.millis_until(Timestamp::now())),
                    durationMs = elapsed_ms(self.started),
                )
            };
        }
        match status {
            500.. => line!(Level::ERROR),
            _ if fields.cause.is_some() => line!(Level::WARN),
            _ => line!(Level::INFO),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::edge::Problem;
    use crate::metrics::captured::lines;
    use crate::store::StoreError;

    fn line_of(status: u16, fields: &LogFields) -> Value {
        let (route, request_id) = ("GET /chats", "r-1");
        let invocation = Invocation { stage: "get-chats", route, request_id, caller: None, started: Instant::now() };
        let lines = lines(|| invocation.log(status, fields));
        let [line] = lines.as_slice() else { panic!("{lines:?}") };
        line.clone()
    }

    #[test]
    fn the_line_of_a_failed_invocation_has_the_cause_the_route_and_the_request_id() {
        let problem = Problem::from(StoreError::IndexBehind { table: "Messages" });
        let line = line_of(problem.status, &problem.into_log_fields());
        let field = |name: &str| line[name].clone();
        assert_eq!((field("level"), field("status")), (json!("ERROR"), json!(503)));
        assert_eq!(field("cause"), "an index of the Messages table is behind the table: a retry may succeed");
        assert_eq!(field("causeKind"), "unavailable");
        assert_eq!((field("stage"), field("route")), (json!("get-chats"), json!("GET /chats")));
        assert_eq!(field("requestId"), "r-1");
    }

    #[test]
    fn the_line_of_an_invocation_without_a_cause_is_no_error() {
        let line = line_of(404, &LogFields::default());
        assert_eq!((&line["level"], &line["status"]), (&json!("INFO"), &json!(404)));
        assert_eq!((line.get("cause"), line.get("causeKind")), (None, None));
    }

    #[test]
    fn each_line_of_a_handler_has_the_request_id_and_the_route() {
        let (stage, route, request_id) = ("devices", "POST /devices", "r-\"1\"");
        let invocation = Invocation { stage, route, request_id, caller: None, started: Instant::now() };
        let lines = lines(|| {
            invocation.span().in_scope(|| {
                tracing::warn!(outcome = "endpoint not removed");
                tracing::error!(outcome = "failed", FailedJobs = 1_u64);
            });
            tracing::info!(outcome = "outside");
        });
        for line in &lines[..2] {
            assert_eq!((&line["requestId"], &line["route"]), (&json!("r-\"1\""), &json!("POST /devices")), "{line}");
        }
        assert_eq!(lines[0]["outcome"], "endpoint not removed");
        assert_eq!((&lines[1]["FailedJobs"], &lines[1]["Function"]), (&json!(1), &json!("dev-fan-out")));
        assert_eq!(lines[2].get("requestId"), None);
    }

    #[test]
    fn a_failure_that_the_client_does_not_see_is_a_warning() {
        let cause = Some(Cause::new("the chat event is not enqueued"));
        let line = line_of(201, &LogFields { cause, ..LogFields::default() });
        assert_eq!((&line["level"], &line["status"]), (&json!("WARN"), &json!(201)));
    }
}
