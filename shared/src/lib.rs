//! The library of Paloma's functions.
//!
//! | module | content |
//! | --- | --- |
//! | [`domain`] | messages, chats, sequence, watermarks: the rules, without AWS |
//! | [`store`] | the tables |
//! | [`queue`] | the jobs: enqueuing them, and consuming a batch of them |
//! | [`stream`] | consuming a batch of stream records |
//! | [`socket`] | posting frames to WebSocket connections |
//! | [`posts`] | posting an event to all sockets of its recipients |
//! | [`phones`] | registering devices with SNS, and pushing to them |
//! | [`bus`] | publishing domain events to EventBridge |
//! | [`exports`] | the bucket of exports |
//! | [`user_pool`] | logins at Cognito: app clients, passwords, challenges, tokens |
//! | [`edge`] | REST requests and WebSocket frames in, answers and problems out |
//! | [`second_factor`] | TOTP, and the recovery codes for a lost phone |
//! | [`sessions`] | ending all sessions of a user |
//! | `dead_letters` | reading, replaying and dropping dead letters; behind the cargo feature `dead-letters` |
//! | [`group_changes`] | changes of groups, and their jobs |
//! | [`settlement`] | the work after a watermark has moved: ticks, and their events |
//! | [`call_error`] | failed calls to AWS, and the kind of each failure |
//! | [`metrics`] | metrics in the lines of the log |
//! | [`runtime`] | configuration, clients and log |

#![warn(missing_docs)]

pub mod bus;
pub mod call_error;
mod conflicts;
#[cfg(feature = "dead-letters")]
pub mod dead_letters;
pub mod domain;
pub mod edge;
pub mod exports;
pub mod group_changes;
pub mod invitations;
pub mod metrics;
pub mod phones;
pub mod posts;
pub mod queue;
pub mod runtime;
pub mod second_factor;
pub mod sessions;
pub mod settlement;
pub mod socket;
pub mod store;
pub mod stream;
pub mod user_pool;
