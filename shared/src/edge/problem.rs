//! What went wrong, as RFC 9457 has it.

use std::num::NonZeroU64;

use serde::Serialize;

use crate::domain::Limited;

/// A problem: what a client is told when something goes wrong, over REST and over the socket alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
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
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// The time after which the same request passes, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<NonZeroU64>,
    /// The request, as the logs know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// A field that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Which, as a path such as `participants[3]`.
    pub field: String,
    /// Why, and what would do.
    pub reason: String,
}

impl Problem {
    fn new(kind: &'static str, title: &'static str, status: u16, detail: impl Into<String>) -> Self {
        Self { kind, title, status, detail: detail.into(), errors: Vec::new(), retry_after_ms: None, request_id: None }
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
        Self { retry_after_ms: NonZeroU64::new(millis), ..Self::too_many(detail) }
    }

    /// 501: this deployment has no such thing.
    pub fn not_configured(detail: impl Into<String>) -> Self {
        Self::new("urn:paloma:problem:not-configured", "This deployment does not offer that", 501, detail)
    }

    /// 503: not now. Trying again is safe, since every call can be repeated.
    pub fn unavailable() -> Self {
        let detail = "Paloma could not finish this right now. Nothing is lost: send the same request again.";
        Self::new("urn:paloma:problem:unavailable", "Not available right now", 503, detail)
    }

    /// This problem, as that of a request.
    #[must_use]
    pub fn of_request(mut self, request_id: &str) -> Self {
        self.request_id = Some(request_id.to_owned());
        self
    }
}

/// The cause goes into the log; a client is told that it is not their fault, and no more.
impl From<crate::store::StoreError> for Problem {
    fn from(error: crate::store::StoreError) -> Self {
        tracing::error!(outcome = "store failed", cause = %error);
        Self::unavailable()
    }
}

/// The cause goes into the log; a client is told that it is not their fault, and no more.
impl From<crate::queue::QueueError> for Problem {
    fn from(error: crate::queue::QueueError) -> Self {
        tracing::error!(outcome = "queue failed", cause = %error);
        Self::unavailable()
    }
}
