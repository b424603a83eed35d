//! The log lines of the functions.

use serde::Deserialize;

use crate::lines::Lines;

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LogLine {
    /// Name of the Lambda function, such as `dev-fan-out`, or `phone` for a push.
    pub function: String,
    /// Local time at which the invocation ended, such as `2026-01-31T12:03:04.123`.
    pub time: String,
    /// JSON, or plain text such as a panic.
    pub message: String,
}

/// Follows the log of all functions. The engine writes a function's lines when the invocation ends.
pub type Logs = Lines<LogLine>;
