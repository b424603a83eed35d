//! The routes of changes of messages.

use paloma::domain::{Message, OwnReaction};
use paloma::edge::ProblemKind;
use paloma::edge::api::{EditRequest, ReactionRequest};

use crate::route::{Route, json, of};

pub(crate) const EDIT_MESSAGE: Route =
    Route::new("PATCH", "/messages/{messageId}", "editMessage", "Edits a message, for 15 minutes, by its sender.")
        .body(of::<EditRequest>)
        .answers(&[json(200, of::<Message>)])
        .problems_too(&[ProblemKind::Forbidden, ProblemKind::Conflict, ProblemKind::TooManyRequests]);

pub(crate) const DELETE_MESSAGE: Route = Route::new(
    "DELETE",
    "/messages/{messageId}",
    "deleteMessage",
    "Deletes a message for all members: its sender for 60 hours, and admins of a group at any time.",
)
.answers(&[json(200, of::<Message>)])
.problems_too(&[ProblemKind::Forbidden, ProblemKind::TooManyRequests]);

pub(crate) const REACT: Route = Route::new(
    "PUT",
    "/messages/{messageId}/reaction",
    "react",
    "Sets the caller's reaction to a message. A repetition changes nothing.",
)
.body(of::<ReactionRequest>)
.answers(&[json(200, of::<OwnReaction>)])
.problems_too(&[ProblemKind::Forbidden, ProblemKind::Conflict, ProblemKind::TooManyRequests]);

pub(crate) const REMOVE_REACTION: Route = Route::new(
    "DELETE",
    "/messages/{messageId}/reaction",
    "removeReaction",
    "Removes the caller's reaction to a message. A repetition changes nothing.",
)
.answers(&[json(200, of::<OwnReaction>)])
.problems_too(&[ProblemKind::Forbidden, ProblemKind::TooManyRequests]);
