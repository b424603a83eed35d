//! The harness of the end-to-end tests and the benchmarks: a stack, its users with their sockets and phones, and a way
//! to run a function in this process and to fail any of its calls to AWS.
//!
//! A helper panics if the stack does not behave as expected: the test then fails with the reason.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod calls;
mod command_line;
mod contract;
mod environment;
mod event_listener;
mod fake_gateway;
mod history;
mod killed;
mod person;
mod phone;
mod pool;
mod push;
mod socket;
mod test_queue;
mod typing_job;
mod until;
mod workflow;
mod world;

pub use calls::{Calls, Crash, Work};
pub use command_line::{CommandOutput, paloma, run};
pub use event_listener::{EventListener, ReceivedEvent};
pub use fake_gateway::FakeGateway;
pub use history::History;
pub use killed::killed_before_enqueuing;
pub use person::{Answer, Person};
pub use phone::Phone;
pub use push::{Alert, BadgeUpdate};
pub use socket::Socket;
pub use test_queue::TestQueue;
pub use typing_job::typing_job;
pub use until::{DEADLINE, LONG, until, until_within};
pub use workflow::{Execution, ExecutionResult};
pub use world::World;
