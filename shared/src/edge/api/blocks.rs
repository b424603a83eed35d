//! Blocks of users.

use serde::Serialize;

use crate::domain::{Profile, Timestamp, UserId};
use crate::edge::Cursor;

/// The answer to `GET /blocks`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct BlockListView {
    /// The users that the caller has blocked, except erased ones.
    pub blocks: Vec<BlockView>,
    /// The cursor of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor<UserId>>,
}

/// A user that the caller has blocked.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct BlockView {
    /// The blocked user.
    #[serde(flatten)]
    pub user: Profile,
    /// The time of the block, in epoch milliseconds.
    pub blocked_at: Timestamp,
}
