//! Errors of reading, replaying and dropping dead letters.

use std::error::Error;
use std::fmt;

use aws_sdk_sqs::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use lambda_runtime::Diagnostic;

use crate::runtime::MissingVariable;

/// Why dead letters could not be read, replayed or dropped. Only dead letters that SQS confirmed as deleted have left
/// their queue.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// AWS rejected or throttled the call, or could not be reached.
    #[error("{operation} failed: {cause}")]
    Call {
        /// The call as IAM names it, such as `sqs:ReceiveMessage`.
        operation: &'static str,
        /// The service's error code, such as `AccessDenied`; none if no answer arrived.
        code: Option<String>,
        /// The service's message, or else the whole chain of causes.
        cause: String,
    },
    /// The environment has no address of the queue.
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

/// The error as the Step Functions console shows it. The workflow retries errors of the type `ReplayError`.
impl From<ReplayError> for Diagnostic {
    fn from(error: ReplayError) -> Self {
        Self { error_type: "ReplayError".to_owned(), error_message: error.to_string() }
    }
}
