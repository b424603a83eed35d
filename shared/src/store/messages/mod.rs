//! The Messages table: the acceptance of messages, and the history of chats.

mod history;
mod message_log;
mod rows;
mod table;

pub use history::{HistoryPage, HistoryPosition};
pub use message_log::{Acceptance, MessageLog};
pub use table::Messages;
