//! Dead letters: operators read, replay and drop them. The command line `paloma dlq` and the function
//! replay-dead-letters build on this module.
//!
//! | file | contents |
//! | --- | --- |
//! | `queue_name` | the dead-letter queues by the names that operators use |
//! | `dead_letter` | a dead letter: the job, its subject, its failure |
//! | `failure_details` | why, when and where a job failed |
//! | `filter` | conditions that select dead letters |
//! | `queue` | one dead-letter queue: receive, hold, remove, restore |
//! | `queue_scan` | reads a whole queue once and gives back the dead letters that it does not remove |
//! | `sending` | sends dead letters to an SQS queue, in batches |
//! | `stream_batch` | Lambda's report about records of a stream that it gave up on; reads these records again |
//! | `destination` | replays dead letters to their source queue, or to the function that reads their stream |
//! | `replay` | a whole replay: at a rate, safe to kill at any point and to start again |
//!
//! The module is behind the cargo feature `dead-letters`: it needs the SDKs of Lambda and of DynamoDB Streams, which
//! no other function links.

mod dead_letter;
mod destination;
mod error;
mod failure_details;
mod filter;
mod queue;
mod queue_name;
mod queue_scan;
mod replay;
mod sending;
mod stream_batch;

pub use dead_letter::DeadLetter;
pub use destination::{Destination, ReplayOutcome};
pub use error::ReplayError;
pub use failure_details::FailureDetails;
pub use filter::Filter;
pub use queue::{DeadLetterQueue, Depth};
pub use queue_name::{QueueName, SourceKind, UnknownQueue};
pub use queue_scan::{HOLD, QueueScan};
pub use replay::{ReplayProgress, ReplayRequest};
pub use sending::SendOutcome;
pub use stream_batch::{StreamBatch, StreamRecords};
