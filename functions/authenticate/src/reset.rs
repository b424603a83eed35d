//! `POST /auth/forgot` and `POST /auth/reset`: sets a new password with a code from a mail. The limit on wrong
//! passwords does not apply here, so the owner of the mailbox can log in even while strangers guess passwords.

use paloma::domain::{Action, Email, Password, Secret, UserId};
use paloma::edge::api::{AddressAnswer, AddressStatus, ForgotRequest, ResetRequest};
use paloma::edge::{Problem, Response};
use paloma::user_pool::{PoolError, PoolUser};

use crate::{Authenticate, failure, register};

impl Authenticate {
    /// Mails a code and answers 202, the same for every address.
    pub(crate) async fn forgot(&self, request: ForgotRequest) -> Result<Response, Problem> {
        let ForgotRequest { email } = request;
        self.charge(&email, Action::SendMail).await?;
        self.functions.mail_reset_code(&email).await.map_err(failure::of_any)?;
        register::accepted()
    }

    /// Sets the password, ends all sessions, and answers 200.
    pub(crate) async fn reset(&self, request: ResetRequest) -> Result<Response, Problem> {
        let ResetRequest { email, code, password } = request;
        let login = self.pool.user(email.as_str()).await.map_err(failure::of_code)?;
        self.set_password(login, &email, &code, &password).await?;
        Response::json(200, &AddressAnswer { status: AddressStatus::Reset })
    }

    /// Sets a new password with a code, and ends all sessions. For an unknown address it makes the same call to
    /// Cognito, and returns the problem of a wrong code.
    pub(crate) async fn set_password(
        &self,
        login: Option<PoolUser>,
        email: &Email,
        code: &Secret,
        password: &Password,
    ) -> Result<UserId, Problem> {
        let checked = self.functions.reset_password(email, code, password).await;
        self.charge_if_wrong(email, checked, failure::of_code).await?;
        let login = login.ok_or_else(|| failure::of_code(PoolError::WrongCode))?;
        self.sessions.end(login.user_id).await?;
        Ok(login.user_id)
    }
}
