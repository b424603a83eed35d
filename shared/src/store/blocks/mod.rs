//! The Blocks table: the users that a user has blocked.

mod changes;
mod table;

pub use changes::BlockChange;
pub use table::{BlockedUser, Blocks, PairBlocks};
