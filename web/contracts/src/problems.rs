//! The meaning of each kind of problem, and the remedy.

use paloma::edge::ProblemKind;
use serde_json::{Value, json};

/// The text on a kind of problem in the contracts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Explanation {
    pub meaning: &'static str,
    pub remedy: &'static str,
    /// A `detail` as a client gets it.
    pub example: &'static str,
}

pub(crate) const fn explanation(kind: ProblemKind) -> Explanation {
    let (meaning, remedy, example) = match kind {
        ProblemKind::Malformed => (
            "The body is no JSON object in UTF-8, or a frame is not JSON.",
            "Correct the client: the same request fails again.",
            "The body must be a JSON object.",
        ),
        ProblemKind::InvalidField => (
            "Fields are missing or invalid: `errors` names each with the reason.",
            "Show the reason at the field, and send corrected values.",
            "clientMessageId is missing.",
        ),
        ProblemKind::Unauthenticated => (
            "The token, the ticket, the password or the code is not valid, or the session has ended.",
            "Refresh the tokens once; if that fails too, log in again.",
            "This session has ended: log in again.",
        ),
        ProblemKind::Forbidden => (
            "The caller is known, and lacks the permission: a wrong password, or a message of the caller's own.",
            "Don't repeat the request unchanged: `detail` names the reason.",
            "The password is wrong.",
        ),
        ProblemKind::NotFound => (
            "The object does not exist, or the caller has no access to it: both get the same answer.",
            "Remove the object from the view, and read the list again.",
            "There is no such chat, or you have no access to it.",
        ),
        ProblemKind::Conflict => (
            "Other data exists already. For a send, `messageId` and `seq` name the message that is stored.",
            "Read the existing data, or repeat the request with another id.",
            "You have sent other content with this clientMessageId. Send it with a new clientMessageId.",
        ),
        ProblemKind::TooLarge => {
            ("The body exceeds 131,072 bytes.", "Send less.", "The body must be at most 131072 bytes, but has 140000.")
        }
        ProblemKind::TooManyRequests => (
            "The request exceeds a rate limit of the user or of the address.",
            "Wait for `retryAfterMs` (or the header `Retry-After`), then send the same request again.",
            "This exceeds your limit. Try again in 3 s.",
        ),
        ProblemKind::NotConfigured => (
            "The deployment does not have this feature.",
            "Hide the feature, or ask the operators to set the parameter that `detail` names.",
            "Push through fcm is not configured here. Ask the operators to set the parameter FcmApplicationArn.",
        ),
        ProblemKind::Unavailable => (
            "The request could not be finished now. It may have taken effect.",
            "Repeat the same request with exponential back-off. Only a group without `clientChatId` is not repeatable.",
            "Paloma could not finish this request. Repeating it is safe: send the same request again.",
        ),
    };
    Explanation { meaning, remedy, example }
}

/// A list of all kinds in Markdown, with status, meaning and remedy.
pub(crate) fn list() -> String {
    let kinds = ProblemKind::ALL.iter().map(|kind| {
        let Explanation { meaning, remedy, .. } = explanation(*kind);
        format!("\n- `{}` ({}, {}): {meaning} {remedy}", kind.urn(), kind.status(), kind.title())
    });
    kinds.collect()
}

/// The last part of the URN, such as `not-found`.
pub(crate) fn short_name(kind: ProblemKind) -> &'static str {
    kind.urn().rsplit(':').next().unwrap_or_default()
}

/// A problem as a client gets it.
pub(crate) fn example(kind: ProblemKind) -> Value {
    let mut problem = json!({
        "type": kind.urn(),
        "title": kind.title(),
        "status": kind.status(),
        "detail": explanation(kind).example,
        "requestId": "9f1c7d52-3a4e-4a39-8f0f-0a4f5c0d6e11",
    });
    match kind {
        ProblemKind::InvalidField => {
            problem["errors"] = json!([{ "field": "clientMessageId", "reason": "is missing" }]);
        }
        ProblemKind::TooManyRequests => problem["retryAfterMs"] = json!(2_400),
        _ => {}
    }
    problem
}
