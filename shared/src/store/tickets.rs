//! One-time tickets for `$connect`: a browser cannot set headers for a WebSocket, and proxies would log a token in the
//! URL.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::ReturnValue;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{StoreError, from_row, number, text, to_row, unless_condition_failed};
use crate::domain::{DeviceId, Session, Timestamp, UserId};

const TABLE: &str = "Tickets";

/// Time for which a ticket is valid.
pub const TICKET_LIFE: Duration = Duration::from_secs(60);

/// A ticket: 122 random bits of the operating system, which open one socket.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema), schemars(extend("pattern" = "^[0-9a-f]{32}$")))]
pub struct Ticket(String);

/// The error for a text that is not a ticket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("is not a ticket: get one from POST /ws/tickets")]
pub struct TicketError;

impl Ticket {
    /// A new ticket.
    pub fn random() -> Self {
        Self(Uuid::new_v4().simple().to_string())
    }
}

impl std::str::FromStr for Ticket {
    type Err = TicketError;

    fn from_str(text: &str) -> Result<Self, TicketError> {
        let fits = text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if fits { Ok(Self(text.to_owned())) } else { Err(TicketError) }
    }
}

/// The Tickets table.
#[derive(Debug, Clone)]
pub struct Tickets {
    client: Client,
    table: String,
}

/// The session and the device of a ticket. Its socket belongs to both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TicketOwner {
    /// The session that requested the ticket.
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
    /// The table with this name.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Issues a ticket for [`TICKET_LIFE`]; returns it with the time of its end.
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

    /// Redeems a ticket: the first caller gets its owner, every other caller `None`. An expired ticket has no owner.
    pub async fn redeem(&self, ticket: &Ticket, now: Timestamp) -> Result<Option<TicketOwner>, StoreError> {
        let redeemed = self
            .client
            .delete_item()
            .table_name(&self.table)
            .key("ticket", text(&ticket.0))
            .condition_expression("expiresAt > :now")
            .expression_attribute_values(":now", number(now.as_millis()))
            .return_values(ReturnValue::AllOld)
            .send()
            .await;
        let redeemed =
            unless_condition_failed("DeleteItem of a ticket", redeemed)?.and_then(|answer| answer.attributes);
        let row = redeemed.map(|row| from_row::<TicketRow>(row, TABLE, "a ticket")).transpose()?;
        Ok(row.map(|row| TicketOwner {
            session: Session { user_id: row.user_id, authenticated_at: row.authenticated_at },
            device_id: row.device_id,
        }))
    }
}
