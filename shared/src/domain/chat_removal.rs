//! The record of the removal of a group by an operator.

use serde::{Deserialize, Serialize};

use super::{Reason, Timestamp, UserId};

/// The record of a removal. No client sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChatRemoval {
    /// The time of the removal, in epoch milliseconds.
    pub at: Timestamp,
    /// The operator's reason.
    pub reason: Reason,
    /// The members at that time, in the order of their joining: they get the system message, also from a late job.
    pub members: Vec<UserId>,
}
