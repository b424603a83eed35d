//! What went wrong, as RFC 9457 has it.

use serde::Serialize;

use crate::domain::{Limited, Message, MessageId, Seq};

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
    /// What this kind of problem says beyond the others.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub extension: Option<Box<Extension>>,
    /// The request, as the logs know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
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

impl Problem {
    fn new(kind: &'static str, title: &'static str, status: u16, detail: impl Into<String>) -> Self {
        Self { kind, title, status, detail: detail.into(), errors: Vec::new(), extension: None, request_id: None }
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
        Self { errors: vec![error.clone()], ..Self::conflict(format!("{} {}.", error.field, error.reason)) }
    }

    /// 503: not now, and the same request made again might do twice what was done. `remedy` says how a client finds out,
    /// and how it can make its requests repeatable.
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

    /// The time after which the same request passes, in milliseconds, if a limit refused it.
    pub fn retry_after_ms(&self) -> Option<u64> {
        match self.extension.as_deref() {
            Some(Extension::Limited { retry_after_ms }) => Some(*retry_after_ms),
            _ => None,
        }
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
