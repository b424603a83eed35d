//! Reading many rows at once.
//!
//! None are written by batch: whoever may put by BatchWriteItem may also delete by it, for IAM knows no smaller action.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::KeysAndAttributes;

use super::{Row, StoreError};

/// BatchGetItem takes at most 100 keys (DynamoDB's limit).
const MOST_KEYS: usize = 100;
/// How often what DynamoDB left out is asked for again, before the job is given back.
const MOST_ROUNDS: u32 = 6;

/// The rows that exist under these keys, consistently read, in no order. One call per 100 keys.
pub(super) async fn get(client: &Client, table: &str, keys: Vec<Row>) -> Result<Vec<Row>, StoreError> {
    let mut rows = Vec::with_capacity(keys.len());
    for chunk in keys.chunks(MOST_KEYS) {
        let mut wanted = chunk.to_vec();
        for round in 0.. {
            let keys = KeysAndAttributes::builder().set_keys(Some(wanted)).consistent_read(true).build();
            let keys =
                keys.map_err(|error| StoreError::Call { operation: "BatchGetItem", cause: error.to_string() })?;
            let answer = client
                .batch_get_item()
                .request_items(table, keys)
                .send()
                .await
                .map_err(StoreError::call("BatchGetItem"))?;
            rows.extend(answer.responses.unwrap_or_default().into_values().flatten());
            wanted = answer.unprocessed_keys.unwrap_or_default().into_values().flat_map(|left| left.keys).collect();
            if wanted.is_empty() {
                break;
            }
            pause(round, "BatchGetItem").await?;
        }
    }
    Ok(rows)
}

async fn pause(round: u32, operation: &'static str) -> Result<(), StoreError> {
    if round >= MOST_ROUNDS {
        return Err(StoreError::Call { operation, cause: "DynamoDB kept leaving rows out (throttled)".to_owned() });
    }
    let most = 25_u64 << round;
    tokio::time::sleep(Duration::from_millis(fastrand::u64(1..=most))).await;
    Ok(())
}
