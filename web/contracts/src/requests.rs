//! The routes of message requests.

use paloma::domain::RequestAnswer;
use paloma::edge::ProblemKind;
use paloma::edge::api::DeclineRequest;

use crate::route::{Route, json, of};

pub(crate) const ACCEPT_REQUEST: Route = Route::new(
    "POST",
    "/chats/{chatId}/accept",
    "acceptRequest",
    "Accepts a request, also one that was declined. A repetition changes nothing.",
)
.answers(&[json(200, of::<RequestAnswer>)])
.problems_too(&[ProblemKind::Forbidden]);

pub(crate) const DECLINE_REQUEST: Route = Route::new(
    "POST",
    "/chats/{chatId}/decline",
    "declineRequest",
    "Declines a request. The user who asked notices nothing in a direct chat; a group is left.",
)
.optional_body(of::<DeclineRequest>)
.answers(&[json(200, of::<RequestAnswer>)])
.problems_too(&[ProblemKind::Conflict]);
