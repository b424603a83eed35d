//! The Users table: profiles, presence, and the rows that erasures leave.

mod erased;
mod presence;
mod privacy;
mod profiles;
pub(in crate::store) mod rows;
mod table;

pub use table::{UserRecord, Users};
