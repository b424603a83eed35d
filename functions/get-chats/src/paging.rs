//! The cursor of the list of chats: the position of a page, and the time at which the paging began (see
//! `domain/paging.rs`).

use paloma::domain::{Timestamp, as_of_paging};
use paloma::edge::api::ChatPagePosition;
use paloma::store::Listing;

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
                Self { as_of, listing: Listing { from: Some(from), since, ..Listing::default() } }
            }
            None => Self {
                as_of: as_of_paging(Timestamp::now()),
                listing: Listing { from: None, since, ..Listing::default() },
            },
        }
    }
}
