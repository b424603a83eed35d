//! What Paloma's functions stand on.
//!
//! | module | what it is |
//! | --- | --- |
//! | [`domain`] | messages, chats, sequence, watermarks: the rules, with no AWS in them |
//! | [`store`] | the tables, a file per kind of row |
//! | [`queue`] | the jobs, how they are enqueued, how a batch of them is consumed |
//! | [`socket`] | posting frames to connections |
//! | [`edge`] | REST requests and socket frames in, answers and problems out |
//! | [`settlement`] | what follows when a watermark has moved: ticks, and news of them |
//! | [`runtime`] | configuration, logs, and the loop of a Lambda |

mod conflicts;
pub mod domain;
pub mod edge;
pub mod queue;
pub mod runtime;
pub mod settlement;
pub mod socket;
pub mod store;
