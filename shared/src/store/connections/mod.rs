//! The Connections table: the open sockets of users, the checks whether each is alive, and the users watched on it.

mod checks;
mod rows;
mod table;
mod watchers;

pub use rows::Connection;
pub use table::Connections;
pub use watchers::Watcher;
