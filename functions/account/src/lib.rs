//! The caller's account: password (`password`), email address (`email`), second factor (`totp`), erasure and export
//! (this file), and the commands of operators (`operators`).
//!
//! Step Functions workflows carry out erasures and exports (`workflow`). The name of an execution is derived from the
//! user id, so a repeated request finds the same execution.

mod email;
mod operators;
mod password;
mod totp;
mod workflow;

use std::time::Duration;

use paloma::call_error::{CallError, Cause};
use paloma::domain::{Action, ExportId, Session, Timestamp, UserId};
use paloma::edge::api::{DeleteAccountRequest, ErasureStatus, ErasureView, ExportStatus, ExportView};
use paloma::edge::{OperatorCommand, Problem, Request, Response, admit, charge};
use paloma::exports::{Export, Exports};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::Accounts;
use serde_json::{Value, json};

use crate::email::Emails;
use crate::operators::Operators;
use crate::password::Passwords;
use crate::totp::Totp;
use crate::workflow::{Progress, Workflow};

/// Lifetime of a download link to an export.
const LINK_LIFETIME: Duration = Duration::from_secs(15 * 60);

/// Maximum number of executions for one erasure, or for one export. The next one starts after the previous one failed.
const MAX_ATTEMPTS: u32 = 10;

const DAY_MILLIS: u64 = 24 * 60 * 60 * 1_000;

#[derive(Debug, Clone)]
pub struct Account {
    accounts: Accounts,
    passwords: Passwords,
    emails: Emails,
    totp: Totp,
    operators: Operators,
    exports: Exports,
    erase: Workflow,
    export: Workflow,
}

