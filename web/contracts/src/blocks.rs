//! The routes of blocks.

use paloma::domain::Action;
use paloma::edge::ProblemKind;
use paloma::edge::api::BlockListView;

use crate::route::{Route, empty, json, of};

pub(crate) const LIST_BLOCKS: Route =
    Route::new("GET", "/blocks", "listBlocks", "The users that the caller has blocked, in the order of their ids.")
        .query(&[
            ("limit", "integer", "The size of the page, up to 100; 50 if omitted."),
            ("cursor", "string", "The cursor of the previous page."),
        ])
        .answers(&[json(200, of::<BlockListView>)]);

pub(crate) const BLOCK: Route =
    Route::new("PUT", "/blocks/{userId}", "block", "Blocks a user, who notices nothing. A repetition changes nothing.")
        .answers(&[empty(204)])
        .problems_too(&[ProblemKind::InvalidField])
        .limits(&[Action::Block]);

pub(crate) const UNBLOCK: Route =
    Route::new("DELETE", "/blocks/{userId}", "unblock", "Unblocks a user. Messages sent during the block stay hidden.")
        .answers(&[empty(204)])
        .problems_too(&[ProblemKind::InvalidField])
        .limits(&[Action::Block]);
