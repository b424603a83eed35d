//! Who was erased, in the Users table: of them a row is left with their id and the time, and nothing else.
//!
//! It stays for good. It keeps whoever still holds a token from coming back by it, and tells apart who was erased from
//! who never was. It has no address, so nobody finds it in EmailIndex.

use super::Users;
use super::rows::{ERASED_AT, ErasedRow, TABLE, erasure_time, key};
use crate::domain::{Timestamp, UserId};
use crate::store::{StoreError, from_stream, get};

impl Users {
    /// Who was erased and when, by what an erasure has left, as the table's stream has it.
    ///
    /// # Errors
    /// When it is no such row.
    pub fn erasure_from_stream(row: &serde_dynamo::Item) -> Result<(UserId, Timestamp), StoreError> {
        let ErasedRow { user_id, erased_at } = from_stream(row, TABLE, "an erasure")?;
        Ok((user_id, erased_at))
    }

    /// When somebody was erased, consistently read; nothing of everybody else, known or not.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn erased_at(&self, user_id: UserId) -> Result<Option<Timestamp>, StoreError> {
        let operation = "GetItem of an erasure";
        let row = get::attributes(&self.client, &self.table, key(user_id), &[ERASED_AT], operation).await?;
        Ok(row.as_ref().and_then(erasure_time))
    }
}
