//! `PUT /me/password`, and the password check before other changes of the account, so that a stolen token alone cannot
//! make them.

use paloma::domain::{Account, Action, Secret};
use paloma::edge::api::ChangePasswordRequest;
use paloma::edge::{Problem, Request, Response, charge};
use paloma::runtime::{Environment, MissingVariable};
use paloma::sessions::Sessions;
use paloma::store::Accounts;
use paloma::user_pool::{LogIn, PoolClient, PoolError, UserPool};

#[derive(Debug, Clone)]
pub(crate) struct Passwords {
    accounts: Accounts,
    pool: UserPool,
    client: PoolClient,
    sessions: Sessions,
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

    /// Checks a user's password by logging in. The tokens of this login stay in this function. A user with a second
    /// factor gets its challenge if the password is right. Costs one write unit and one call to Cognito.
    ///
    /// # Errors
    /// 403 if the password is wrong, 429 after too many wrong passwords.
    pub(crate) async fn check(&self, account: &Account, password: &Secret) -> Result<LogIn, Problem> {
        match self.try_log_in(account, password).await? {
            Some(log_in) => Ok(log_in),
            None => Err(Problem::forbidden("The password is wrong.")),
        }
    }

    /// Sets the new password, ends all sessions of the user, the caller's too, and answers 204.
    pub(crate) async fn change(&self, account: &Account, request: &Request) -> Result<Response, Problem> {
        let ChangePasswordRequest { old_password, new_password } = request.body()?;
        if self.try_log_in(account, &old_password).await?.is_some() {
            let set = self.pool.set_password(account.user_id, &new_password).await;
            set.map_err(|error| match error {
                PoolError::WeakPassword | PoolError::Invalid(_) => {
                    let reason =
                        "was rejected by the user pool, perhaps because you used it before: choose another one";
                    Problem::field("newPassword", reason)
                }
                error => problem_of(error),
            })?;
        } else {
            // An earlier try may have crashed after it had set the new password.
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
            Err(PoolError::Rejected | PoolError::Invalid(_)) => Ok(None),
            Err(error) => Err(problem_of(error)),
        }
    }
}

/// The problem for a failure other than a wrong password or a wrong code.
pub(crate) fn problem_of(error: PoolError) -> Problem {
    match error {
        PoolError::Locked | PoolError::TooMany => Problem::too_many("Wait a minute, then try again."),
        PoolError::NotConfirmed | PoolError::ResetRequired | PoolError::Rejected => {
            Problem::forbidden("Set a new password first, with POST /auth/forgot and POST /auth/reset.")
        }
        error => Problem::unavailable().caused_by(error),
    }
}
