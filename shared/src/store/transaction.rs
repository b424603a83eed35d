//! The outcome of a transaction that other writes may overtake.

use std::time::{Duration, Instant};

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;

use crate::call_error::{CallError, FailureKind};
use crate::store::StoreError;

/// Time after which a transaction that loses every race against messages is rejected. The functions' timeout is 20 s.
const TIME_LIMIT: Duration = Duration::from_secs(8);

/// Maximum wait before a retry, in milliseconds: the time of a few transactions.
const MAX_WAIT_MS: u64 = 20;

/// Waits before the next try of an operation that began at this time.
///
/// # Errors
/// After 8 s.
pub(super) async fn pause_before_retry(operation: &'static str, started: Instant) -> Result<(), StoreError> {
    if started.elapsed() > TIME_LIMIT {
        let reason = "messages of the chat were faster in every try";
        return Err(CallError::because(operation, FailureKind::Unavailable, reason).into());
    }
    tokio::time::sleep(Duration::from_millis(fastrand::u64(0..=MAX_WAIT_MS))).await;
    Ok(())
}

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
