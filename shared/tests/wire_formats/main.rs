//! The wire formats of Paloma: JSON that a client, a queue, a table, the event bus or a phone receives.
//!
//! Each test holds the whole JSON in its source, so a change of a contract shows in the diff. After an intended change,
//! `cargo insta review` rewrites the snapshots (install it with `cargo install cargo-insta`).
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod answers;
mod block_changes;
mod calls;
mod changes;
mod chat_rows;
mod deliveries;
mod domain_events;
mod fixtures;
mod frames;
mod ids;
mod jobs;
mod privacy;
mod problems;
mod reactions;
mod recorder;
mod removed_chats;
mod reports;
mod rest;
mod settings;
mod user_rows;
