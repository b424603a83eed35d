//! The Messages table: the acceptance of messages, and the history of chats.

mod group_log;
mod history;
mod message_log;
mod rows;
mod table;

pub use group_log::GroupOutcome;
pub use history::{HistoryPage, HistoryPosition};
pub use message_log::{Acceptance, MessageLog};
pub use table::Messages;
