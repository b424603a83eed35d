//! Retries of updates that conflict with a transaction.
//!
//! DynamoDB rejects an update while a transaction is running on the same row, which takes milliseconds. The SDK retries
//! many errors by itself, but not this one.

use aws_sdk_dynamodb::config::interceptors::InterceptorContext;
use aws_sdk_dynamodb::config::retry::{ClassifyRetry, RetryAction};
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;

/// Makes the SDK retry an update that DynamoDB rejected because of a transaction on the same row. Every message locks
/// its chat's head in a transaction, so these conflicts are frequent in busy chats.
#[derive(Debug)]
pub(crate) struct TransactionConflicts;

impl ClassifyRetry for TransactionConflicts {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let error = context.output_or_error().and_then(Result::err);
        let rejected = error.and_then(|error| error.as_operation_error()?.downcast_ref::<UpdateItemError>());
        if rejected.is_some_and(UpdateItemError::is_transaction_conflict_exception) {
            RetryAction::transient_error()
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "transaction conflicts"
    }
}
