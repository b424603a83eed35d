//! Failed calls to AWS: the operation, the error code, and the kind of failure.
//!
//! [`CallError`] keeps the SDK's error as its source. The errors of the stores, queues and services wrap it, so each of
//! them has a [`Classified::kind`], which shows whether another try may succeed. The text of every error here already
//! includes the texts of its sources: print the error, not its chain.

mod cause;
mod dependency;
mod kind;

pub use cause::Cause;
pub use dependency::Dependency;
pub use kind::{Classified, FailureKind};

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use aws_sdk_dynamodb::error::{BuildError, DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;

/// A call to AWS failed: AWS rejected or throttled it, or could not be reached.
#[derive(Debug, Clone)]
pub struct CallError {
    operation: &'static str,
    code: Option<String>,
    message: Option<String>,
    kind: FailureKind,
    source: Arc<dyn Error + Send + Sync>,
}

/// A cause without an error of the SDK.
#[derive(Debug)]
struct Reason(Cow<'static, str>);

impl CallError {
    /// Wraps the SDK's error. `operation` is the API's name of the call, with a hint such as `GetItem of a chat`.
    pub fn of<E>(operation: &'static str) -> impl FnOnce(SdkError<E>) -> Self
    where
        E: Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        move |error| {
            let code = code_of(&error).map(str::to_owned);
            let message = error.message().map(str::to_owned);
            let kind = kind_of(&error, code.as_deref());
            Self { operation, code, message, kind, source: Arc::new(error) }
        }
    }

    /// Wraps the SDK's error about a request that lacks a parameter.
    pub fn unbuilt(operation: &'static str) -> impl Fn(BuildError) -> Self {
        move |error| Self::without_answer(operation, FailureKind::Rejected, Arc::new(error))
    }

    /// A failure without an error of the SDK, such as an answer that lacks a required field.
    pub fn because(operation: &'static str, kind: FailureKind, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::without_answer(operation, kind, Arc::new(Reason(reason.into())))
    }

    fn without_answer(operation: &'static str, kind: FailureKind, source: Arc<dyn Error + Send + Sync>) -> Self {
        Self { operation, code: None, message: None, kind, source }
    }

    /// The API's name of the call, with a hint.
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// The message of the service, if it answered with one.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// The texts of all causes, with the details of the SDK's error; without the operation.
    pub fn reason(&self) -> String {
        match self.source.downcast_ref::<Reason>() {
            Some(reason) => reason.to_string(),
            None => DisplayErrorContext(&*self.source).to_string(),
        }
    }

    /// The error code of the service, such as `AccessDeniedException`, if the service answered. For a cancelled
    /// transaction it is the code of the reason.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }
}

impl Classified for CallError {
    fn kind(&self) -> FailureKind {
        self.kind
    }

    fn dependency(&self) -> Option<Dependency> {
        Some(Dependency::of_operation(self.operation))
    }
}

/// The operation, the text of each error in the chain, and the details of the SDK's error.
impl fmt::Display for CallError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} failed: {}", self.operation, self.reason())
    }
}

impl Error for CallError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Error for Reason {}

fn code_of<E>(error: &SdkError<E>) -> Option<&str>
where
    E: Error + ProvideErrorMetadata + 'static,
{
    let service_error = error.as_service_error()?;
    reason_of_cancellation(service_error).or_else(|| service_error.code())
}

/// The code of the reason that DynamoDB gives for a cancelled transaction: if there are several, one that may pass.
fn reason_of_cancellation<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a str> {
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error.downcast_ref()? else { return None };
    let reasons = cancelled.cancellation_reasons();
    let codes = || reasons.iter().filter_map(|reason| reason.code()).filter(|code| *code != "None");
    let may_pass = |code: &&str| FailureKind::of_answer(Some(code), None) != FailureKind::Rejected;
    codes().find(may_pass).or_else(|| codes().next())
}

