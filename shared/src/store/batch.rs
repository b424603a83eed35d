//! Reading many rows at once.
//!
//! None are written by batch: whoever may put by BatchWriteItem may also delete by it, for IAM knows no smaller action.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use futures::stream::{self, StreamExt, TryStreamExt};

use super::{Row, StoreError};
use crate::call_error::{CallError, FailureKind};

const OPERATION: &str = "BatchGetItem";

/// BatchGetItem takes at most 100 keys (DynamoDB's limit).
const MOST_KEYS: usize = 100;
/// How many calls are made at once where many are needed.
const CHUNKS_AT_ONCE: usize = 4;
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
    let wanted = keys.into_iter().filter(|(_, keys)| !keys.is_empty()).map(|(table, keys)| {
        let keys = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build();
        Ok((table, keys.map_err(StoreError::unbuilt(OPERATION))?))
    });
    read(client, wanted.collect::<Result<_, StoreError>>()?).await
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
    let calls = stream::iter(chunks.collect::<Vec<_>>()).map(async |keys| {
        let wanted = HashMap::from([(table.to_owned(), keys.build().map_err(StoreError::unbuilt(OPERATION))?)]);
        Ok(read(client, wanted).await?.into_values().flatten().collect::<Vec<_>>())
    });
    calls.buffered(CHUNKS_AT_ONCE).try_concat().await
}

/// What is wanted of each table. What DynamoDB leaves out it is asked for again, in the same way.
async fn read(
    client: &Client,
    mut wanted: HashMap<String, KeysAndAttributes>,
) -> Result<HashMap<String, Vec<Row>>, StoreError> {
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

async fn pause(round: u32, operation: &'static str) -> Result<(), StoreError> {
    if round >= MOST_ROUNDS {
        let reason = "DynamoDB kept leaving rows out (throttled)";
        return Err(CallError::because(operation, FailureKind::Throttled, reason).into());
    }
    let most = 25_u64 << round;
    tokio::time::sleep(Duration::from_millis(fastrand::u64(1..=most))).await;
    Ok(())
}
