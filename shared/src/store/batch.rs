//! Reads of many rows.
//!
//! No rows are written by batch: IAM has one action for BatchWriteItem, so a role that may put by it may also delete.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use futures::stream::{self, StreamExt, TryStreamExt};

use super::{Row, StoreError};
use crate::call_error::{CallError, FailureKind};

const OPERATION: &str = "BatchGetItem";

/// DynamoDB's limit for the keys of one BatchGetItem.
const MAX_KEYS: usize = 100;
/// Calls at the same time.
const CHUNKS_AT_ONCE: usize = 4;
/// Retries for the keys that DynamoDB left unprocessed. Then the read fails.
const MAX_RETRIES: u32 = 6;

/// Reads the rows with these keys consistently; missing rows are left out. The order is undefined. One call per 100
/// keys.
pub(super) async fn get(client: &Client, table: &str, keys: Vec<Row>) -> Result<Vec<Row>, StoreError> {
    let mut rows = Vec::with_capacity(keys.len());
    for chunk in keys.chunks(MAX_KEYS) {
        let found = get_at_once(client, vec![(table.to_owned(), chunk.to_vec())]).await?;
        rows.extend(found.into_values().flatten());
    }
    Ok(rows)
}

/// Reads the rows with these keys in several tables consistently, and returns them by table. One call, for at most 100
/// keys in all.
pub(super) async fn get_at_once(
    client: &Client,
    keys: Vec<(String, Vec<Row>)>,
) -> Result<HashMap<String, Vec<Row>>, StoreError> {
    let requested = keys.into_iter().filter(|(_, keys)| !keys.is_empty()).map(|(table, keys)| {
        let keys = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build();
        Ok((table, keys.map_err(StoreError::unbuilt(OPERATION))?))
    });
    read(client, requested.collect::<Result<_, StoreError>>()?).await
}

/// Reads these attributes of the rows with these keys, eventually consistent: half the price of [`get`]. One call per
/// 100 keys, up to 4 calls at the same time.
pub(super) async fn get_attributes(
    client: &Client,
    table: &str,
    keys: Vec<Row>,
    attributes: &[&str],
) -> Result<Vec<Row>, StoreError> {
    read_attributes(client, table, keys, attributes, false).await
}

/// As [`get_attributes`], but consistent, at the price of [`get`].
pub(super) async fn get_attributes_consistently(
    client: &Client,
    table: &str,
    keys: Vec<Row>,
    attributes: &[&str],
) -> Result<Vec<Row>, StoreError> {
    read_attributes(client, table, keys, attributes, true).await
}

async fn read_attributes(
    client: &Client,
    table: &str,
    keys: Vec<Row>,
    attributes: &[&str],
    consistent: bool,
) -> Result<Vec<Row>, StoreError> {
    let projection: Vec<_> = (0..attributes.len()).map(|index| format!("#a{index}")).collect();
    let chunks = keys.chunks(MAX_KEYS).map(|chunk| {
        let keys = KeysAndAttributes::builder().set_keys(Some(chunk.to_vec())).consistent_read(consistent);
        let keys = keys.projection_expression(projection.join(", "));
        let named = projection.iter().zip(attributes);
        named.fold(keys, |keys, (placeholder, name)| keys.expression_attribute_names(placeholder, *name))
    });
    let calls = stream::iter(chunks.collect::<Vec<_>>()).map(async |keys| {
        let requested = HashMap::from([(table.to_owned(), keys.build().map_err(StoreError::unbuilt(OPERATION))?)]);
        Ok(read(client, requested).await?.into_values().flatten().collect::<Vec<_>>())
    });
    calls.buffered(CHUNKS_AT_ONCE).try_concat().await
}

/// Reads the keys of each table, and retries those that DynamoDB leaves unprocessed.
async fn read(
    client: &Client,
    mut requested: HashMap<String, KeysAndAttributes>,
) -> Result<HashMap<String, Vec<Row>>, StoreError> {
    let mut rows: HashMap<String, Vec<Row>> = HashMap::new();
    for round in 0.. {
        if requested.is_empty() {
            break;
        }
        if round > 0 {
            pause(round - 1, OPERATION).await?;
        }
        let answer = client
            .batch_get_item()
            .set_request_items(Some(requested))
            .send()
            .await
            .map_err(StoreError::call(OPERATION))?;
        for (table, found) in answer.responses.unwrap_or_default() {
            rows.entry(table).or_default().extend(found);
        }
        requested = answer.unprocessed_keys.unwrap_or_default();
    }
    Ok(rows)
}

async fn pause(round: u32, operation: &'static str) -> Result<(), StoreError> {
    if round >= MAX_RETRIES {
        let reason = "DynamoDB left keys unprocessed in every retry (throttled)";
        return Err(CallError::because(operation, FailureKind::Throttled, reason).into());
    }
    let longest = 25_u64 << round;
    tokio::time::sleep(Duration::from_millis(fastrand::u64(1..=longest))).await;
    Ok(())
}
