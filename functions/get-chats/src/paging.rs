//! The place at which a page begins, and the time at which its paging did (the rule is in `domain/paging.rs`).

use paloma::domain::{Timestamp, mark_of_paging};
use paloma::store::{ChatCursor, Listing};
use serde::{Deserialize, Serialize};

/// The content of a cursor: the place, and the marks that the pages of one paging share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HistoryPosition {
    #[serde(flatten)]
    pub from: ChatCursor,
    pub as_of: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

/// A page that is asked for.
#[derive(Debug)]
pub(crate) struct Paging {
    pub as_of: Timestamp,
    pub listing: Listing,
}

impl Paging {
    /// The page at this place; without one the first of a paging that begins now, before anything is read.
    pub fn new(place: Option<HistoryPosition>, since: Option<Timestamp>) -> Self {
        match place {
            Some(HistoryPosition { from, as_of, since }) => {
                Self { as_of, listing: Listing { from: Some(from), since } }
            }
            None => Self { as_of: mark_of_paging(Timestamp::now()), listing: Listing { from: None, since } },
        }
    }
}
