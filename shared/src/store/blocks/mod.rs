//! The Blocks table: the users that a user has blocked.

mod changes;
mod requests;
mod table;

pub use changes::BlockChange;
pub use requests::RequestOutcome;
pub use table::{BlockedUser, Blocks, PairBlocks};
