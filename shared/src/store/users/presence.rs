//! Who is there, in the Users table: `online` and `lastSeen`, apart from the profile that strangers may read.

use aws_sdk_dynamodb::types::AttributeValue;

use super::Users;
use super::rows::{ERASED_AT, TABLE, key, unless_erased};
use crate::domain::{Presence, Timestamp, UserId};
use crate::store::{StoreError, from_row, get, number, unless_refused};

impl Users {
    /// Whether somebody is there, as it is written down, consistently read; nothing of who is not known.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or the row is unreadable.
    pub async fn presence(&self, user_id: UserId) -> Result<Option<Presence>, StoreError> {
        // With the id, a user who was never online has a row too.
        let attributes = ["userId", "online", "lastSeen", ERASED_AT];
        let operation = "GetItem of a presence";
        let row = get::attributes(&self.client, &self.table, key(user_id), &attributes, operation).await?;
        row.and_then(unless_erased).map(|row| from_row(row, TABLE, "a presence")).transpose()
    }

    /// Writes down that somebody came, went, or was heard of, as `sign` tells, unless something else has been written
    /// since it was as `before`; answers with what was written, if it was. Every write raises `lastSeen`, so that it
    /// alone tells whether the row is as it was.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn note_presence(
        &self,
        user_id: UserId,
        before: Presence,
        online: bool,
        sign: Timestamp,
    ) -> Result<Option<Presence>, StoreError> {
        let moment = before.moment_after(sign);
        let update = self.client.update_item().table_name(&self.table).set_key(Some(key(user_id)));
        let update = match before.last_seen {
            Some(last_seen) => update
                .condition_expression("lastSeen = :before")
                .expression_attribute_values(":before", number(last_seen.as_millis())),
            // An erasure leaves no createdAt. The condition must not name erasedAt: then the role might write it.
            None => update.condition_expression("attribute_exists(createdAt) AND attribute_not_exists(lastSeen)"),
        };
        let written = update
            .update_expression("SET #online = :online, lastSeen = :moment")
            .expression_attribute_names("#online", "online")
            .expression_attribute_values(":online", AttributeValue::Bool(online))
            .expression_attribute_values(":moment", number(moment.as_millis()))
            .send()
            .await;
        let written = unless_refused("UpdateItem of a presence", written)?;
        Ok(written.map(|_| Presence { online, last_seen: Some(moment) }))
    }
}
