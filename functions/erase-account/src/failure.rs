//! Why a step failed, in words by which the state machine tells what is worth another try.

use lambda_runtime::Diagnostic;
use paloma::call_error::CallError;
use paloma::phones::RegistrationError;
use paloma::queue::{JobError, QueueError};
use paloma::store::StoreError;

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The state machine was started with something else.
    #[error("The input is no erasure: {0}. Give {{\"userId\": \"…\"}}, the Cognito sub of whom to erase.")]
    Malformed(serde_json::Error),
    /// Neither Cognito nor the Users table knows them, and they have not been erased.
    #[error("Nobody has this user id: check it with `paloma user show`.")]
    NoSuchAccount,
    /// A step that destroys came before the profile was gone.
    #[error("The profile is still there: start the execution from its beginning.")]
    TooEarly,
    /// A service refused, throttled, or could not be reached: another try may do.
    #[error("{0}")]
    Unavailable(String),
}

impl Failure {
    pub(crate) fn unavailable(cause: impl std::fmt::Display) -> Self {
        Self::Unavailable(cause.to_string())
    }
}

macro_rules! unavailable {
    ($($error:ty),*) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::unavailable(error)
            }
        })*
    };
}

unavailable!(CallError, StoreError, QueueError, JobError, RegistrationError);

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        let error_type = match &failure {
            Failure::Malformed(_) => "Malformed",
            Failure::NoSuchAccount => "NoSuchAccount",
            Failure::TooEarly => "TooEarly",
            Failure::Unavailable(_) => "Unavailable",
        };
        Self { error_type: error_type.to_owned(), error_message: failure.to_string() }
    }
}
