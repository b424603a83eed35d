//! Reading and writing many rows at once.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::builders::KeysAndAttributesBuilder;
use aws_sdk_dynamodb::types::{DeleteRequest, KeysAndAttributes, WriteRequest};
use futures::stream::{self, StreamExt, TryStreamExt};

use super::{Row, StoreError};

/// BatchGetItem takes at most 100 keys (DynamoDB's limit).
const MOST_KEYS: usize = 100;
/// BatchWriteItem takes at most 25 rows (DynamoDB's limit).
const MOST_WRITES: usize = 25;
/// How many calls are made at once where many are needed.
const CHUNKS_AT_ONCE: usize = 4;
/// How often what DynamoDB left out is asked for again, before the job is given back.
const MOST_ROUNDS: u32 = 6;

/// The rows that exist under these keys, consistently read, in no order. One call per 100 keys.
pub(super) async fn get(client: &Client, table: &str, keys: Vec<Row>) -> Result<Vec<Row>, StoreError> {
    let mut rows = Vec::with_capacity(keys.len());
    for chunk in keys.chunks(MOST_KEYS) {
        let keys = KeysAndAttributes::builder().set_keys(Some(chunk.to_vec())).consistent_read(true);
        rows.extend(get_chunk(client, table, keys).await?);
    }
    Ok(rows)
}

/// These attributes of the rows that exist under these keys, in no order, as they are or were a moment ago: for half
/// the price of [`get`]. One call per 100 keys, several at a time.
pub(super) async fn glance(
    client: &Client,
    table: &str,
    keys: Vec<Row>,
    attributes: &[&str],
) -> Result<Vec<Row>, StoreError> {
    let projection: Vec<_> = (0..attributes.len()).map(|index| format!("#a{index}")).collect();
    let chunks = keys.chunks(MOST_KEYS).map(|chunk| {
        let keys = KeysAndAttributes::builder().set_keys(Some(chunk.to_vec()));
        let keys = keys.projection_expression(projection.join(", "));
        let named = projection.iter().zip(attributes);
        named.fold(keys, |keys, (place, name)| keys.expression_attribute_names(place, *name))
    });
    let chunks = stream::iter(chunks.collect::<Vec<_>>()).map(|keys| get_chunk(client, table, keys));
    chunks.buffered(CHUNKS_AT_ONCE).try_concat().await
}

/// The rows of up to 100 keys. What DynamoDB leaves out it is asked for again, in the same way.
async fn get_chunk(
    client: &Client,
    table: &str,
    keys: KeysAndAttributesBuilder,
) -> Result<Vec<Row>, StoreError> {
    let keys = keys.build().map_err(|error| StoreError::Call { operation: "BatchGetItem", cause: error.to_string() })?;
    let (mut rows, mut wanted) = (Vec::new(), Some(keys));
    for round in 0.. {
        let Some(keys) = wanted else { break };
        if round > 0 {
            pause(round - 1, "BatchGetItem").await?;
        }
        let answer = client
            .batch_get_item()
            .request_items(table, keys)
            .send()
            .await
            .map_err(StoreError::call("BatchGetItem"))?;
        rows.extend(answer.responses.unwrap_or_default().into_values().flatten());
        wanted = answer.unprocessed_keys.unwrap_or_default().into_values().next();
    }
    Ok(rows)
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
