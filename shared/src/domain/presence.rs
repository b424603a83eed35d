//! Who is there: derived from their sockets, and told to those who look at their chat.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// A socket without a sign of life for this long is dead, whatever the gateway says: clients ping within 10 minutes
/// (API Gateway's idle limit).
pub const SILENCE: Duration = Duration::from_secs(11 * 60);

/// Whether somebody is there, and since when not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Presence {
    /// Whether any of their sockets lives.
    #[serde(default)]
    pub online: bool,
    /// When they were last heard of, in epoch milliseconds; absent for who never was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Timestamp>,
}
