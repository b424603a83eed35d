//! The outcome of a transaction that other writes may overtake.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;

/// Whether a concurrent write has changed or locked a row of the transaction: read the rows again, and retry.
pub(super) fn is_lost<R>(error: &SdkError<TransactWriteItemsError, R>) -> bool {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => {
            let lost = |code| matches!(code, Some("ConditionalCheckFailed" | "TransactionConflict"));
            canceled.cancellation_reasons().iter().any(|reason| lost(reason.code()))
        }
        Some(TransactWriteItemsError::TransactionInProgressException(_)) => true,
        _ => false,
    }
}
