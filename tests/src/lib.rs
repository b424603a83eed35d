//! What the end-to-end tests and the benchmarks stand on: a stack, people in it, their devices, and a way to call
//! a function in this process and fail any of its calls to AWS.
//!
//! A helper panics when the world is not as it must be: that is a test's failure, with the reason.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod calls;
mod command_line;
mod device;
mod gateway;
mod jobs;
mod killed;
mod listener;
mod own_queue;
mod person;
mod phone;
mod pool;
mod until;
mod workflow;
mod world;

pub use calls::{Calls, Crash};
pub use command_line::{Ran, paloma, run};
pub use device::Device;
pub use gateway::Gateway;
pub use jobs::typing;
pub use killed::killed_before_enqueuing;
pub use listener::{Heard, Listener};
pub use own_queue::OwnQueue;
pub use person::{Answer, Person};
pub use phone::{Badge, Buzz, Phone};
pub use until::{DEADLINE, LONG, until, until_within};
pub use workflow::{Ended, Execution};
pub use world::World;
