//! Consistent reads of one row.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::get_item::builders::GetItemFluentBuilder;

use super::{Row, StoreError};

/// Reads the row with this key.
pub(super) async fn row(
    client: &Client,
    table: &str,
    key: Row,
    operation: &'static str,
) -> Result<Option<Row>, StoreError> {
    send(client.get_item().table_name(table).set_key(Some(key)), operation).await
}

/// Reads these attributes of the row with this key.
pub(super) async fn attributes(
    client: &Client,
    table: &str,
    key: Row,
    attributes: &[&str],
    operation: &'static str,
) -> Result<Option<Row>, StoreError> {
    let placeholders: Vec<_> = (0..attributes.len()).map(|index| format!("#a{index}")).collect();
    let mut get = client.get_item().table_name(table).set_key(Some(key));
    get = get.projection_expression(placeholders.join(", "));
    for (placeholder, name) in placeholders.into_iter().zip(attributes) {
        get = get.expression_attribute_names(placeholder, *name);
    }
    send(get, operation).await
}

async fn send(get: GetItemFluentBuilder, operation: &'static str) -> Result<Option<Row>, StoreError> {
    let answer = get.consistent_read(true).send().await.map_err(StoreError::call(operation))?;
    Ok(answer.item)
}
