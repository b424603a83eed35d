//! The cursor of the list of chats: the position of a page, and the time at which the paging began (see
//! `domain/paging.rs`).

use paloma::domain::{Timestamp, as_of_paging};
use paloma::store::{ChatCursor, Listing};
use serde::{Deserialize, Serialize};

/// The content of a cursor: the position of the page, and the times that all pages of one paging share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChatPagePosition {
    #[serde(flatten)]
    pub from: ChatCursor,
    pub as_of: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

#[derive(Debug)]
pub(crate) struct Paging {
    pub as_of: Timestamp,
    pub listing: Listing,
}

impl Paging {
    /// The page at this position. Without a position, the first page of a paging that begins now: call this before the
    /// first read.
    pub fn new(position: Option<ChatPagePosition>, since: Option<Timestamp>) -> Self {
        match position {
            Some(ChatPagePosition { from, as_of, since }) => {
                Self { as_of, listing: Listing { from: Some(from), since } }
            }
            None => Self { as_of: as_of_paging(Timestamp::now()), listing: Listing { from: None, since } },
        }
    }
}
