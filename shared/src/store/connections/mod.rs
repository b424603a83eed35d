//! The Connections table: open sockets, the checks of their liveness, and the users watched on them.

mod checks;
mod listing;
mod rows;
mod table;
mod watchers;

pub use rows::Connection;
pub use table::Connections;
pub use watchers::Watcher;
