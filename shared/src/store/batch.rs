//! Reading and writing many rows at once.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{DeleteRequest, KeysAndAttributes, PutRequest, WriteRequest};

use super::{Row, StoreError};

/// BatchGetItem takes at most 100 keys (DynamoDB's limit).
const MOST_KEYS: usize = 100;
/// BatchWriteItem takes at most 25 rows (DynamoDB's limit).
const MOST_WRITES: usize = 25;
/// How often what DynamoDB left out is asked for again, before the job is given back.
const MOST_ROUNDS: u32 = 6;

/// The rows that exist under these keys, consistently read, in no order. One call per 100 keys.
pub(super) async fn get(client: &Client, table: &str, keys: Vec<Row>) -> Result<Vec<Row>, StoreError> {
    let mut rows = Vec::with_capacity(keys.len());
    for chunk in keys.chunks(MOST_KEYS) {
        let found = get_at_once(client, vec![(table.to_owned(), chunk.to_vec())]).await?;
        rows.extend(found.into_values().flatten());
    }
    Ok(rows)
}

/// The rows that exist under these keys of several tables, consistently read, by table, in no order. One call: at most
/// 100 keys in all.
pub(super) async fn get_at_once(
    client: &Client,
    keys: Vec<(String, Vec<Row>)>,
) -> Result<HashMap<String, Vec<Row>>, StoreError> {
    const OPERATION: &str = "BatchGetItem";
    let wanted = keys.into_iter().filter(|(_, keys)| !keys.is_empty()).map(|(table, keys)| {
        let keys = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build();
        Ok((table, keys.map_err(|error| StoreError::Call { operation: OPERATION, cause: error.to_string() })?))
    });
    let mut wanted = wanted.collect::<Result<HashMap<_, _>, StoreError>>()?;
    let mut rows: HashMap<String, Vec<Row>> = HashMap::new();
    for round in 0.. {
        if wanted.is_empty() {
            break;
        }
        if round > 0 {
            pause(round - 1, OPERATION).await?;
        }
        let answer = client
            .batch_get_item()
            .set_request_items(Some(wanted))
            .send()
            .await
            .map_err(StoreError::call(OPERATION))?;
        for (table, found) in answer.responses.unwrap_or_default() {
            rows.entry(table).or_default().extend(found);
        }
        wanted = answer.unprocessed_keys.unwrap_or_default();
    }
    Ok(rows)
}

/// Puts rows that nobody else can be writing: a batch knows no conditions. One call per 25 rows.
pub(super) async fn put(client: &Client, table: &str, rows: Vec<Row>) -> Result<(), StoreError> {
    let put = |row| PutRequest::builder().set_item(Some(row)).build();
    let puts =
        rows.into_iter().map(|row| Ok(WriteRequest::builder().put_request(put(row).map_err(unbuildable)?).build()));
    write(client, table, puts.collect::<Result<_, _>>()?).await
}

/// Deletes the rows under these keys, whatever is in them. One call per 25 rows.
pub(super) async fn delete(client: &Client, table: &str, keys: Vec<Row>) -> Result<(), StoreError> {
    let delete = |key| DeleteRequest::builder().set_key(Some(key)).build();
    let deletes = keys
        .into_iter()
        .map(|key| Ok(WriteRequest::builder().delete_request(delete(key).map_err(unbuildable)?).build()));
    write(client, table, deletes.collect::<Result<_, _>>()?).await
}

async fn write(client: &Client, table: &str, writes: Vec<WriteRequest>) -> Result<(), StoreError> {
    for chunk in writes.chunks(MOST_WRITES) {
        let mut wanted = chunk.to_vec();
        for round in 0.. {
            let answer = client
                .batch_write_item()
                .request_items(table, wanted)
                .send()
                .await
                .map_err(StoreError::call("BatchWriteItem"))?;
            wanted = answer.unprocessed_items.unwrap_or_default().into_values().flatten().collect();
            if wanted.is_empty() {
                break;
            }
            pause(round, "BatchWriteItem").await?;
        }
    }
    Ok(())
}

fn unbuildable(error: BuildError) -> StoreError {
    StoreError::Call { operation: "BatchWriteItem", cause: error.to_string() }
}

async fn pause(round: u32, operation: &'static str) -> Result<(), StoreError> {
    if round >= MOST_ROUNDS {
        return Err(StoreError::Call { operation, cause: "DynamoDB kept leaving rows out (throttled)".to_owned() });
    }
    let most = 25_u64 << round;
    tokio::time::sleep(Duration::from_millis(fastrand::u64(1..=most))).await;
    Ok(())
}
