//! What goes from step to step: whose export, how far it is.

use paloma::domain::{ExportId, UserId};
use paloma::exports::UploadId;
use paloma::store::HistoryPosition;
use serde::{Deserialize, Serialize};

/// What the state machine asks for.
#[derive(Debug, Clone, Deserialize)]
pub struct Task {
    /// Which step.
    pub step: Step,
    /// Of which export.
    pub export: Progress,
}

/// The steps. Each may be done twice: what it writes replaces what it wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Step {
    /// A file is begun, and it is noted which chats there are.
    Begin,
    /// Some 20 s of reading and writing.
    Gather,
    /// The parts become one file.
    Finish,
}

/// An export, as it goes from state to state. Only `userId` has to be given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// Whose.
    pub user_id: UserId,
    /// Which of theirs; one that an operator starts is given an id.
    #[serde(default = "ExportId::random")]
    pub export_id: ExportId,
    /// The file that is being written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<UploadId>,
    /// How many of its parts are written.
    #[serde(default)]
    pub parts: i32,
    /// How often has been gathered; what did not fill a part is kept under this number.
    #[serde(default)]
    pub rounds: u32,
    /// Whether the last round kept something.
    #[serde(default)]
    pub kept: bool,
    /// Where the next round goes on, if there is more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Next>,
    /// How many lines have been written.
    #[serde(default)]
    pub lines: u64,
    /// How many bytes.
    #[serde(default)]
    pub bytes: u64,
    /// Where the file lies, once it is finished: the bucket and the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<File>,
}

/// Where a file lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// In which bucket.
    pub bucket: String,
    /// Under which key.
    pub key: String,
}

/// Where gathering goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Next {
    /// With the profile, the devices and the sockets.
    Account {},
    /// With this chat of those that were noted, past this message.
    Chat {
        /// Its place among them, from 0.
        number: usize,
        /// Past which message.
        past: HistoryPosition,
    },
}
