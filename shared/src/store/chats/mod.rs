//! The Chats table: chats, their heads, their members, and the lists of users' chats.

mod acknowledgements;
mod creation;
mod erasure;
mod heads;
pub(in crate::store) mod keys;
mod known_users;
mod list;
mod member_state;
mod members;
pub(in crate::store) mod rows;
mod safety_net;
mod table;

pub use creation::{ChatCreation, ExistingChat};
pub use heads::{HolderCheck, SettleOutcome, Summarised};
pub use known_users::KnownUsers;
pub use list::{ChatCursor, Listing};
pub use member_state::Unread;
pub use safety_net::SAFETY_NET_PAUSE;
pub use table::Chats;
