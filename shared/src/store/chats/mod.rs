//! The Chats table: chats, their heads, their members, and the lists of users' chats.

mod acknowledgements;
mod attention;
mod creation;
mod heads;
pub(in crate::store) mod keys;
mod known_users;
mod leaving;
mod list;
mod members;
pub(in crate::store) mod rows;
mod table;

pub use attention::Unread;
pub use creation::{ChatCreation, ExistingChat};
pub use heads::{HolderCheck, SettleOutcome};
pub use known_users::KnownUsers;
pub use list::{ChatCursor, Listing};
pub use table::Chats;
