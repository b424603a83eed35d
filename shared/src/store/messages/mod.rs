//! The Messages table: accepting messages, reading a chat's history.

mod history;
mod message_log;
mod rows;
mod table;

pub use history::{HistoryPage, HistoryPosition};
pub use message_log::{Acceptance, MessageLog};
pub use table::Messages;
