//! The list of a user's sockets in the user's account, by which fan-out finds them.

use aws_sdk_dynamodb::types::AttributeValue;

use super::Connections;
use super::rows::{Connection, key};
use crate::domain::{Timestamp, UserId};
use crate::store::{ListedSocket, StoreError, unless_condition_failed};

impl Connection {
    /// This socket as its user's account lists it.
    pub fn as_listed(&self) -> ListedSocket {
        ListedSocket { connection_id: self.connection_id.clone(), connected_at: self.connected_at }
    }
}

impl Connections {
    /// The sockets that the user's account lists, read consistently. Sockets past their life are removed from the list:
    /// a crash has left them there.
    pub async fn listed(&self, user_id: UserId, now: Timestamp) -> Result<Vec<ListedSocket>, StoreError> {
        let sockets = self.reachability.sockets_of(user_id).await?;
        let (expired, current): (Vec<_>, Vec<_>) = sockets.into_iter().partition(|socket| socket.is_expired(now));
        self.reachability.remove_sockets(user_id, &expired).await?;
        Ok(current)
    }

    /// Lists an open socket that its user's account lacks: an earlier version stored it, or the table of accounts was
    /// restored. Two writes.
    pub async fn list(&self, socket: &Connection) -> Result<(), StoreError> {
        if !self.reachability.add_socket(socket.session.user_id, &socket.as_listed()).await? {
            return Ok(());
        }
        let noted = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(&socket.connection_id)))
            .update_expression("SET isListed = :yes")
            .condition_expression("attribute_exists(connectedAt)")
            .expression_attribute_values(":yes", AttributeValue::Bool(true))
            .send()
            .await;
        // The socket has closed meanwhile.
        if unless_condition_failed("UpdateItem of a connection's listing", noted)?.is_none() {
            self.unlist(socket).await?;
        }
        Ok(())
    }

    /// Removes a socket from its user's account, after its row.
    pub(super) async fn unlist(&self, socket: &Connection) -> Result<(), StoreError> {
        self.reachability.remove_sockets(socket.session.user_id, &[socket.as_listed()]).await
    }
}
