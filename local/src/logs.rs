//! What the functions log, as it comes.

use serde::Deserialize;

use crate::lines::Lines;

/// One line that a function logged, or what stands in the place of one, such as a `phone`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LogLine {
    /// Name of the Lambda function, such as `dev-fan-out`.
    pub function: String,
    /// Local time at which the invocation ended, such as `2026-01-31T12:03:04.123`.
    pub time: String,
    /// The line; JSON if the function itself wrote it.
    pub message: String,
}

/// Follows the log of all functions. A function's lines come when its invocation ends.
pub type Logs = Lines<LogLine>;
