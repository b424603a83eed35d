//! The Connections table: open sockets and their users.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::ReturnValue;

use super::rows::{Connection, ConnectionRow, TABLE, connection_of, key, row_of};
use crate::domain::{ConnectionId, Session, Timestamp, UserId};
use crate::store::reachability::CONNECTION_LIFE;
use crate::store::{ListedSocket, Reachability, StoreError, all_rows, number, text, to_row, unless_condition_failed};

/// Maximum time that the opening of a socket takes: the timeout of the `$connect` function.
const OPENING: Duration = Duration::from_secs(10);

/// The Connections table.
#[derive(Debug, Clone)]
pub struct Connections {
    pub(super) client: Client,
    pub(super) table: String,
    pub(super) reachability: Reachability,
}

impl Connections {
    /// The table with this name, and the accounts that list the sockets.
    pub fn new(client: Client, table: String, reachability: Reachability) -> Self {
        Self { client, table, reachability }
    }

    /// Stores a socket that a session opens. Its first check is due at `now`. `false` for a user without an account,
    /// such as an erased one. Two calls: it is listed in the account first, so that no socket with a row is unlisted.
    pub async fn open(
        &self,
        connection_id: ConnectionId,
        session: Session,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let listed = ListedSocket { connection_id: connection_id.clone(), connected_at: now };
        if !self.reachability.add_socket(session.user_id, &listed).await? {
            return Ok(false);
        }
        let ttl = now.plus(CONNECTION_LIFE).as_secs();
        let row = ConnectionRow {
            connection_id,
            user_id: session.user_id,
            authenticated_at: session.authenticated_at,
            connected_at: now,
            last_seen_at: now,
            next_check_at: now,
            is_listed: true,
            watched_chat_id: None,
            ttl,
        };
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(to_row(&row, TABLE, "a connection")?))
            .send()
            .await
            .map_err(StoreError::call("PutItem of a connection"))?;
        Ok(true)
    }

    /// Records a frame from the client of a socket. Returns the socket before the write; `None` for an unknown socket.
    pub async fn record_activity(
        &self,
        connection_id: &ConnectionId,
        now: Timestamp,
    ) -> Result<Option<Connection>, StoreError> {
        let updated = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(connection_id)))
            .update_expression("SET lastSeenAt = :now")
            .condition_expression("attribute_exists(connectedAt)")
            .expression_attribute_values(":now", number(now.as_millis()))
            .return_values(ReturnValue::AllOld)
            .send()
            .await;
        let updated = unless_condition_failed("UpdateItem of a connection", updated)?;
        updated.and_then(|answer| answer.attributes).map(connection_of).transpose()
    }

    /// Deletes a socket that API Gateway reports as gone (410). A socket younger than 10 s stays, since API Gateway
    /// reports it as gone until `$connect` has ended. `listed` names the account that lists it, if that is known: its
    /// row may be missing, after a crash between two writes.
    pub async fn delete_gone(
        &self,
        connection_id: &ConnectionId,
        listed: Option<(UserId, &ListedSocket)>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let opened_before = Timestamp::from_millis(now.as_millis().saturating_sub(OPENING.as_millis() as u64));
        if listed.is_some_and(|(_, socket)| socket.connected_at >= opened_before) {
            return Ok(());
        }
        let deleted = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key(connection_id)))
            .condition_expression("connectedAt < :openedBefore")
            .expression_attribute_values(":openedBefore", number(opened_before.as_millis()))
            .return_values(ReturnValue::AllOld)
            .send()
            .await;
        let deleted = unless_condition_failed("DeleteItem of a connection", deleted)?;
        match (deleted.and_then(|answer| answer.attributes), listed) {
            (_, Some((user_id, socket))) => {
                self.reachability.remove_sockets(user_id, std::slice::from_ref(socket)).await
            }
            (Some(row), None) => self.unlist(&connection_of(row)?).await,
            (None, None) => Ok(()),
        }
    }

    /// Deletes a socket that was closed, and then removes it from its user's account. Returns it; `None` for an unknown
    /// socket.
    pub async fn close(&self, connection_id: &ConnectionId) -> Result<Option<Connection>, StoreError> {
        let deleted = self
            .client
            .delete_item()
            .table_name(&self.table)
            .set_key(Some(key(connection_id)))
            .return_values(ReturnValue::AllOld)
            .send()
            .await
            .map_err(StoreError::call("DeleteItem of a connection"))?;
        let closed = deleted.attributes.map(connection_of).transpose()?;
        if let Some(closed) = &closed {
            self.unlist(closed).await?;
        }
        Ok(closed)
    }

    /// The open sockets of a user. Rows past their TTL are left out, since DynamoDB may take days to delete them.
    pub async fn of_user(&self, user_id: UserId, now: Timestamp) -> Result<Vec<Connection>, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("UserConnectionsIndex")
            .key_condition_expression("userId = :user")
            .expression_attribute_values(":user", text(user_id));
        let rows = all_rows("Query of UserConnectionsIndex", query).await?;
        let rows = rows.into_iter().map(row_of);
        let current = rows.filter(|row| row.as_ref().map_or(true, |row| row.ttl > now.as_secs()));
        current.map(|row| row.map(Connection::from)).collect()
    }
}
