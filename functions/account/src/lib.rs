//! A user's own account: its password (`password`), its address (`email`), its second factor (`totp`), its erasure and
//! export (here); and the commands of operators about it (`operators`).
//!
//! Erasures and exports are done by workflows (`workflow`). Each is started under a name that follows from the user, so
//! that asking again is asking once.

mod email;
mod operators;
mod password;
mod totp;
mod workflow;

use std::time::Duration;

use paloma::call_error::CallError;
use paloma::domain::{Action, ExportId, Secret, Session, Timestamp, UserId};
use paloma::edge::{OperatorCommand, Problem, Request, Response, admit, charge};
use paloma::exports::{Export, Exports};
use paloma::runtime::{Environment, MissingVariable};
use paloma::store::Accounts;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::email::Emails;
use crate::operators::Operators;
use crate::password::Passwords;
use crate::totp::Totp;
use crate::workflow::{Progress, Workflow};

/// How long a link to an export is good.
const LINK_LIFE: Duration = Duration::from_secs(15 * 60);

/// How many attempts at the same thing there are: each follows one that failed.
const MOST_ATTEMPTS: u32 = 10;

const DAY_MILLIS: u64 = 24 * 60 * 60 * 1_000;

/// What account works with.
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

/// `DELETE /me`
#[derive(Deserialize)]
struct Confirmation {
    password: Secret,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Erasure {
    erasure_id: String,
    status: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExportView {
    export_id: ExportId,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
}

impl Account {
    /// Takes what it works with from the environment.
    ///
    /// # Errors
    /// When a setting is missing.
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

    /// Answers a REST request.
    ///
    /// # Errors
    /// What the client is told instead.
    pub async fn answer(&self, request: Request) -> Result<Response, Problem> {
        let session = request.session()?;
        match request.route.as_str() {
            "DELETE /me" => self.erase(session, &request).await,
            "POST /me/export" => self.export(session).await,
            "GET /me/exports/{exportId}" => self.exported(session, request.path("exportId", "export")?).await,
            route => {
                let account = admit(&self.accounts, session).await?;
                match route {
                    "PUT /me/password" => self.passwords.change(&account, &request).await,
                    "PUT /me/email" => self.emails.ask(&account, &request).await,
                    "POST /me/email/confirm" => self.emails.confirm(&account, &request).await,
                    "POST /me/totp" => self.totp.enrol(&account, &request).await,
                    "PUT /me/totp" => self.totp.confirm(&account, &request).await,
                    "DELETE /me/totp" => self.totp.remove(&account, &request).await,
                    _ => Err(Problem::not_found("route")),
                }
            }
        }
    }

    /// Carries out the command of an operator.
    ///
    /// # Errors
    /// The reason why not.
    pub async fn carry_out(&self, command: OperatorCommand) -> Result<Value, Problem> {
        self.operators.carry_out(&command).await
    }

    /// 202: the erasure has begun, or had begun before. There is no way back, so the password is asked for: a token alone
    /// may have been stolen. Once it has begun there is nothing left to protect.
    async fn erase(&self, session: Session, request: &Request) -> Result<Response, Problem> {
        let caller = session.user_id;
        let (name, progress) = self.erasure_of(caller).await?;
        let status = match progress {
            // An erasure that has begun leaves no account, and answers the same when asked again.
            Some(progress) => {
                if self.accounts.account(caller).await?.is_some() {
                    admit(&self.accounts, session).await?;
                }
                progress
            }
            None => {
                let account = admit(&self.accounts, session).await?;
                let Confirmation { password } = request.body()?;
                self.passwords.check(&account, &password).await?;
                self.erase.start(&name, &json!({ "userId": caller })).await?;
                Progress::Running
            }
        };
        let status = if status == Progress::Succeeded { "erased" } else { "running" };
        Response::json(202, &Erasure { erasure_id: name, status })
    }

    /// The erasure that counts, and how far it is; without progress it is still to be started, under that name.
    async fn erasure_of(&self, caller: UserId) -> Result<(String, Option<Progress>), Problem> {
        for attempt in 1..=MOST_ATTEMPTS {
            let name = format!("{caller}-{attempt}");
            match self.erase.progress(&name).await? {
                Some(Progress::Failed) => {}
                progress => return Ok((name, progress)),
            }
        }
        // Somebody has been told of each of them.
        Err(Problem::unavailable())
    }

    /// Refuses a user whose erasure has begun, and has not come to the profile yet: no link is to outlive it.
    async fn refuse_while_erasing(&self, caller: UserId) -> Result<(), Problem> {
        match self.erasure_of(caller).await? {
            (_, Some(_)) => Err(Problem::unauthenticated("This account is being erased.")),
            (_, None) => Ok(()),
        }
    }

    /// 202: the export has begun, or had begun before today. One a day is made, so that nobody can have them made by the
    /// thousand; one that runs over midnight is still the one.
    async fn export(&self, session: Session) -> Result<Response, Problem> {
        let account = admit(&self.accounts, session).await?;
        self.refuse_while_erasing(account.user_id).await?;
        charge(&self.accounts, &account, &[(Action::Export, 1)]).await?;
        let caller = account.user_id;
        let today = Timestamp::now().as_millis() / DAY_MILLIS;
        for attempt in 1..=MOST_ATTEMPTS {
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
        Err(Problem::too_many("Today's export keeps failing, and whoever runs Paloma has been told: try tomorrow."))
    }

    /// 200 with how far an export is, and a fresh link while its file is there.
    async fn exported(&self, session: Session, export_id: ExportId) -> Result<Response, Problem> {
        let caller = admit(&self.accounts, session).await?.user_id;
        self.refuse_while_erasing(caller).await?;
        // The caller is part of the name: nobody finds anybody else's.
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
        let mut view = ExportView { export_id, status: "running", url: None, expires_at: None };
        match progress {
            Progress::Running => {}
            Progress::Failed => view.status = "failed",
            Progress::Succeeded => {
                let export = Export { user_id, export_id };
                let unavailable = |error: CallError| Problem::unavailable().caused_by(error);
                if self.exports.is_finished(export).await.map_err(unavailable)? {
                    view.status = "ready";
                    view.expires_at = Some(Timestamp::now().plus(LINK_LIFE));
                    view.url = Some(self.exports.link(export, LINK_LIFE).await.map_err(unavailable)?);
                } else {
                    view.status = "expired";
                }
            }
        }
        Response::json(status, &view)
    }
}

fn export_name(user: UserId, export: ExportId) -> String {
    format!("{user}_{export}")
}
