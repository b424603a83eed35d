//! What went wrong, as RFC 9457 has it.

use serde::Serialize;

use super::LogFields;
use crate::call_error::Cause;
use crate::domain::{Limited, Message, MessageId, Seq};
use crate::queue::QueueError;
use crate::store::StoreError;

/// A problem, as a REST client and a socket client get it. Its cause goes to the log alone.
#[derive(Debug, Clone, Serialize, thiserror::Error)]
#[serde(rename_all = "camelCase")]
#[error("{title}: {detail}")]
pub struct Problem {
    /// What kind of problem this is, for programs: a URN that does not change.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The kind, for people.
    pub title: &'static str,
    /// The HTTP status code.
    pub status: u16,
    /// What happened this time, and what would do.
    pub detail: String,
    /// The bad fields, if it was they.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub errors: Box<[FieldError]>,
    /// What this kind of problem says beyond the others.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub extension: Option<Box<Extension>>,
    /// The request, as the logs know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    #[serde(skip)]
    log_fields: Option<Box<LogFields>>,
}

/// The members of a problem that one kind alone has (RFC 9457, 3.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Extension {
    /// The message that is stored under the `clientMessageId` of this one.
    Stored {
        /// Its id.
        message_id: MessageId,
        /// Its place in its chat.
        seq: Seq,
    },
    /// The limit of this user and action.
    Limited {
        /// The time after which the same request passes, in milliseconds.
        retry_after_ms: u64,
    },
}

/// A field that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Which, as a path such as `participants[3]`.
    pub field: String,
    /// Why, and what would do.
    pub reason: String,
}

/// Two problems are equal if a client cannot tell them apart.
impl PartialEq for Problem {
    fn eq(&self, other: &Self) -> bool {
        let seen = |problem: &Self| {
            (problem.kind, problem.title, problem.status, problem.detail.clone(), problem.request_id.clone())
        };
        seen(self) == seen(other) && self.errors == other.errors && self.extension == other.extension
    }
}

impl Problem {
    fn new(kind: &'static str, title: &'static str, status: u16, detail: impl Into<String>) -> Self {
        let (detail, errors) = (detail.into(), Box::default());
        Self { kind, title, status, detail, errors, extension: None, request_id: None, log_fields: None }
    }

