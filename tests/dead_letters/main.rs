//! Operators and dead letters: the real `paloma` and the real workflow, on a stack of their own.
//!
//! These tests replay whole queues, so each queue belongs to one test at a time ([`harness::own_queues`]).

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod drop_and_restore;
mod harness;
mod killed_replay;
mod list_and_peek;
mod operator_policies;
mod replay;
mod replay_of_processed_jobs;
mod workflow;
