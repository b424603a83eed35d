//! Erased users. Their rows have no address, so EmailIndex does not show them.

use super::Users;
use super::rows::{ERASED_AT, ErasedRow, TABLE, erasure_time, key};
use crate::domain::{Timestamp, UserId};
use crate::store::{StoreError, from_stream, get};

impl Users {
    /// Reads an erased user and the time of the erasure from a record of the table's stream.
    ///
    /// # Errors
    /// When the record is not the row of an erased user.
    pub fn erasure_from_stream(row: &serde_dynamo::Item) -> Result<(UserId, Timestamp), StoreError> {
        let ErasedRow { user_id, erased_at } = from_stream(row, TABLE, "an erasure")?;
        Ok((user_id, erased_at))
    }

    /// The time at which a user was erased, read consistently; `None` for all other users, known or not.
    pub async fn erased_at(&self, user_id: UserId) -> Result<Option<Timestamp>, StoreError> {
        let operation = "GetItem of an erasure";
        let row = get::attributes(&self.client, &self.table, key(user_id), &[ERASED_AT], operation).await?;
        Ok(row.as_ref().and_then(erasure_time))
    }
}
