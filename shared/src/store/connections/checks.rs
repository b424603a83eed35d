//! Looking whether a socket lives: one chain of looks for each, from its opening to its end.

use super::Connections;
use super::rows::{Connection, connection_of, key};
use crate::domain::{ConnectionId, Timestamp};
use crate::store::{StoreError, get, number, unless_refused};

impl Connections {
    /// A socket, consistently read; nothing when it is not remembered.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or the row is unreadable.
    pub async fn connection(&self, connection_id: &ConnectionId) -> Result<Option<Connection>, StoreError> {
        let row = get::row(&self.client, &self.table, key(connection_id), "GetItem of a connection").await?;
        row.map(connection_of).transpose()
    }

    /// Takes the look that was due at `due` as done, and the one at `next` as the one that follows. Of several that
    /// were due at the same moment one is answered `true`, and it alone goes on. A row from a version that knew of no
    /// looks takes the first that comes.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn take_look(
        &self,
        connection_id: &ConnectionId,
        due: Timestamp,
        next: Timestamp,
    ) -> Result<bool, StoreError> {
        let taken = self
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
        Ok(unless_refused("UpdateItem of a connection's looks", taken)?.is_some())
    }

    /// Forgets a socket that has given no sign of life since `last_seen_at`; answers whether it has not.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn forget_silent(
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
            .send()
            .await;
        Ok(unless_refused("DeleteItem of a connection", deleted)?.is_some())
    }
}
