//! What DynamoDB refuses because a transaction is under way on the same row passes within milliseconds. The SDK tries
//! many refusals again by itself, but not this one.

use aws_sdk_dynamodb::config::interceptors::InterceptorContext;
use aws_sdk_dynamodb::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;

/// Tells the SDK to try an update again when a transaction was in its way: the head of a busy chat is in one with
/// every message.
#[derive(Debug)]
pub(crate) struct TransactionConflicts;

impl ClassifyRetry for TransactionConflicts {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let error = context.output_or_error().and_then(Result::err);
        let refused = error.and_then(|error| error.as_operation_error()?.downcast_ref::<UpdateItemError>());
        if refused.is_some_and(UpdateItemError::is_transaction_conflict_exception) {
            RetryAction::transient_error()
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "transaction conflicts"
    }
}
