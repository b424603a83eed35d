//! Answers to message requests.

use serde::Deserialize;

/// `POST /chats/{chatId}/decline`. Without a body the user who asked is not blocked.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct DeclineRequest {
    /// Whether to block the user who asked.
    #[serde(default)]
    pub block: bool,
}
