//! Runs Paloma on one machine: the same template and functions as on AWS, deployed to MiniStack, a local engine that
//! emulates AWS and enforces IAM.
//!
//! `cargo dev` is the command. The end-to-end tests start their stacks with [`Stack::start`].
#![warn(clippy::print_stdout, clippy::print_stderr)]

mod child;
mod deployment;
mod description;
mod directory;
mod engine;
mod environment;
mod error;
mod functions;
mod lines;
mod logs;
mod progress;
mod pushes;
mod stack;
pub mod timeline;
mod watch;
pub mod web;
mod workspace;

pub use deployment::Credentials;
pub use description::{DemoUser, Description, NewUser};
pub use directory::Port;
pub use engine::EngineOptions;
pub use error::Error;
pub use functions::{Profile, build_binary};
pub use lines::Lines;
pub use logs::{LogLine, Logs};
pub use progress::{Progress, Step};
pub use pushes::{Push, Pushes};
pub use stack::{Options, Reload, Stack};
pub use watch::{Changes, Sources};

/// Ends the detached stacks of this repository. Returns their ports.
pub fn stop_detached() -> Result<Vec<u16>, Error> {
    let workspace = workspace::Workspace::load()?;
    let stacks = directory::Directory::detached(&workspace);
    stacks.iter().map(|stack| engine::stop(stack).map(|()| stack.port)).collect()
}