impl Account {
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        let passwords = Passwords::new(environment)?;
        Ok(Self {
            accounts: environment.accounts()?,
            emails: Emails::new(environment, passwords.clone())?,
            totp: Totp::new(environment, passwords.clone())?,
            operators: Operators::new(environment)?,
            passwords,
            exports: environment.exports()?,
            erase: Workflow::new(environment, "ERASE_ACCOUNT_STATE_MACHINE")?,
            export: Workflow::new(environment, "EXPORT_ACCOUNT_STATE_MACHINE")?,
        })
    }

    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        let session = request.session()?;
        match request.route.as_str() {
            "DELETE /me" => self.erase(session, &request).await,
            "POST /me/export" => self.export(session).await,
            "GET /me/exports/{exportId}" => self.export_status(session, request.path("exportId", "export")?).await,
            route => {
                let account = admit(&self.accounts, session).await?;
                match route {
                    "PUT /me/password" => self.passwords.change(&account, &request).await,
                    "PUT /me/email" => self.emails.begin_change(&account, &request).await,
                    "POST /me/email/confirm" => self.emails.confirm(&account, &request).await,
                    "POST /me/totp" => self.totp.enrol(&account, &request).await,
                    "PUT /me/totp" => self.totp.confirm(&account, &request).await,
                    "DELETE /me/totp" => self.totp.remove(&account, &request).await,
                    _ => Err(Problem::not_found("route")),
                }
            }
        }
    }

    pub async fn carry_out(&self, command: OperatorCommand) -> Result<Value, Problem> {
        self.operators.carry_out(&command).await
    }

    /// Starts the erasure, or finds the one that runs, and answers 202. An erasure cannot be undone, so its start
    /// requires the password: a stolen token is not enough. A repeated request needs no password.
    async fn erase(&self, session: Session, request: &Request) -> Result<Response, Problem> {
        let caller = session.user_id;
        let (name, progress) = self.latest_erasure(caller).await?;
        let status = match progress {
            // The account may be gone by now. A repeated request gets the same answer all the same.
            Some(progress) => {
                if self.accounts.account(caller).await?.is_some() {
                    admit(&self.accounts, session).await?;
                }
                progress
            }
            None => {
                let account = admit(&self.accounts, session).await?;
                let DeleteAccountRequest { password } = request.body()?;
                let password = password.ok_or_else(|| Problem::field("password", "is missing"))?;
                self.passwords.check(&account, &password).await?;
                self.erase.start(&name, &json!({ "userId": caller })).await?;
                Progress::Running
            }
        };
        let status = if status == Progress::Succeeded { ErasureStatus::Erased } else { ErasureStatus::Running };
        Response::json(202, &ErasureView { erasure_id: name, status })
    }

    /// The name of the first erasure that has not failed, and its progress: `None` if it has not been started.
    async fn latest_erasure(&self, caller: UserId) -> Result<(String, Option<Progress>), Problem> {
        for attempt in 1..=MAX_ATTEMPTS {
            let name = format!("{caller}-{attempt}");
            match self.erase.progress(&name).await? {
                Some(Progress::Failed) => {}
                progress => return Ok((name, progress)),
            }
        }
        // The alarm for failed executions reported each of them to the operators.
        Err(Problem::unavailable().caused_by(Cause::new(format!("all {MAX_ATTEMPTS} erasures of this user failed"))))
    }

    /// Rejects a user while an erasure runs but has not yet removed the profile: no link to an export may outlive it.
    async fn reject_while_erasing(&self, caller: UserId) -> Result<(), Problem> {
        match self.latest_erasure(caller).await? {
            (_, Some(_)) => Err(Problem::unauthenticated("This account is being erased.")),
            (_, None) => Ok(()),
        }
    }

    /// Starts today's export, or finds it, and answers 202. A user gets one export per day (UTC): exports cost reads.
    /// Yesterday's export counts as today's while it still runs.
    async fn export(&self, session: Session) -> Result<Response, Problem> {
        let account = admit(&self.accounts, session).await?;
        self.reject_while_erasing(account.user_id).await?;
        charge(&self.accounts, &account, &[(Action::Export, 1)]).await?;
        let caller = account.user_id;
        let today = Timestamp::now().as_millis() / DAY_MILLIS;
        for attempt in 1..=MAX_ATTEMPTS {
            let yesterdays = ExportId::derive(caller, today - 1, attempt);
            if self.export.progress(&export_name(caller, yesterdays)).await? == Some(Progress::Running) {
                return self.view(202, caller, yesterdays, Progress::Running).await;
            }
            let todays = ExportId::derive(caller, today, attempt);
            let name = export_name(caller, todays);
            let progress = match self.export.progress(&name).await? {
                Some(Progress::Failed) => continue,
                Some(progress) => progress,
                None => {
                    self.export.start(&name, &json!({ "userId": caller, "exportId": todays })).await?;
                    Progress::Running
                }
            };
            return self.view(202, caller, todays, progress).await;
        }
        Err(Problem::too_many("Today's export failed several times. The operators know about it. Try again tomorrow."))
    }

    /// Answers 200 with the status of an export, and with a new link while the file exists.
    async fn export_status(&self, session: Session, export_id: ExportId) -> Result<Response, Problem> {
        let caller = admit(&self.accounts, session).await?.user_id;
        self.reject_while_erasing(caller).await?;
        // The name contains the caller's id, so a user finds only their own exports.
        let progress = self.export.progress(&export_name(caller, export_id)).await?;
        self.view(200, caller, export_id, progress.ok_or_else(|| Problem::not_found("export"))?).await
    }

    async fn view(
        &self,
        status: u16,
        user_id: UserId,
        export_id: ExportId,
        progress: Progress,
    ) -> Result<Response, Problem> {
        let mut view = ExportView { export_id, status: ExportStatus::Running, url: None, expires_at: None };
        match progress {
            Progress::Running => {}
            Progress::Failed => view.status = ExportStatus::Failed,
            Progress::Succeeded => {
                let export = Export { user_id, export_id };
                let unavailable = |error: CallError| Problem::unavailable().caused_by(error);
                if self.exports.is_finished(export).await.map_err(unavailable)? {
                    view.status = ExportStatus::Ready;
                    view.expires_at = Some(Timestamp::now().plus(LINK_LIFETIME));
                    view.url = Some(self.exports.link(export, LINK_LIFETIME).await.map_err(unavailable)?);
                } else {
                    view.status = ExportStatus::Expired;
                }
            }
        }
        Response::json(status, &view)
    }
}

fn export_name(user: UserId, export: ExportId) -> String {
    format!("{user}_{export}")
}
