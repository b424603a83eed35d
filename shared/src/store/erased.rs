//! Who was erased, in the Users table: of them a row is left with their id and the time, and nothing else.
//!
//! It stays for good. It keeps whoever still holds a token from coming back by it, and tells apart who was erased from
//! who never was. It has no address, so nobody finds it in EmailIndex.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Deserialize;

use super::users::{ERASED_AT, Users, key};
use super::{Row, StoreError, from_stream};
use crate::domain::{Timestamp, UserId};

/// A row as an erasure leaves it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ErasedRow {
    user_id: UserId,
    erased_at: Timestamp,
}

impl Users {
    /// Who was erased and when, by what an erasure has left, as the table's stream has it.
    ///
    /// # Errors
    /// When it is no such row.
    pub fn erasure_from_stream(row: &serde_dynamo::Item) -> Result<(UserId, Timestamp), StoreError> {
        let ErasedRow { user_id, erased_at } = from_stream(row, "Users", "an erasure")?;
        Ok((user_id, erased_at))
    }

    /// When somebody was erased, consistently read; nothing of everybody else, known or not.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn erased_at(&self, user_id: UserId) -> Result<Option<Timestamp>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key(user_id)))
            .consistent_read(true)
            .projection_expression(ERASED_AT)
            .send()
            .await
            .map_err(StoreError::call("GetItem of an erasure"))?;
        Ok(answer.item.as_ref().and_then(time_of))
    }
}

pub(super) fn time_of(row: &Row) -> Option<Timestamp> {
    let millis = row.get(ERASED_AT).map(AttributeValue::as_n)?.ok()?.parse().ok()?;
    Some(Timestamp::from_millis(millis))
}
