//! Errors of reading, replaying and dropping dead letters.

use std::error::Error;

use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use lambda_runtime::Diagnostic;

use crate::call_error::CallError;
use crate::runtime::MissingVariable;

/// Why dead letters could not be read, replayed or dropped. Only dead letters that SQS confirmed as deleted have left
/// their queue.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// AWS rejected or throttled the call, or could not be reached.
    ///
    /// Its operation is the call as IAM names it, such as `sqs:ReceiveMessage`. Its text is the service's message, or
    /// else the whole chain of causes.
    #[error("{} failed: {}", .0.operation(), .0.message().map_or_else(|| .0.reason(), str::to_owned))]
    Call(#[source] CallError),
    /// The environment has no address of the queue.
    #[error(transparent)]
    Setting(#[from] MissingVariable),
}

impl ReplayError {
    pub(crate) fn call<E>(operation: &'static str) -> impl FnOnce(SdkError<E>) -> Self
    where
        E: Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        move |error| Self::Call(CallError::of(operation)(error))
    }
}

/// The error as the Step Functions console shows it. The workflow retries errors of the type `ReplayError`.
impl From<ReplayError> for Diagnostic {
    fn from(error: ReplayError) -> Self {
        Self { error_type: "ReplayError".to_owned(), error_message: error.to_string() }
    }
}
