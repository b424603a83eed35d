//! Rows of the Messages table.

use crate::domain::Message;
use crate::store::{Row, StoreError, from_row};

pub(super) const TABLE: &str = "Messages";

pub(super) fn message_of(row: Row) -> Result<Message, StoreError> {
    from_row(row, TABLE, "a message")
}
