//! `PUT /me/password`, and asking for the password once more before a change of the account: a token alone may have been
//! stolen.

use paloma::domain::{Account, Action, Password, Secret};
use paloma::edge::{Problem, Request, Response, charge};
use paloma::runtime::{Environment, MissingVariable};
use paloma::sessions::Sessions;
use paloma::store::Accounts;
use paloma::user_pool::{LogIn, PoolClient, PoolError, UserPool};
use serde::Deserialize;

/// Checks and sets passwords.
#[derive(Debug, Clone)]
pub(crate) struct Passwords {
    accounts: Accounts,
    pool: UserPool,
    client: PoolClient,
    sessions: Sessions,
}

/// `PUT /me/password`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    old_password: Secret,
    new_password: Password,
}

impl Passwords {
    pub(crate) fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            accounts: environment.accounts()?,
            pool: UserPool::new(environment)?,
            client: PoolClient::of_functions(environment)?,
            sessions: Sessions::new(environment)?,
        })
    }

    /// Checks the password of a user by a login whose tokens stay in this function. With a second factor, the right
    /// password leads to its challenge. One write unit, one call to Cognito.
    ///
    /// # Errors
    /// 403 when it is wrong, 429 when it was guessed at too often.
    pub(crate) async fn check(&self, account: &Account, password: &Secret) -> Result<LogIn, Problem> {
        match self.try_log_in(account, password).await? {
            Some(log_in) => Ok(log_in),
            None => Err(Problem::forbidden("The password is wrong.")),
        }
    }

    /// 204: the password is the new one, and all sessions have ended, the caller's too: log in again.
    pub(crate) async fn change(&self, account: &Account, request: &Request) -> Result<Response, Problem> {
        let Change { old_password, new_password } = request.body()?;
        if self.try_log_in(account, &old_password).await?.is_some() {
            let set = self.pool.set_password(account.user_id, &new_password).await;
            set.map_err(|error| match error {
                PoolError::WeakPassword | PoolError::Invalid(_) => {
                    Problem::field("newPassword", "is not taken: it may be one that you had before")
                }
                error => problem_of(error),
            })?;
        } else {
            // The first try may have died after it had set the password: then it is the new one already.
            let new_password = Secret::try_from(new_password.expose().to_owned());
            let new_password = new_password.map_err(|error| Problem::field("newPassword", error))?;
            if self.try_log_in(account, &new_password).await?.is_none() {
                return Err(Problem::forbidden("The old password is wrong."));
            }
        }
        self.sessions.end(account.user_id).await?;
        Ok(Response::done())
    }

    async fn try_log_in(&self, account: &Account, password: &Secret) -> Result<Option<LogIn>, Problem> {
        charge(&self.accounts, account, &[(Action::CheckPassword, 1)]).await?;
        match self.client.log_in(&account.user_id.to_string(), password).await {
            Ok(log_in) => Ok(Some(log_in)),
            Err(PoolError::Refused | PoolError::Invalid(_)) => Ok(None),
            Err(error) => Err(problem_of(error)),
        }
    }
}

/// The meaning of a failure that is no wrong password and no wrong code.
pub(crate) fn problem_of(error: PoolError) -> Problem {
    match error {
        PoolError::Locked | PoolError::TooMany => Problem::too_many("Wait a minute, then try again."),
        PoolError::NotConfirmed | PoolError::ResetRequired | PoolError::Refused => {
            Problem::forbidden("Set a new password first, with POST /auth/forgot and POST /auth/reset.")
        }
        error => Problem::unavailable().caused_by(error),
    }
}
