//! What goes from step to step: whom, how far, and what has been removed.

use paloma::domain::{ChatId, Timestamp, UserId};
use paloma::store::{ChatCursor, HistoryPosition};
use serde::{Deserialize, Serialize};

/// What the state machine asks for.
#[derive(Debug, Clone, Deserialize)]
pub struct Task {
    /// Which step.
    pub step: Step,
    /// Of whose erasure.
    pub erasure: Erasure,
}

/// The steps, each a file and a state of the same name. Each may be done at any time, twice, and by two at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Step {
    /// Nobody logs in any more, and no session is renewed.
    BlockLogin,
    /// The profile goes; from here on a token that still lives opens nothing.
    ForgetProfile,
    /// They are in no chat any more: nothing is read or written as them.
    LeaveChats,
    /// Their sockets are closed, and those who watch them are told.
    CloseConnections,
    /// Their devices are not pushed to any more.
    RemoveDevices,
    /// What they have had exported goes.
    RemoveExports,
    /// What they wrote, and when they read, goes; what others count by stays.
    RedactMessages,
    /// Cognito forgets them.
    DeleteLogin,
}

/// An erasure, as it goes from state to state. Only `userId` has to be given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Erasure {
    /// Whose.
    pub user_id: UserId,
    /// How long is waited for what was under way when everything was cut off, in seconds, before it is cut off again and
    /// erased. Longer than any function runs, and than a delivery may be late (see fan-out).
    #[serde(default = "ninety")]
    pub sweep_after_seconds: u32,
    /// Since when they are erased, in epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<Timestamp>,
    /// What has been removed so far, by this execution.
    #[serde(default)]
    pub removed: Removed,
    /// Where the step goes on, if it has not come to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Next>,
}

/// What has been removed: numbers alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Removed {
    /// Logins.
    pub logins: u64,
    /// Sockets that were open.
    pub connections: u64,
    /// Devices that were pushed to.
    pub devices: u64,
    /// Files of exports, and pieces of unfinished ones.
    pub exports: u64,
    /// Chats that they were in.
    pub chats: u64,
    /// Messages whose content was taken out.
    pub messages: u64,
    /// Receipts that they gave.
    pub receipts: u64,
}

/// Where a step goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Next {
    /// With the next page of their chats.
    Chats(ChatCursor),
    /// In a chat, past this message.
    Messages {
        /// Which chat.
        #[serde(rename = "chatId")]
        chat_id: ChatId,
        /// Past which message.
        past: HistoryPosition,
    },
    /// With a chat that is left.
    AnotherChat {},
}

const fn ninety() -> u32 {
    90
}
