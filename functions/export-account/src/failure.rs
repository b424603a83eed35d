//! The errors of a step. The state machine decides by their type whether to retry.

use lambda_runtime::Diagnostic;
use paloma::call_error::CallError;
use paloma::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("The input is not an export: {0}. Give {{\"userId\": \"…\"}}, the Cognito sub of the user to export.")]
    Malformed(serde_json::Error),
    #[error("No user has this id, or the user was erased. Check the id with `paloma user show`.")]
    NoSuchAccount,
    /// A step ran before the step `Begin`.
    #[error("The export has no file yet. Start the execution from its beginning.")]
    TooEarly,
    #[error("A line, or the list of chats, cannot be converted to or from JSON, which is a bug: {0}")]
    Unwritable(serde_json::Error),
    /// A service rejected or throttled a call, or did not answer. A retry may succeed.
    #[error("{0}")]
    Unavailable(String),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Self::Unavailable(error.to_string())
    }
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        let error_type = match &failure {
            Failure::Malformed(_) => "Malformed",
            Failure::NoSuchAccount => "NoSuchAccount",
            Failure::TooEarly => "TooEarly",
            Failure::Unwritable(_) => "Unwritable",
            Failure::Unavailable(_) => "Unavailable",
        };
        Self { error_type: error_type.to_owned(), error_message: failure.to_string() }
    }
}
