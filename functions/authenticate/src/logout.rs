//! `POST /auth/logout`

use paloma::edge::api::LogoutRequest;
use paloma::edge::{Problem, Request, Response, admit};
use paloma::user_pool::PoolError;

use crate::{Authenticate, failure};

impl Authenticate {
    /// Revokes the refresh token, ends all sessions if `everywhere` is set, and answers 204. A token that is revoked
    /// already is no failure, so a client may repeat the request.
    pub(crate) async fn log_out(&self, request: &Request) -> Result<Response, Problem> {
        let account = admit(&self.accounts, request.session()?).await?;
        let LogoutRequest { refresh_token, everywhere } = request.body_if_any()?;
        if let Some(token) = refresh_token {
            match self.frontends.revoke(&token).await {
                Ok(()) | Err(PoolError::Rejected | PoolError::Invalid(_)) => {}
                Err(error) => return Err(failure::of_any(error)),
            }
        }
        if everywhere {
            self.sessions.end(account.user_id).await?;
        }
        Ok(Response::done())
    }
}
