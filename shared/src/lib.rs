//! What Paloma's functions stand on.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`domain`] | messages, chats, sequence, watermarks: the rules, with no AWS in them |
//! | [`store`] | the tables, a file per kind of row |
//! | [`queue`] | the jobs, how they are enqueued, how a batch of them is consumed |
//! | [`stream`] | how a batch of stream records is consumed |
//! | [`socket`] | posting frames to connections |
//! | [`phones`] | registering devices with the push service, and pushing to them |
//! | [`call_error`] | failed calls to AWS, and the kind of each failure |
//! | [`bus`] | telling domain events to other systems |
//! | [`exports`] | the bucket of what people have had exported |
//! | [`user_pool`] | logins: Cognito's clients with their secrets, passwords, challenges, tokens |
//! | [`edge`] | REST requests and socket frames in, answers and problems out |
//! | [`second_factor`] | TOTP, and the recovery codes for a lost phone |
//! | [`sessions`] | ending all sessions of a user |
//! | `dead_letters` | reading, replaying and dropping dead letters; behind the cargo feature `dead-letters` |
//! | [`settlement`] | what follows when a watermark has moved: ticks, and news of them |
//! | [`metrics`] | what CloudWatch counts: figures in the lines of the log |
//! | [`runtime`] | configuration, logs, and the loop of a Lambda |

#![warn(missing_docs)]

pub mod bus;
pub mod call_error;
mod conflicts;
#[cfg(feature = "dead-letters")]
pub mod dead_letters;
pub mod domain;
pub mod edge;
pub mod exports;
pub mod metrics;
pub mod phones;
pub mod queue;
pub mod runtime;
pub mod second_factor;
pub mod sessions;
pub mod settlement;
pub mod socket;
pub mod store;
pub mod stream;
pub mod user_pool;
