//! The state of an erasure, which goes from step to step.

use paloma::domain::{ChatId, Timestamp, UserId};
use paloma::store::{ChatCursor, HistoryPosition};
use serde::{Deserialize, Serialize};

/// The input that the state machine gives to the function.
#[derive(Debug, Clone, Deserialize)]
pub struct ErasureTask {
    pub step: Step,
    pub erasure: Erasure,
}

/// The steps, in order. Each is a state of the state machine. A step may run at any time, again, and concurrently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Step {
    /// Blocks logins, and ends all sessions.
    BlockLogin,
    /// Deletes the profile. From here on a token that has not expired is rejected.
    ForgetProfile,
    /// Makes the user leave all chats, so that nothing is read or written in the user's name.
    LeaveChats,
    /// Closes connections, and reports the user offline to watchers.
    CloseConnections,
    RemoveDevices,
    RemoveExports,
    /// Removes the user from the reports that the user made, and the content of the user from resolved reports.
    RemoveReports,
    /// Removes the content of the user's messages, and the user's receipts. The messages keep their seq.
    RedactMessages,
    /// Deletes the login from Cognito.
    DeleteLogin,
}

/// An erasure, as it goes from state to state. The input of an execution needs only `userId`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Erasure {
    pub user_id: UserId,
    /// Pause in seconds between the first and the second run of the steps that cut the user off. It is longer than any
    /// function runs, and longer than a delivery may be late (see fan-out).
    #[serde(default = "default_sweep_after_seconds")]
    pub sweep_after_seconds: u32,
    /// The time at which the profile was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<Timestamp>,
    /// Counts of this execution alone.
    #[serde(default)]
    pub removed: RemovedCounts,
    /// The position at which the step continues. `None` if the step is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<ErasureCursor>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RemovedCounts {
    pub logins: u64,
    pub connections: u64,
    pub devices: u64,
    /// Files of exports, and parts of unfinished ones.
    pub exports: u64,
    /// Reports that the user made.
    pub reports: u64,
    pub chats: u64,
    /// Messages that lost their content.
    pub messages: u64,
    pub receipts: u64,
    pub reactions: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ErasureCursor {
    /// The next page of the user's chats.
    Chats(ChatCursor),
    /// The messages of this chat after this position.
    Messages {
        #[serde(rename = "chatId")]
        chat_id: ChatId,
        past: HistoryPosition,
    },
    /// The next chat that the user still has a row in.
    AnotherChat {},
}

const fn default_sweep_after_seconds() -> u32 {
    90
}
