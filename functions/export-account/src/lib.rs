//! The steps of exporting what there is about somebody, as `statemachines/export-account.asl.json` puts them together:
//!
//! 1. a file is begun, and it is noted which chats there are: their list moves while they are read (`begin`);
//! 2. round by round everything is read and written, in parts (`gather`, `line`);
//! 3. the parts become one file, of JSON lines (`finish`).
//!
//! Each step may be done twice: what it writes replaces what it wrote.

mod failure;
mod gather;
mod line;
mod progress;

use std::collections::BTreeSet;
use std::time::Instant;

use lambda_runtime::LambdaEvent;
use paloma::domain::{ChatId, PageLimit, UserId};
use paloma::exports::{Export, Exports};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::{Chats, Connections, Devices, Messages, Statuses, Users};
use serde_json::Value;

pub use crate::failure::Failure;
pub use crate::progress::{File, Next, Progress, Step, Task};

/// What the list of chats is kept as.
const CHATS: &str = "chats";

/// What export-account works with.
#[derive(Debug, Clone)]
pub struct ExportAccount {
    users: Users,
    chats: Chats,
    messages: Messages,
    statuses: Statuses,
    connections: Connections,
    devices: Devices,
    exports: Exports,
}

impl Progress {
    pub(crate) fn export(&self) -> Export {
        Export { user_id: self.user_id, export_id: self.export_id }
    }
}

impl ExportAccount {
    /// Takes what it works with from the environment.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            users: environment.users()?,
            chats: environment.chats()?,
            messages: environment.messages()?,
            statuses: environment.statuses()?,
            connections: environment.connections()?,
            devices: environment.devices()?,
            exports: environment.exports()?,
        })
    }

    /// Does what the state machine asks for.
    ///
    /// # Errors
    /// When the input is no task, or the step failed.
    pub async fn handle(&self, event: LambdaEvent<Value>) -> Result<Progress, Failure> {
        let task: Task = serde_json::from_value(event.payload).map_err(Failure::Malformed)?;
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
            requestId = event.context.request_id,
            durationMs = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        );
        done
    }

    /// Does a step.
    ///
    /// # Errors
    /// When a service does not answer: the same task goes on from there.
    pub async fn step(&self, Task { step, export }: Task) -> Result<Progress, Failure> {
        // Of somebody who is being erased nothing is written any more.
        if self.users.user(export.user_id).await?.is_none() {
            return Err(Failure::NoSuchAccount);
        }
        match step {
            Step::Begin => self.begin(export).await,
            Step::Gather => self.gather(export).await,
            Step::Finish => self.finish(export).await,
        }
    }

    async fn begin(&self, progress: Progress) -> Result<Progress, Failure> {
        let chats = self.chats_of(progress.user_id).await?;
        let list = serde_json::to_vec(&chats).map_err(Failure::Unwritable)?;
        self.exports.keep(progress.export(), CHATS, list).await?;
        let upload = self.exports.begin(progress.export()).await?;
        Ok(Progress { upload: Some(upload), next: Some(Next::Account {}), ..progress })
    }

    /// Their chats. The list is read until it brings nothing new, since a chat may move up while its pages are read.
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

    async fn finish(&self, progress: Progress) -> Result<Progress, Failure> {
        let export = progress.export();
        let upload = progress.upload.as_ref().ok_or(Failure::TooEarly)?;
        self.exports.finish(export, upload).await?;
        self.exports.forget_kept(export).await?;
        let file = File { bucket: self.exports.bucket().to_owned(), key: export.key() };
        Ok(Progress { upload: None, file: Some(file), ..progress })
    }
}
