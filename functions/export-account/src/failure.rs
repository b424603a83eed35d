//! Why a step failed, in words by which the state machine tells what is worth another try.

use lambda_runtime::Diagnostic;
use paloma::call_error::CallError;
use paloma::store::StoreError;

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The state machine was started with something else.
    #[error("The input is no export: {0}. Give {{\"userId\": \"…\"}}, the Cognito sub of whose data to export.")]
    Malformed(serde_json::Error),
    /// Nobody is known by this id, or not any more.
    #[error("Nobody has this user id, or they have been erased: check it with `paloma user show`.")]
    NoSuchAccount,
    /// A step came before the file was begun.
    #[error("No file has been begun: start the execution from its beginning.")]
    TooEarly,
    /// Something does not write as JSON, which is a bug.
    #[error("Something does not write as JSON: {0}")]
    Unwritable(serde_json::Error),
    /// A service refused, throttled, or could not be reached: another try may do.
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
