//! `POST /auth/forgot` and `POST /auth/reset`: a lost password. No limit on logins stands here: the owner of the mailbox
//! gets in, whatever strangers have tried.

use paloma::domain::{Action, Email, Password, Secret, UserId};
use paloma::edge::{Problem, Response};
use paloma::user_pool::{PoolError, PoolUser};
use serde::Deserialize;
use serde_json::json;

use crate::{Authenticate, failure, register};

/// `POST /auth/forgot`
#[derive(Deserialize)]
pub(crate) struct Forgot {
    email: Email,
}

/// `POST /auth/reset`
#[derive(Deserialize)]
pub(crate) struct Reset {
    email: Email,
    code: Secret,
    password: Password,
}

impl Authenticate {
    /// 202, the same for every address.
    pub(crate) async fn forgot(&self, Forgot { email }: Forgot) -> Result<Response, Problem> {
        self.charge(&email, Action::SendMail).await?;
        self.functions.mail_reset_code(&email).await.map_err(failure::of_any)?;
        register::accepted()
    }

    /// 200: the password is set, and all sessions have ended.
    pub(crate) async fn reset(&self, Reset { email, code, password }: Reset) -> Result<Response, Problem> {
        let login = self.pool.user(email.as_str()).await.map_err(failure::of_code)?;
        self.set_password(login, &email, &code, &password).await?;
        Response::json(200, &json!({ "status": "reset" }))
    }

    /// Spends a code on a new password, and ends all sessions. An unknown address costs Cognito the same call, and gets
    /// the answer of a wrong code.
    pub(crate) async fn set_password(
        &self,
        login: Option<PoolUser>,
        email: &Email,
        code: &Secret,
        password: &Password,
    ) -> Result<UserId, Problem> {
        let checked = self.functions.reset_password(email, code, password).await;
        self.unless_wrong(email, checked, failure::of_code).await?;
        let login = login.ok_or_else(|| failure::of_code(PoolError::WrongCode))?;
        self.sessions.end(login.user_id).await?;
        Ok(login.user_id)
    }
}
