//! The Messages table: the acceptance of messages, and the history of chats.

mod gaps;
mod group_log;
mod history;
mod message_log;
mod rows;
mod table;
mod walk;

pub use group_log::GroupOutcome;
pub use history::HistoryPage;
pub use message_log::{Acceptance, MessageLog};
pub use table::Messages;
pub use walk::HistoryPosition;
