//! `POST /auth/refresh`

use paloma::domain::Secret;
use paloma::edge::{Problem, Response};
use serde::Deserialize;

use crate::{Authenticate, failure};

/// `POST /auth/refresh`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Refresh {
    refresh_token: Secret,
}

impl Authenticate {
    /// 200 with new tokens, as long as the session has not ended. No limit by account stands here: otherwise strangers
    /// could lock a user out.
    pub(crate) async fn refresh(&self, Refresh { refresh_token }: Refresh) -> Result<Response, Problem> {
        let tokens = self.frontends.refresh(&refresh_token).await.map_err(failure::of_refresh)?;
        self.profile(&tokens).await?;
        Response::json(200, &tokens)
    }
}
