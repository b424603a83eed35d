//! Operators and dead letters: the real `paloma`, the real workflow, on a stack of their own.
//!
//! Whole queues are replayed here, so one test has them at a time.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod bench;
mod interrupted;
mod looking;
mod operator;
mod unseen;
mod workflow;
