//! Rows of the Messages table.

use crate::domain::{Message, Retention, Status};
use crate::store::{Row, StoreError, from_row, number, text, to_row};

pub(super) const TABLE: &str = "Messages";

/// The message in a row of the table or of its index. The index lacks the status, so that a receipt costs one write
/// unit: [`Ticks`](crate::domain::Ticks) have the status of these messages.
pub(super) fn message_of(mut row: Row) -> Result<Message, StoreError> {
    row.entry("status".to_owned()).or_insert_with(|| text(Status::Sent.as_str()));
    from_row(row, TABLE, "a message")
}

/// The row of a new message. `ttl` is absent if messages are kept for ever.
pub(super) fn row(message: &Message, retention: Retention) -> Result<Row, StoreError> {
    let mut row = to_row(message, TABLE, "a message")?;
    if let Some(removal) = retention.removal_of(message.timestamp) {
        row.insert("ttl".to_owned(), number(removal.as_secs()));
    }
    Ok(row)
}
