//! Problems (RFC 9457): the failures that clients get.

use serde::Serialize;

use super::{LogFields, ProblemKind};
use crate::call_error::Cause;
use crate::domain::{Limited, Message, MessageId, Seq};
use crate::queue::QueueError;
use crate::store::StoreError;

/// A problem, as a REST client and a socket client get it. Only the log shows its cause.
#[derive(Debug, Clone, Serialize, thiserror::Error)]
#[serde(rename_all = "camelCase")]
#[error("{title}: {detail}")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct Problem {
    /// The kind of problem for programs: a URN that never changes.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The kind of problem in words.
    pub title: &'static str,
    /// The HTTP status code.
    pub status: u16,
    /// The failure and its remedy.
    pub detail: String,
    /// The invalid fields, if any.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub errors: Box<[FieldError]>,
    /// The members that only this kind of problem has.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schemas", schemars(schema_with = "super::schema::problem_members"))]
    pub extension: Option<Box<Extension>>,
    /// The id of the request, as in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    #[serde(skip)]
    log_fields: Option<Box<LogFields>>,
}

/// The members that only one kind of problem has (RFC 9457, 3.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
pub enum Extension {
    /// The message that is stored under the `clientMessageId` of this one.
    Stored {
        /// The message's id.
        message_id: MessageId,
        /// The message's seq.
        seq: Seq,
    },
    /// The message as it is now.
    Current {
        /// The message.
        message: Box<Message>,
    },
    /// The limit of this user and action.
    Limited {
        /// The time until the same request succeeds, in milliseconds.
        retry_after_ms: u64,
    },
}

/// An invalid field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct FieldError {
    /// The path of the field, such as `participants[3]`.
    pub field: String,
    /// The reason and the remedy. It completes a sentence that begins with the field.
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
    fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        let (detail, errors) = (detail.into(), Box::default());
        let (kind, title, status) = (kind.urn(), kind.title(), kind.status());
        Self { kind, title, status, detail, errors, extension: None, request_id: None, log_fields: None }
    }

    /// 400: the request cannot be parsed.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::Malformed, detail)
    }

    /// 400: a field is invalid.
    pub fn field(field: impl Into<String>, reason: impl ToString) -> Self {
        Self::fields(vec![FieldError { field: field.into(), reason: reason.to_string() }])
    }

    /// 400: some fields are invalid.
    pub fn fields(errors: Vec<FieldError>) -> Self {
        let detail = errors.iter().map(|error| format!("{} {}", error.field, error.reason)).collect::<Vec<_>>();
        let detail = format!("{}.", detail.join("; "));
        let errors = errors.into();
        Self { errors, ..Self::new(ProblemKind::InvalidField, detail) }
    }

    /// 401: the caller is unknown.
    pub fn unauthenticated(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::Unauthenticated, detail)
    }

    /// 401: the socket's row is deleted, because the gateway has reported the socket as gone, or because the socket was
    /// silent for too long. No frame would reach it.
    pub fn socket_expired() -> Self {
        Self::unauthenticated("This socket has expired: open a new one with a new ticket.")
    }

    /// 403: the caller is known, and lacks the permission.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::Forbidden, detail)
    }

    /// 404: the same answer for an object that never existed and for one that the caller cannot access (invariant 6).
    pub fn not_found(what: &'static str) -> Self {
        let detail = format!("There is no such {what}, or you have no access to it.");
        Self::new(ProblemKind::NotFound, detail)
    }

    /// 409: other data exists already.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::Conflict, detail)
    }

    /// 409: the sender has used this `clientMessageId` for a message with other content, which is unchanged.
    pub fn other_message(stored: &Message) -> Self {
        let detail = format!(
            "You have sent other content with this clientMessageId: message {} at seq {} is unchanged, and this \
             content is not stored. Send it with a new clientMessageId.",
            stored.message_id, stored.seq
        );
        let extension = Extension::Stored { message_id: stored.message_id, seq: stored.seq };
        Self { extension: Some(Box::new(extension)), ..Self::conflict(detail) }
    }

    /// 409: the message has another version than the one that the caller edited, or was deleted.
    pub fn outdated(message: Box<Message>) -> Self {
        let detail = "The message has changed since: see `message`. Edit its current version, unless it was deleted.";
        Self { extension: Some(Box::new(Extension::Current { message })), ..Self::conflict(detail) }
    }

    /// 409: a message without content cannot get reactions.
    pub fn without_content(message: Box<Message>) -> Self {
        let detail = "The message was deleted, so it takes no reactions: see `message`. Nothing was changed.";
        Self { extension: Some(Box::new(Extension::Current { message })), ..Self::conflict(detail) }
    }

    /// 413: the request exceeds a size limit.
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::TooLarge, detail)
    }

    /// 429: too many requests.
    pub fn too_many(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::TooManyRequests, detail)
    }

    /// 429: the request exceeds the limit of this user and action.
    pub fn limited(limited: Limited) -> Self {
        let millis = u64::try_from(limited.retry_after.as_millis()).unwrap_or(u64::MAX).max(1);
        let seconds = millis.div_ceil(1_000);
        let detail = format!("This exceeds your limit. Try again in {seconds} s.");
        Self { extension: Some(Box::new(Extension::Limited { retry_after_ms: millis })), ..Self::too_many(detail) }
    }

    /// 501: the deployment does not have this feature.
    pub fn not_configured(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::NotConfigured, detail)
    }

    /// 409: the value of a field is in use.
    pub fn taken(field: impl Into<String>, reason: impl ToString) -> Self {
        let error = FieldError { field: field.into(), reason: reason.to_string() };
        Self { errors: Box::new([error.clone()]), ..Self::conflict(format!("{} {}.", error.field, error.reason)) }
    }

    /// 503 for a request that is not safe to repeat. `remedy` says how the client finds out whether it took effect, and
    /// how the client can make its requests repeatable.
    pub fn unavailable_once(remedy: &str) -> Self {
        let detail = format!("Paloma could not finish this request. It may have taken effect. {remedy}");
        Self { detail, ..Self::unavailable() }
    }

    /// 503 for a request that is safe to repeat. See [`Self::unavailable_once`] for the others.
    pub fn unavailable() -> Self {
        let detail = "Paloma could not finish this request. Repeating it is safe: send the same request again.";
        Self::new(ProblemKind::Unavailable, detail)
    }

    /// 503: an answer cannot be written as JSON, which is a bug.
    pub(crate) fn unwritable(error: serde_json::Error) -> Self {
        Self::unavailable().caused_by(Cause::new(error))
    }

    /// The time until the same request succeeds, in milliseconds, if it exceeded a limit.
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
    pub fn with_log_fields(mut self, mut fields: LogFields) -> Self {
        fields.cause = fields.cause.or_else(|| self.log_fields.take()?.cause);
        self.log_fields = Some(Box::new(fields));
        self
    }

    /// The fields for the invocation's log line.
    pub fn into_log_fields(self) -> LogFields {
        self.log_fields.map(|fields| *fields).unwrap_or_default()
    }

    /// This problem with the id of the request.
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
        let fields_first = problem.clone().with_log_fields(fields.clone()).caused_by(cause.clone());
        let cause_first = problem.caused_by(cause).with_log_fields(fields);
        for problem in [fields_first, cause_first] {
            let fields = problem.into_log_fields();
            assert_eq!((fields.lost_races, fields.cause.unwrap().to_string().as_str()), (3, "lost too often"));
        }
    }
}
