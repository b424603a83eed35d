//! The checks whether a socket is alive: one chain of checks per socket, from its opening to its end.

use aws_sdk_dynamodb::types::ReturnValue;

use super::Connections;
use super::rows::{Connection, connection_of, key};
use crate::domain::{ConnectionId, Timestamp};
use crate::store::{StoreError, get, number, unless_condition_failed};

impl Connections {
    /// A socket, read consistently.
    pub async fn connection(&self, connection_id: &ConnectionId) -> Result<Option<Connection>, StoreError> {
        let row = get::row(&self.client, &self.table, key(connection_id), "GetItem of a connection").await?;
        row.map(connection_of).transpose()
    }

    /// Claims the check that is due at `due`, and sets the next one to `next`. If several checks are due together,
    /// exactly one caller gets `true` and continues. A row of an earlier version, which has no next check, is claimed
    /// by the first caller.
    pub async fn claim_check(
        &self,
        connection_id: &ConnectionId,
        due: Timestamp,
        next: Timestamp,
    ) -> Result<bool, StoreError> {
        let claimed = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(connection_id)))
            .update_expression("SET nextLookAt = :next")
            .condition_expression(
                "attribute_exists(connectedAt) AND (attribute_not_exists(nextLookAt) OR nextLookAt <= :due)",
            )
            .expression_attribute_values(":due", number(due.as_millis()))
            .expression_attribute_values(":next", number(next.as_millis()))
            .send()
            .await;
        Ok(unless_condition_failed("UpdateItem of a connection's checks", claimed)?.is_some())
    }

    /// Deletes a socket, unless its client has sent a frame after `last_seen_at`, and then removes it from its user's
    /// account. Returns `false` after such a frame.
    pub async fn delete_silent(
        &self,
        connection_id: &ConnectionId,
        last_seen_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let deleted = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key(connection_id)))
            .condition_expression("attribute_not_exists(connectionId) OR lastSeenAt = :seen")
            .expression_attribute_values(":seen", number(last_seen_at.as_millis()))
            .return_values(ReturnValue::AllOld)
            .send()
            .await;
        let Some(deleted) = unless_condition_failed("DeleteItem of a connection", deleted)? else { return Ok(false) };
        if let Some(row) = deleted.attributes {
            self.unlist(&connection_of(row)?).await?;
        }
        Ok(true)
    }
}