fn kind_of<E>(error: &SdkError<E>, code: Option<&str>) -> FailureKind {
    let status = error.raw_response().map(|response| response.status().as_u16());
    match error {
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) => FailureKind::Unreachable,
        SdkError::ResponseError(_) if status.is_none_or(|status| status < 500) => FailureKind::Unreadable,
        SdkError::ResponseError(_) => FailureKind::Unavailable,
        SdkError::ServiceError(_) => FailureKind::of_answer(code, status),
        // The request could not be built.
        _ => FailureKind::Rejected,
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::config::http::HttpResponse;
    use aws_sdk_dynamodb::error::{ConnectorError, ErrorMetadata};
    use aws_sdk_dynamodb::operation::get_item::GetItemError;
    use aws_sdk_dynamodb::types::CancellationReason;
    use aws_sdk_dynamodb::types::error::TransactionCanceledException;

    use super::*;

    fn answer(status: u16) -> HttpResponse {
        HttpResponse::new(status.try_into().unwrap(), "".into())
    }

    fn rejected(code: &str, status: u16) -> CallError {
        let metadata = ErrorMetadata::builder().code(code).message("said so").build();
        CallError::of("GetItem of a chat")(SdkError::service_error(GetItemError::generic(metadata), answer(status)))
    }

    #[test]
    fn a_call_without_an_answer_is_unreachable_and_an_invalid_answer_is_unreadable() {
        let silent: [SdkError<GetItemError>; 2] = [
            SdkError::timeout_error("took too long"),
            SdkError::dispatch_failure(ConnectorError::io("connection refused".into())),
        ];
        for error in silent {
            assert_eq!(CallError::of("GetItem")(error).kind(), FailureKind::Unreachable);
        }
        let read = |status| {
            let error: SdkError<GetItemError> = SdkError::response_error("not JSON", answer(status));
            CallError::of("GetItem")(error).kind()
        };
        assert_eq!((read(200), read(502)), (FailureKind::Unreadable, FailureKind::Unavailable));
        let unbuilt: SdkError<GetItemError> = SdkError::construction_failure("no key");
        assert_eq!(CallError::of("GetItem")(unbuilt).kind(), FailureKind::Rejected);
    }

    #[test]
    fn a_cancelled_transaction_has_the_code_of_its_reason() {
        let cancelled = |codes: &[&str]| {
            let reasons = codes.iter().map(|code| CancellationReason::builder().code(*code).build()).collect();
            let error = TransactionCanceledException::builder().set_cancellation_reasons(Some(reasons)).build();
            let error = TransactWriteItemsError::TransactionCanceledException(error);
            let error = CallError::of("TransactWriteItems")(SdkError::service_error(error, answer(400)));
            (error.code().map(str::to_owned), error.kind())
        };
        let throttled = cancelled(&["None", "ConditionalCheckFailed", "ThrottlingError"]);
        assert_eq!(throttled, (Some("ThrottlingError".to_owned()), FailureKind::Throttled));
        let refused = cancelled(&["None", "ValidationError"]);
        assert_eq!(refused, (Some("ValidationError".to_owned()), FailureKind::Rejected));
        let conflict = cancelled(&["TransactionConflict"]);
        assert_eq!(conflict, (Some("TransactionConflict".to_owned()), FailureKind::Unavailable));
    }

    #[test]
    fn the_text_names_the_operation_and_every_cause_and_the_source_keeps_its_type() {
        let error = rejected("AccessDeniedException", 400);
        let text = error.to_string();
        assert!(text.starts_with("GetItem of a chat failed: service error: "), "{text}");
        assert!(text.contains("AccessDeniedException") && text.contains("said so"), "{text}");
        let source = error.source().and_then(|source| source.downcast_ref::<SdkError<GetItemError>>());
        assert_eq!(source.and_then(|error| error.code()), Some("AccessDeniedException"));

        let error = CallError::because("AdminGetUser", FailureKind::Unreadable, "the answer has no sub");
        assert_eq!(error.to_string(), "AdminGetUser failed: the answer has no sub");
    }
}
