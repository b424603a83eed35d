//! One-time tickets for `$connect`: a browser can set no header on a WebSocket, and a token does not belong in an
//! address, where proxies log it.

use std::time::Duration;

use aws_sdk_dynamodb::types::ReturnValue;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Connections, StoreError, from_row, number, text, to_row, unless_refused};
use crate::domain::{Timestamp, UserId};

/// How long a ticket may be used.
pub const TICKET_LIFE: Duration = Duration::from_secs(60);

/// A ticket: 122 random bits of the operating system's, that open one socket once.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ticket(String);

/// Why a text is no ticket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is no ticket: get one from POST /ws/tickets")]
pub struct TicketError;

impl Ticket {
    /// A ticket that nobody can guess.
    pub fn random() -> Self {
        Self(Uuid::new_v4().simple().to_string())
    }

    fn name(&self) -> String {
        format!("ticket#{}", self.0)
    }
}

impl std::str::FromStr for Ticket {
    type Err = TicketError;

    fn from_str(text: &str) -> Result<Self, TicketError> {
        let fits = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if fits { Ok(Self(text.to_owned())) } else { Err(TicketError) }
    }
}

/// A ticket as it lies in the Connections table: its owner is not called `userId`, so it is in no index.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TicketRow {
    connection_id: String,
    ticket_user_id: UserId,
    expires_at: Timestamp,
    ttl: u64,
}

impl Connections {
    /// Issues a ticket to somebody, good for [`TICKET_LIFE`]; returns it with the moment it ends.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn issue_ticket(&self, user: UserId, now: Timestamp) -> Result<(Ticket, Timestamp), StoreError> {
        let ticket = Ticket::random();
        let expires_at = now.plus(TICKET_LIFE);
        let row = TicketRow {
            connection_id: ticket.name(),
            ticket_user_id: user,
            expires_at,
            ttl: expires_at.as_secs() + 60,
        };
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(to_row(&row, "Connections", "a ticket")?))
            .send()
            .await
            .map_err(StoreError::call("PutItem of a ticket"))?;
        Ok((ticket, expires_at))
    }

    /// Takes a ticket: whoever is first gets its owner, everybody else nothing. So does a ticket past its time.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or the row is unreadable.
    pub async fn take_ticket(&self, ticket: &Ticket, now: Timestamp) -> Result<Option<UserId>, StoreError> {
        let taken = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key("connectionId", text(ticket.name()))
            .condition_expression("expiresAt > :now")
            .expression_attribute_values(":now", number(now.as_millis()))
            .return_values(ReturnValue::AllOld)
            .send()
            .await;
        let taken = unless_refused("DeleteItem of a ticket", taken)?.and_then(|answer| answer.attributes);
        let row = taken.map(|row| from_row::<TicketRow>(row, "Connections", "a ticket")).transpose()?;
        Ok(row.map(|row| row.ticket_user_id))
    }
}
