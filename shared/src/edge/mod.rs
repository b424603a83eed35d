//! The interface to clients: REST requests and WebSocket frames in, answers and problems out.
//!
//! A client's input is parsed here once, into valid values. Every failure becomes a [`Problem`], which the client gets
//! as `application/problem+json` or in an `error` frame.

mod account;
pub mod api;
mod cursor;
mod frame;
mod frame_id;
mod log;
mod operator;
mod page;
mod parse;
mod problem;
mod problem_kind;
mod rest;
#[cfg(feature = "schemas")]
mod schema;
mod serve;

pub use account::{ChatAccess, admit, charge, enter};
pub use cursor::{Cursor, CursorError};
pub use frame::{Frame, MAX_FRAME_ID_BYTES, Reply};
pub use log::{Invocation, LogFields};
pub use operator::OperatorCommand;
pub use page::{MAX_PAGE_BYTES, fitting};
pub use parse::{MAX_BODY_BYTES, from_json};
pub use problem::{Extension, FieldError, Problem};
pub use problem_kind::ProblemKind;
pub use rest::{Request, Response};
pub use serve::{serve_both, serve_frames, serve_rest, serve_rest_and_operators};
