//! `POST /auth/refresh`

use paloma::edge::api::RefreshRequest;
use paloma::edge::{Problem, Response};

use crate::{Authenticate, failure};

impl Authenticate {
    /// Answers 200 with new tokens if the session has not ended. This route has no limit per account: strangers could
    /// use it to lock a user out.
    pub(crate) async fn refresh(&self, request: RefreshRequest) -> Result<Response, Problem> {
        let RefreshRequest { refresh_token } = request;
        let tokens = self.frontends.refresh(&refresh_token).await.map_err(failure::of_refresh)?;
        self.profile(&tokens).await?;
        Response::json(200, &tokens)
    }
}
