//! The Changes table: one row per edit, deletion or new summary of reactions of a message, kept for 90 days. Its stream
//! drives the frames.

mod change_log;
mod reactions;
mod rows;
mod table;

pub use change_log::{ChangeLog, ChangeOutcome};
pub use table::Changes;
