//! `POST /auth/register` and `POST /auth/confirm`: an account begins when its mailbox is proved.
//!
//! A caller who registers an address may not own it. So nothing is set before the code from the mailbox came: the login is
//! made with a random password that no party knows, and without a name. The owner of the mailbox sets both with the code.
//! A crash between any two calls leaves a login that only the mailbox can open: register once more, and a code comes.

use paloma::domain::{Action, Email, Name, Password, Secret};
use paloma::edge::{Problem, Response};
use paloma::user_pool::{LoginStatus, MailError, PoolError, PoolUser};
use serde::Deserialize;
use serde_json::json;

use crate::{Authenticate, failure};

/// `POST /auth/register`
#[derive(Deserialize)]
pub(crate) struct Register {
    email: Email,
}

/// `POST /auth/confirm`
#[derive(Deserialize)]
pub(crate) struct Confirm {
    email: Email,
    code: Secret,
    password: Password,
    #[serde(default)]
    name: Option<Name>,
}

impl Authenticate {
    /// 202, the same for every address: a mail is on its way. It is the code of a sign-up, or, for an address in use, the
    /// code of a lost password.
    pub(crate) async fn register(&self, Register { email }: Register) -> Result<Response, Problem> {
        self.charge(&email, Action::SendMail).await?;
        match self.functions.mail_code(&self.pool, &self.accounts, &email).await {
            Ok(()) => accepted(),
            Err(MailError::Pool(PoolError::Invalid(_))) => {
                Err(Problem::field("email", "is not taken by the user pool: give another address"))
            }
            Err(MailError::Pool(error)) => Err(failure::of_any(error)),
            Err(MailError::Store(error)) => Err(error.into()),
        }
    }

    /// 200 with the user. The code decides: of a sign-up, it makes the account; of a lost password, it sets the password
    /// of the account that is there, ends its sessions, and leaves its name.
    pub(crate) async fn confirm(&self, confirm: Confirm) -> Result<Response, Problem> {
        let Confirm { email, code, password, name } = confirm;
        let login = self.pool.user(email.as_str()).await.map_err(failure::of_code)?;
        let user_id = match login {
            Some(PoolUser { status: LoginStatus::Unconfirmed, user_id, .. }) => {
                let checked = self.functions.confirm_sign_up(&email, &code).await;
                self.unless_wrong(&email, checked, failure::of_code).await?;
                self.pool.set_password(user_id, &password).await.map_err(failure::of_password)?;
                user_id
            }
            login => self.set_password(login, &email, &code, &password).await?,
        };
        Response::json(200, &self.welcome(user_id, email, name).await?)
    }
}

/// 202, and nothing about the address.
pub(crate) fn accepted() -> Result<Response, Problem> {
    Response::json(202, &json!({ "status": "accepted" }))
}
