//! `POST /auth/register` and `POST /auth/confirm`: creates an account after the user has proved the mailbox.
//!
//! A caller who registers an address may not own it. So `register` creates a login with a random password that is
//! stored nowhere, and without a name. The owner of the mailbox sets both with the code from the mail. After a crash
//! between two calls the user registers again and gets a new code.

use paloma::domain::Action;
use paloma::edge::api::{AddressAnswer, AddressStatus, ConfirmRequest, RegisterRequest};
use paloma::edge::{Problem, Response};
use paloma::user_pool::{LoginStatus, MailError, PoolError, PoolUser};

use crate::{Authenticate, failure};

impl Authenticate {
    /// Mails a code and answers 202, the same for every address. The mail holds a code to sign up, or, if the address
    /// has an account, a code to reset the password.
    pub(crate) async fn register(&self, request: RegisterRequest) -> Result<Response, Problem> {
        let RegisterRequest { email } = request;
        self.charge(&email, Action::SendMail).await?;
        match self.functions.mail_code(&self.pool, &self.accounts, &email).await {
            Ok(()) => accepted(),
            Err(MailError::Pool(PoolError::Invalid(_))) => {
                Err(Problem::field("email", "was rejected by the user pool: give another address"))
            }
            Err(MailError::Pool(error)) => Err(failure::of_any(error)),
            Err(MailError::Store(error)) => Err(error.into()),
        }
    }

    /// Answers 200 with the user. A code to sign up creates the account. A code to reset the password sets the password
    /// of the existing account, ends its sessions, and keeps its name.
    pub(crate) async fn confirm(&self, request: ConfirmRequest) -> Result<Response, Problem> {
        let ConfirmRequest { email, code, password, name } = request;
        let login = self.pool.user(email.as_str()).await.map_err(failure::of_code)?;
        let user_id = match login {
            Some(PoolUser { status: LoginStatus::Unconfirmed, user_id, .. }) => {
                let checked = self.functions.confirm_sign_up(&email, &code).await;
                self.charge_if_wrong(&email, checked, failure::of_code).await?;
                self.pool.set_password(user_id, &password).await.map_err(failure::of_password)?;
                user_id
            }
            login => self.set_password(login, &email, &code, &password).await?,
        };
        Response::json(200, &self.welcome(user_id, email, name).await?)
    }
}

/// A 202 that reveals nothing about the address.
pub(crate) fn accepted() -> Result<Response, Problem> {
    Response::json(202, &AddressAnswer { status: AddressStatus::Accepted })
}