    /// 400: the request cannot be read at all.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new("urn:paloma:problem:malformed", "The request cannot be read", 400, detail)
    }

    /// 400: a field cannot be taken.
    pub fn field(field: impl Into<String>, reason: impl ToString) -> Self {
        Self::fields(vec![FieldError { field: field.into(), reason: reason.to_string() }])
    }

    /// 400: some fields cannot be taken.
    pub fn fields(errors: Vec<FieldError>) -> Self {
        let detail = errors.iter().map(|error| format!("{} {}", error.field, error.reason)).collect::<Vec<_>>();
        let detail = format!("{}.", detail.join("; "));
        let errors = errors.into();
        Self { errors, ..Self::new("urn:paloma:problem:invalid-field", "A field cannot be taken", 400, detail) }
    }

    /// 401: nobody knows who this is.
    pub fn unauthenticated(detail: impl Into<String>) -> Self {
        Self::new("urn:paloma:problem:unauthenticated", "You are not logged in", 401, detail)
    }

    /// 401: the socket was forgotten when the gateway called it gone, or when it had been silent for too long. Nothing
    /// would reach it any more.
    pub fn socket_forgotten() -> Self {
        Self::unauthenticated("This socket is forgotten: open a new one with a new ticket.")
    }

    /// 403: known, but not for them.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new("urn:paloma:problem:forbidden", "This is not for you to do", 403, detail)
    }

    /// 404: the same for what never was and for what one has no part in (invariant 6).
    pub fn not_found(what: &'static str) -> Self {
        let detail = format!("There is no such {what}, or you have no part in it.");
        Self::new("urn:paloma:problem:not-found", "Not found", 404, detail)
    }

    /// 409: it is there already, in another way.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new("urn:paloma:problem:conflict", "That is taken", 409, detail)
    }

    /// 409: the sender has given this `clientMessageId` to a message with other content, which stays as it is.
    pub fn other_message(stored: &Message) -> Self {
        let detail = format!(
            "You have sent other content with this clientMessageId: message {} at seq {} stays as it is, and this content \
             is not stored. Send it with a clientMessageId of its own.",
            stored.message_id, stored.seq
        );
        let extension = Extension::Stored { message_id: stored.message_id, seq: stored.seq };
        Self { extension: Some(Box::new(extension)), ..Self::conflict(detail) }
    }

    /// 413: more than anybody needs.
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self::new("urn:paloma:problem:too-large", "That is too much at once", 413, detail)
    }

    /// 429: too often.
    pub fn too_many(detail: impl Into<String>) -> Self {
        Self::new("urn:paloma:problem:too-many-requests", "Too many requests", 429, detail)
    }

    /// 429: more than the limit of this user and action.
    pub fn limited(limited: Limited) -> Self {
        let millis = u64::try_from(limited.retry_after.as_millis()).unwrap_or(u64::MAX).max(1);
        let seconds = millis.div_ceil(1_000);
        let detail = format!("That is more than your limit allows. Try again in {seconds} s.");
        Self { extension: Some(Box::new(Extension::Limited { retry_after_ms: millis })), ..Self::too_many(detail) }
    }

    /// 501: this deployment has no such thing.
    pub fn not_configured(detail: impl Into<String>) -> Self {
        Self::new("urn:paloma:problem:not-configured", "This deployment does not offer that", 501, detail)
    }

    /// 409: a field names what is there already, in another way.
    pub fn taken(field: impl Into<String>, reason: impl ToString) -> Self {
        let error = FieldError { field: field.into(), reason: reason.to_string() };
        Self { errors: Box::new([error.clone()]), ..Self::conflict(format!("{} {}.", error.field, error.reason)) }
    }

    /// 503: not now, and the same request made again might do twice what was done. `remedy` says how a client finds
    /// out, and how it can make its requests repeatable.
    pub fn unavailable_once(remedy: &str) -> Self {
        let detail = format!("Paloma could not finish this right now, and may have done it. {remedy}");
        Self { detail, ..Self::unavailable() }
    }

    /// 503: not now. Trying again is safe: the same request made again does nothing twice. What cannot be repeated
    /// says so itself ([`Self::unavailable_once`]).
    pub fn unavailable() -> Self {
        let detail = "Paloma could not finish this right now. Nothing is lost: send the same request again.";
        Self::new("urn:paloma:problem:unavailable", "Not available right now", 503, detail)
    }

    /// 503: an answer cannot be written as JSON, which is a bug.
    pub(crate) fn unwritable(error: serde_json::Error) -> Self {
        Self::unavailable().caused_by(Cause::new(error))
    }

    /// The time after which the same request passes, in milliseconds, if a limit refused it.
    pub fn retry_after_ms(&self) -> Option<u64> {
        match self.extension.as_deref() {
            Some(Extension::Limited { retry_after_ms }) => Some(*retry_after_ms),
            _ => None,
        }
    }

    /// This problem with its cause, for the log.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Cause>) -> Self {
        self.log_fields.get_or_insert_default().cause = Some(cause.into());
        self
    }

    /// This problem with fields for the invocation's log line. They replace earlier ones, except the cause.
    #[must_use]
    pub fn about(mut self, mut fields: LogFields) -> Self {
        fields.cause = fields.cause.or_else(|| self.log_fields.take()?.cause);
        self.log_fields = Some(Box::new(fields));
        self
    }

    /// The fields for the invocation's log line.
    pub fn into_log_fields(self) -> LogFields {
        self.log_fields.map(|fields| *fields).unwrap_or_default()
    }

    /// This problem, as that of a request.
    #[must_use]
    pub fn of_request(mut self, request_id: &str) -> Self {
        self.request_id = Some(request_id.to_owned());
        self
    }
}

/// 503, with the cause for the log.
impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::unavailable().caused_by(error)
    }
}

/// 503, with the cause for the log.
impl From<QueueError> for Problem {
    fn from(error: QueueError) -> Self {
        Self::unavailable().caused_by(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_store_is_a_problem_whose_cause_no_client_sees() {
        let problem = Problem::from(StoreError::IndexBehind { table: "Messages" }).of_request("r-1");
        let json = serde_json::json!({
            "type": "urn:paloma:problem:unavailable",
            "title": Problem::unavailable().title,
            "status": 503,
            "detail": Problem::unavailable().detail,
            "requestId": "r-1",
        });
        assert_eq!(serde_json::to_value(&problem).unwrap(), json);
        assert_eq!(problem, Problem::unavailable().of_request("r-1"));
        let cause = problem.into_log_fields().cause.unwrap();
        assert!(cause.error().downcast_ref::<StoreError>().is_some(), "{cause}");
    }

    #[test]
    fn the_log_fields_and_the_cause_of_a_problem_stay_together() {
        let (problem, cause) = (Problem::unavailable(), Cause::new("lost too often"));
        let fields = LogFields { lost_races: 3, ..LogFields::default() };
        let fields_first = problem.clone().about(fields.clone()).caused_by(cause.clone());
        let cause_first = problem.caused_by(cause).about(fields);
        for problem in [fields_first, cause_first] {
            let fields = problem.into_log_fields();
            assert_eq!((fields.lost_races, fields.cause.unwrap().to_string().as_str()), (3, "lost too often"));
        }
    }
}
