//! The Devices table: what is reached by push.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::ReturnValue;

use super::{Row, StoreError, all_rows, from_row, number, text, to_row, unless_refused};
use crate::domain::{Device, DeviceId, PushEndpoint, Timestamp, UserId};

const TABLE: &str = "Devices";

/// The Devices table.
#[derive(Debug, Clone)]
pub struct Devices {
    client: Client,
    table: String,
}

impl Devices {
    /// The table of this name.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Writes down a device as it is now.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn put(&self, device: &Device) -> Result<(), StoreError> {
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(to_row(device, TABLE, "a device")?))
            .send()
            .await
            .map_err(StoreError::call("PutItem of a device"))?;
        Ok(())
    }

    /// The devices of somebody, consistently read.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or a row is unreadable.
    pub async fn of_user(&self, user_id: UserId) -> Result<Vec<Device>, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("userId = :user")
            .expression_attribute_values(":user", text(user_id));
        let rows = all_rows("Query of devices", query).await?;
        rows.into_iter().map(device_of).collect()
    }

    /// The devices registered with an endpoint: one, but for a moment in which a phone changes hands.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or a row is unreadable.
    pub async fn at(&self, endpoint: &PushEndpoint) -> Result<Vec<Device>, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("EndpointIndex")
            .key_condition_expression("endpointArn = :endpoint")
            .expression_attribute_values(":endpoint", text(endpoint.as_str()));
        let rows = all_rows("Query of EndpointIndex", query).await?;
        rows.into_iter().map(device_of).collect()
    }

    /// Removes a device, whatever its state; returns it as it was.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or the row is unreadable.
    pub async fn remove(&self, user_id: UserId, device_id: DeviceId) -> Result<Option<Device>, StoreError> {
        let removed = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key(user_id, device_id)))
            .return_values(ReturnValue::AllOld)
            .send()
            .await
            .map_err(StoreError::call("DeleteItem of a device"))?;
        removed.attributes.map(device_of).transpose()
    }

    /// Forgets a device as it was seen, unless it has been registered again: with another token, or with the same
    /// one since `before`. Answers whether it was forgotten.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn forget(&self, seen: &Device, before: Timestamp) -> Result<bool, StoreError> {
        let deleted = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key(seen.user_id, seen.device_id)))
            .condition_expression("tokenFingerprint = :token AND endpointArn = :endpoint AND updatedAt < :before")
            .expression_attribute_values(":token", text(seen.token_fingerprint.as_str()))
            .expression_attribute_values(":endpoint", text(seen.endpoint.as_str()))
            .expression_attribute_values(":before", number(before.as_millis()))
            .send()
            .await;
        Ok(unless_refused("DeleteItem of a device", deleted)?.is_some())
    }
}

fn key(user_id: UserId, device_id: DeviceId) -> Row {
    Row::from([("userId".to_owned(), text(user_id)), ("deviceId".to_owned(), text(device_id))])
}

fn device_of(row: Row) -> Result<Device, StoreError> {
    from_row(row, TABLE, "a device")
}
