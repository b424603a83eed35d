//! The errors of a step. The state machine decides by their type whether to retry.

use lambda_runtime::Diagnostic;
use paloma::call_error::{CallError, Cause, FailureKind};
use paloma::group_changes::GroupFailure;
use paloma::phones::RegistrationError;
use paloma::queue::{JobError, QueueError};
use paloma::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("The input is not an erasure: {0}. Give {{\"userId\": \"…\"}}, the Cognito sub of the user to erase.")]
    Malformed(serde_json::Error),
    /// The user is unknown to Cognito and to the Users table, and was not erased before.
    #[error("No user has this id. Check it with `paloma user show`.")]
    NoSuchAccount,
    /// A destructive step ran before the profile was deleted.
    #[error("The profile still exists. Start the execution from its beginning.")]
    TooEarly,
    /// A service rejected or throttled a call, or did not answer. A retry may succeed.
    #[error("{0}")]
    Unavailable(Cause),
}

impl Failure {
    /// The word for the log's field `causeKind`.
    pub(crate) fn kind(&self) -> Option<&'static str> {
        match self {
            Self::Unavailable(cause) => cause.kind().map(FailureKind::as_str),
            _ => None,
        }
    }
}

macro_rules! unavailable {
    ($($error:ty),*) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::Unavailable(error.into())
            }
        })*
    };
}

unavailable!(CallError, StoreError, QueueError, JobError, RegistrationError);

impl From<GroupFailure> for Failure {
    fn from(failure: GroupFailure) -> Self {
        match failure {
            GroupFailure::Store(error) => error.into(),
            GroupFailure::Queue(error) => error.into(),
            other => Self::Unavailable(Cause::new(other)),
        }
    }
}

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
