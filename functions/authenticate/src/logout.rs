//! `POST /auth/logout`

use paloma::domain::Secret;
use paloma::edge::{Problem, Request, Response, admit};
use paloma::user_pool::PoolError;
use serde::Deserialize;

use crate::{Authenticate, failure};

/// `POST /auth/logout`
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Logout {
    #[serde(default)]
    refresh_token: Option<Secret>,
    #[serde(default)]
    everywhere: bool,
}

impl Authenticate {
    /// 204: the refresh token is worth nothing, or all sessions of the caller have ended. A token that was worth nothing
    /// before is no failure, so this can be repeated.
    pub(crate) async fn log_out(&self, request: &Request) -> Result<Response, Problem> {
        let account = admit(&self.accounts, request.session()?).await?;
        let Logout { refresh_token, everywhere } = request.body_if_any()?;
        if let Some(token) = refresh_token {
            match self.frontends.revoke(&token).await {
                Ok(()) | Err(PoolError::Refused | PoolError::Invalid(_)) => {}
                Err(error) => return Err(failure::of_any(error)),
            }
        }
        if everywhere {
            self.sessions.end(account.user_id).await?;
        }
        Ok(Response::done())
    }
}
