//! The Devices table: devices that get pushes.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::ReturnValue;

use super::{Row, StoreError, all_rows, from_row, number, text, to_row, unless_condition_failed};
use crate::domain::{Device, DeviceId, PushEndpoint, Timestamp, UserId};

const TABLE: &str = "Devices";

/// The Devices table.
#[derive(Debug, Clone)]
pub struct Devices {
    client: Client,
    table: String,
}

impl Devices {
    /// The table with this name.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Stores a device, in place of an earlier row.
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

    /// The devices of a user, read consistently.
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

    /// The devices with this endpoint: one, except for a moment when a phone changes its user.
    pub async fn with_endpoint(&self, endpoint: &PushEndpoint) -> Result<Vec<Device>, StoreError> {
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

    /// Deletes a device without a condition; returns it.
    pub async fn delete(&self, user_id: UserId, device_id: DeviceId) -> Result<Option<Device>, StoreError> {
        let deleted = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key(user_id, device_id)))
            .return_values(ReturnValue::AllOld)
            .send()
            .await
            .map_err(StoreError::call("DeleteItem of a device"))?;
        deleted.attributes.map(device_of).transpose()
    }

    /// Deletes a device in the state `seen`, unless it was registered again: with another token, or with the same token
    /// at `before` or later. Returns whether it was deleted.
    pub async fn delete_if_unchanged(&self, seen: &Device, before: Timestamp) -> Result<bool, StoreError> {
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
        Ok(unless_condition_failed("DeleteItem of a device", deleted)?.is_some())
    }
}

fn key(user_id: UserId, device_id: DeviceId) -> Row {
    Row::from([("userId".to_owned(), text(user_id)), ("deviceId".to_owned(), text(device_id))])
}

fn device_of(row: Row) -> Result<Device, StoreError> {
    from_row(row, TABLE, "a device")
}
