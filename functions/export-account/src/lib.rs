//! Carries out the steps of `statemachines/export-account.asl.json`, which exports a user's data:
//!
//! 1. `begin` starts an S3 multipart upload, and stores the list of the user's chats, since their order changes later.
//! 2. `gather` reads the data and writes it as parts, in rounds (`gather`, `line`).
//! 3. `finish` completes the upload: one file of JSON lines.
//!
//! A step may run again: it overwrites the objects and parts of its first run.

mod failure;
mod gather;
mod line;
mod progress;

use std::collections::BTreeSet;
use std::time::Instant;

use lambda_runtime::LambdaEvent;
use paloma::domain::{ChatId, PageLimit, UserId};
use paloma::exports::{Export, Exports};
use paloma::metrics::elapsed_ms;
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{
    Accounts, Blocks, Chats, Connections, Devices, Messages, Reports, Statuses, StoredReactions, Users,
};
use serde_json::Value;

pub use crate::failure::Failure;
pub use crate::progress::{ExportCursor, ExportFile, ExportProgress, ExportTask, Step};

/// The name of the object that keeps the list of chats between steps.
const CHATS: &str = "chats";

#[derive(Debug, Clone)]
pub struct ExportAccount {
    accounts: Accounts,
    users: Users,
    chats: Chats,
    messages: Messages,
    statuses: Statuses,
    reactions: StoredReactions,
    connections: Connections,
    devices: Devices,
    blocks: Blocks,
    reports: Reports,
    exports: Exports,
}

impl ExportProgress {
    pub(crate) fn export(&self) -> Export {
        Export { user_id: self.user_id, export_id: self.export_id }
    }
}

impl ExportAccount {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            accounts: environment.accounts()?,
            users: environment.users()?,
            chats: environment.chats()?,
            messages: environment.messages()?,
            statuses: environment.statuses()?,
            reactions: environment.reactions()?,
            connections: environment.connections()?,
            devices: environment.devices()?,
            blocks: environment.blocks()?,
            reports: environment.reports()?,
            exports: environment.exports()?,
        })
    }

    /// Runs the step that the state machine asks for, and logs it.
    pub async fn handle(&self, event: LambdaEvent<Value>) -> Result<ExportProgress, Failure> {
        let task: ExportTask = serde_json::from_value(event.payload).map_err(Failure::Malformed)?;
        let (step, user_id, export_id, started) =
            (task.step, task.export.user_id, task.export.export_id, Instant::now());
        let done = self.step(task).await;
        tracing::info!(
            stage = "export-account",
            step = ?step,
            outcome = if done.is_ok() { "done" } else { "failed" },
            userId = %user_id,
            exportId = %export_id,
            lines = done.as_ref().ok().map(|progress| progress.lines),
            cause = done.as_ref().err().map(tracing::field::display),
            causeKind = done.as_ref().err().and_then(Failure::kind),
            requestId = event.context.request_id,
            durationMs = elapsed_ms(started),
        );
        done
    }

    /// # Errors
    /// If the step failed. Retry the same task.
    pub async fn step(&self, ExportTask { step, export }: ExportTask) -> Result<ExportProgress, Failure> {
        // Nothing is exported of a user who is being erased.
        if self.users.user(export.user_id).await?.is_none() {
            return Err(Failure::NoSuchAccount);
        }
        match step {
            Step::Begin => self.begin(export).await,
            Step::Gather => self.gather(export).await,
            Step::Finish => self.finish(export).await,
        }
    }

    async fn begin(&self, progress: ExportProgress) -> Result<ExportProgress, Failure> {
        let chats = self.chats_of(progress.user_id).await?;
        let list = serde_json::to_vec(&chats).map_err(Failure::Unwritable)?;
        self.exports.put_working_file(progress.export(), CHATS, list).await?;
        let upload = self.exports.begin(progress.export()).await?;
        Ok(ExportProgress { upload: Some(upload), next: Some(ExportCursor::Account {}), ..progress })
    }

    /// All chats of the user. A new message moves its chat to the top of the list, past the page that is being read. So
    /// the list is read again until it has no new chat.
    async fn chats_of(&self, user: UserId) -> Result<BTreeSet<ChatId>, Failure> {
        let mut all = BTreeSet::new();
        loop {
            let (known, mut from) = (all.len(), None);
            loop {
                let (page, next) = self.chats.of_user(user, PageLimit::MAX, from).await?;
                all.extend(page);
                from = next;
                if from.is_none() {
                    break;
                }
            }
            if all.len() == known {
                return Ok(all);
            }
        }
    }

    async fn finish(&self, progress: ExportProgress) -> Result<ExportProgress, Failure> {
        let export = progress.export();
        let upload = progress.upload.as_ref().ok_or(Failure::TooEarly)?;
        self.exports.finish(export, upload).await?;
        self.exports.delete_working_files(export).await?;
        let file = ExportFile { bucket: self.exports.bucket().to_owned(), key: export.key() };
        Ok(ExportProgress { upload: None, file: Some(file), ..progress })
    }
}
