//! What can go wrong between an operator and a dead letter.

use std::error::Error;
use std::fmt;

use aws_sdk_sqs::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use lambda_runtime::Diagnostic;
use paloma::runtime::MissingVariable;

/// Why dead letters could not be read, replayed or dropped. What was not confirmed as gone is still in its queue.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// AWS refused, throttled, or could not be reached.
    #[error("{operation} failed: {cause}")]
    Call {
        /// What was asked, as IAM calls it, such as `sqs:ReceiveMessage`.
        operation: &'static str,
        /// The error code of the service, such as `AccessDenied`, if it came so far.
        code: Option<String>,
        /// What the service says, or else the whole chain of causes.
        cause: String,
    },
    /// The environment does not say where the queue is.
    #[error(transparent)]
    Setting(#[from] MissingVariable),
}

impl ReplayError {
    pub(crate) fn call<E, R>(operation: &'static str) -> impl FnOnce(SdkError<E, R>) -> Self
    where
        E: Error + ProvideErrorMetadata + 'static,
        R: fmt::Debug + 'static,
    {
        move |error| Self::Call {
            operation,
            code: error.code().map(str::to_owned),
            cause: error.message().map_or_else(|| DisplayErrorContext(&error).to_string(), str::to_owned),
        }
    }
}

/// How it reads in the console of the workflow.
impl From<ReplayError> for Diagnostic {
    fn from(error: ReplayError) -> Self {
        Self { error_type: "ReplayError".to_owned(), error_message: error.to_string() }
    }
}
