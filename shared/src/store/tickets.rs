//! One-time tickets for `$connect`: a browser can set no header on a WebSocket, and a token does not belong in an
//! address, where proxies log it.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::ReturnValue;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{StoreError, from_row, number, text, to_row, unless_refused};
use crate::domain::{DeviceId, Session, Timestamp, UserId};

const TABLE: &str = "Tickets";

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
}

impl std::str::FromStr for Ticket {
    type Err = TicketError;

    fn from_str(text: &str) -> Result<Self, TicketError> {
        let fits = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if fits { Ok(Self(text.to_owned())) } else { Err(TicketError) }
    }
}

/// The Tickets table.
#[derive(Debug, Clone)]
pub struct Tickets {
    client: Client,
    table: String,
}

/// The session and the device that a ticket was issued to: its socket belongs to both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TicketOwner {
    /// The session.
    pub session: Session,
    /// The device, if the app named it.
    pub device_id: Option<DeviceId>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TicketRow {
    ticket: Ticket,
    user_id: UserId,
    authenticated_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device_id: Option<DeviceId>,
    expires_at: Timestamp,
    ttl: u64,
}

impl Tickets {
    /// The table of this name.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Issues a ticket, good for [`TICKET_LIFE`]; returns it with the moment it ends.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn issue(&self, owner: TicketOwner, now: Timestamp) -> Result<(Ticket, Timestamp), StoreError> {
        let ticket = Ticket::random();
        let expires_at = now.plus(TICKET_LIFE);
        let row = TicketRow {
            ticket: ticket.clone(),
            user_id: owner.session.user_id,
            authenticated_at: owner.session.authenticated_at,
            device_id: owner.device_id,
            expires_at,
            ttl: expires_at.as_secs() + 60,
        };
        self.client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(to_row(&row, TABLE, "a ticket")?))
            .send()
            .await
            .map_err(StoreError::call("PutItem of a ticket"))?;
        Ok((ticket, expires_at))
    }

    /// Takes a ticket: the first caller gets its owner, every other caller `None`. So does a ticket past its time.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or the row is unreadable.
    pub async fn take(&self, ticket: &Ticket, now: Timestamp) -> Result<Option<TicketOwner>, StoreError> {
        let taken = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key("ticket", text(&ticket.0))
            .condition_expression("expiresAt > :now")
            .expression_attribute_values(":now", number(now.as_millis()))
            .return_values(ReturnValue::AllOld)
            .send()
            .await;
        let taken = unless_refused("DeleteItem of a ticket", taken)?.and_then(|answer| answer.attributes);
        let row = taken.map(|row| from_row::<TicketRow>(row, TABLE, "a ticket")).transpose()?;
        Ok(row.map(|row| TicketOwner {
            session: Session { user_id: row.user_id, authenticated_at: row.authenticated_at },
            device_id: row.device_id,
        }))
    }
}
