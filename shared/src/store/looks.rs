//! Looking whether a socket lives: one chain of looks for each, from its opening to its end.

use super::connections::{Connection, Connections, connection_of};
use super::{StoreError, number, text, unless_refused};
use crate::domain::{ConnectionId, Timestamp};

impl Connections {
    /// A socket, consistently read; nothing when it is not remembered.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or the row is unreadable.
    pub async fn connection(&self, connection_id: &ConnectionId) -> Result<Option<Connection>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("connectionId", text(connection_id.as_str()))
            .consistent_read(true)
            .send()
            .await
            .map_err(StoreError::call("GetItem of a connection"))?;
        answer.item.map(connection_of).transpose()
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
            .key("connectionId", text(connection_id.as_str()))
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
            .key("connectionId", text(connection_id.as_str()))
            .condition_expression("attribute_not_exists(connectionId) OR lastSeenAt = :seen")
            .expression_attribute_values(":seen", number(last_seen_at.as_millis()))
            .send()
            .await;
        Ok(unless_refused("DeleteItem of a connection", deleted)?.is_some())
    }
}
