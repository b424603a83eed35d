//! Presence: the attributes `online`, `lastSeen` and `presencePrivacy`, which are no part of the profile that other
//! users may read.

use aws_sdk_dynamodb::types::AttributeValue;

use super::Users;
use super::rows::{ERASED_AT, PresenceRow, TABLE, key, unless_erased};
use crate::domain::{Circle, Presence, Timestamp, UserId};
use crate::store::{StoreError, from_row, get, number, unless_condition_failed};

impl Users {
    /// The stored presence of a user, and the users who may see it, read consistently; `None` for an unknown or erased
    /// user.
    pub async fn presence(&self, user_id: UserId) -> Result<Option<(Presence, Circle)>, StoreError> {
        // With the id, a user who was never online has a row too.
        let attributes = ["userId", "online", "lastSeen", "presencePrivacy", ERASED_AT];
        let operation = "GetItem of a presence";
        let row = get::attributes(&self.client, &self.table, key(user_id), &attributes, operation).await?;
        let Some(row) = row.and_then(unless_erased) else { return Ok(None) };
        let PresenceRow { presence, presence_privacy, .. } = from_row(row, TABLE, "a presence")?;
        Ok(Some((presence, presence_privacy)))
    }

    /// Stores a change of a user's presence that was observed at `observed_at`. The write fails if the stored presence
    /// is no longer `before`; every write raises `lastSeen`, so the condition compares that alone. Returns the new
    /// presence, or `None` for a write that failed.
    pub async fn write_presence(
        &self,
        user_id: UserId,
        before: Presence,
        online: bool,
        observed_at: Timestamp,
    ) -> Result<Option<Presence>, StoreError> {
        let last_seen = before.time_of_next_change(observed_at);
        let update = self.client.update_item().table_name(&self.table).set_key(Some(key(user_id)));
        let update = match before.last_seen {
            Some(last_seen) => update
                .condition_expression("lastSeen = :before")
                .expression_attribute_values(":before", number(last_seen.as_millis())),
            // The row of an erased user has no createdAt. The condition must not name erasedAt, or IAM would have to
            // allow this role to write it.
            None => update.condition_expression("attribute_exists(createdAt) AND attribute_not_exists(lastSeen)"),
        };
        let written = update
            .update_expression("SET #online = :online, lastSeen = :moment")
            .expression_attribute_names("#online", "online")
            .expression_attribute_values(":online", AttributeValue::Bool(online))
            .expression_attribute_values(":moment", number(last_seen.as_millis()))
            .send()
            .await;
        let written = unless_condition_failed("UpdateItem of a presence", written)?;
        Ok(written.map(|_| Presence { online, last_seen: Some(last_seen) }))
    }
}
