//! Tickets for sockets, and the frames `typing` and `watch`.

use serde::{Deserialize, Serialize};

use crate::domain::{ChatId, DeviceId, Presence, Timestamp, UserId};
use crate::store::Ticket;

/// `POST /ws/tickets`, with or without a body.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct IssueTicketRequest {
    /// The registered device that opens the connection.
    #[serde(default)]
    pub device_id: Option<DeviceId>,
}

/// The answer to `POST /ws/tickets`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct TicketView {
    /// The ticket, which opens one socket.
    pub ticket: Ticket,
    /// The end of the validity, in epoch milliseconds.
    pub expires_at: Timestamp,
}

/// `{"action": "typing", …}`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct TypingFrame {
    /// The chat.
    pub chat_id: ChatId,
}

/// `{"action": "watch", …}`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct WatchFrame {
    /// The chat.
    pub chat_id: ChatId,
}

/// The result of `typing`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TypingView {
    /// The chat.
    pub chat_id: ChatId,
}

/// The result of `watch`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct WatchView {
    /// The direct chat.
    pub chat_id: ChatId,
    /// The other member.
    pub user_id: UserId,
    /// The presence of the other member; null before this member has read or written in the chat.
    pub presence: Option<Presence>,
}

/// The result of `unwatch`: an empty object.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct UnwatchView {}
