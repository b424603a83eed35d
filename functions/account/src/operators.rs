//! Runs the operators' commands `paloma user sign-out`, `suspend`, `restore`, `reset-mfa` and `grant`.

use paloma::domain::{SendLimit, Timestamp, UserId};
use paloma::edge::{OperatorCommand, Problem};
use paloma::runtime::{Environment, MissingVariable};
use paloma::second_factor::SecondFactor;
use paloma::sessions::Sessions;
use paloma::store::Accounts;
use paloma::user_pool::UserPool;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::password::problem_of;

#[derive(Debug, Clone)]
pub(crate) struct Operators {
    accounts: Accounts,
    pool: UserPool,
    sessions: Sessions,
    factor: SecondFactor,
}

/// A command about one user. Every command is idempotent: after a crash the operator repeats it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserCommand {
    user_id: UserId,
    action: UserAction,
    /// The new limit for `grant`. `None` restores the deployment's default.
    #[serde(default)]
    grant: Option<SendLimit>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
enum UserAction {
    SignOut,
    Suspend,
    Restore,
    ResetMfa,
    Grant,
}

impl Operators {
    pub(crate) fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            accounts: environment.accounts()?,
            pool: UserPool::new(environment)?,
            sessions: Sessions::new(environment)?,
            factor: SecondFactor::new(environment)?,
        })
    }

    /// # Errors
    /// 404 when the user has no account.
    pub(crate) async fn carry_out(&self, command: &OperatorCommand) -> Result<Value, Problem> {
        let UserCommand { user_id, action, grant } = command.body()?;
        // An erasure blocks a login for good, and no command may unblock it.
        if self.accounts.account(user_id).await?.is_none() {
            return Err(Problem::not_found("user"));
        }
        match action {
            UserAction::SignOut => self.sessions.end(user_id).await?,
            UserAction::Suspend => {
                self.accounts.suspend(user_id, Some(Timestamp::now())).await?;
                self.pool.enable(user_id, false).await.map_err(problem_of)?;
                self.sessions.end(user_id).await?;
            }
            UserAction::Restore => {
                self.pool.enable(user_id, true).await.map_err(problem_of)?;
                self.accounts.suspend(user_id, None).await?;
            }
            UserAction::ResetMfa => self.factor.switch_off(user_id).await?,
            UserAction::Grant => {
                self.accounts.grant(user_id, grant).await?;
            }
        }
        Ok(json!({ "userId": user_id }))
    }
}
