//! Paloma as its users see it: one stack, real connections, a file per promise.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod authorization;
mod contained;
mod convergent;
mod conversation;
mod cors;
mod devices;
mod durable;
mod erase;
mod erase_late;
mod events;
mod export;
mod gapless;
mod history;
mod idempotent;
mod input;
mod input_frames;
mod input_text;
mod least_privilege;
mod limits;
mod mfa;
mod operators_people;
mod operators_status;
mod operators_trace;
mod people;
mod presence;
mod presence_jobs;
mod private;
mod push;
mod push_failures;
mod safety_net;
mod seeing;
mod send_cost;
mod sockets;
mod ticks;
mod tokens;
