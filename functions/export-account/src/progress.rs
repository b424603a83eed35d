//! The state of an export, which goes from step to step.

use paloma::domain::{ExportId, UserId};
use paloma::exports::UploadId;
use paloma::store::HistoryPosition;
use serde::{Deserialize, Serialize};

/// The input that the state machine gives to the function.
#[derive(Debug, Clone, Deserialize)]
pub struct ExportTask {
    pub step: Step,
    pub export: ExportProgress,
}

/// The steps, in order. A step may run again: it overwrites the objects and parts of its first run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Step {
    /// Starts the upload, and stores the list of chats.
    Begin,
    /// Reads and writes for about 20 s.
    Gather,
    /// Completes the upload.
    Finish,
}

/// An export, as it goes from state to state. The input of an execution needs only `userId`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExportProgress {
    pub user_id: UserId,
    /// Random if an operator starts the execution.
    #[serde(default = "ExportId::random")]
    pub export_id: ExportId,
    /// The S3 multipart upload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upload: Option<UploadId>,
    /// Number of uploaded parts.
    #[serde(default)]
    pub parts: i32,
    /// Number of finished rounds. Lines that did not fill a part are kept under this number.
    #[serde(default)]
    pub rounds: u32,
    /// Whether the last round kept lines for the next one.
    #[serde(default)]
    pub kept: bool,
    /// The position at which the next round continues. `None` if all is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<ExportCursor>,
    #[serde(default)]
    pub lines: u64,
    #[serde(default)]
    pub bytes: u64,
    /// Set once the upload is complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<ExportFile>,
}

/// An object in S3.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportFile {
    pub bucket: String,
    pub key: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ExportCursor {
    /// The profile, the devices and the connections.
    Account {},
    /// The messages of a chat after this position.
    Chat {
        /// The chat's index in the stored list.
        number: usize,
        past: HistoryPosition,
    },
}
