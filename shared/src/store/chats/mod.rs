//! The Chats table: chats, their heads, their members, and the lists of users' chats.

mod acknowledgements;
mod contacts;
mod creation;
mod erasure;
mod groups;
mod heads;
mod hiding;
pub(in crate::store) mod keys;
mod known_users;
mod list;
mod member_state;
mod members;
mod requests;
pub(in crate::store) mod rows;
mod safety_net;
mod settings;
mod table;

pub use acknowledgements::{SeenMarks, Sharing};
pub use creation::{ChatCreation, ExistingChat};
pub use groups::Group;
pub use heads::{HolderCheck, SettleOutcome, Summarised};
pub use hiding::HideOutcome;
pub use known_users::KnownUsers;
pub use list::{ChatCursor, Listing};
pub use member_state::Unread;
pub use members::Watchable;
pub use safety_net::SAFETY_NET_PAUSE;
pub use table::Chats;
