//! Logging in: a password, a challenge, a refresh token.

use aws_sdk_cognitoidentityprovider::operation::respond_to_auth_challenge::builders::RespondToAuthChallengeFluentBuilder;
use aws_sdk_cognitoidentityprovider::types::{AuthFlowType, AuthenticationResultType, ChallengeNameType};
use serde::Serialize;

use super::{PoolClient, PoolError};
use crate::domain::{Password, Secret};

/// The tokens of a login, or of a refresh.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tokens {
    /// Opens Paloma's API, or Cognito's, depending on the client.
    pub access_token: String,
    /// Says who the user is; opens nothing.
    pub id_token: String,
    /// Gets new tokens. Absent after a refresh: the one that was used stays good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// Seconds until the access token ends.
    pub expires_in: i32,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Tokens").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

/// What Cognito asks next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// In Cognito's words, such as `SOFTWARE_TOKEN_MFA`.
    pub name: String,
    /// To be sent along with the answer.
    pub session: Secret,
}

/// What a right password, or a right answer to a challenge, comes to.
#[derive(Debug, Clone)]
pub enum LogIn {
    /// The user is logged in.
    Done(Tokens),
    /// Cognito asks one more question.
    Challenge(Challenge),
}

impl PoolClient {
    /// Logs a user in by password; the username is an address or the user's id. One call.
    ///
    /// # Errors
    /// When the password is wrong, the login is locked, unconfirmed or to be reset, or Cognito does not answer.
    pub async fn log_in(&self, username: &str, password: &Secret) -> Result<LogIn, PoolError> {
        let answer = self
            .sdk
            .initiate_auth()
            .client_id(self.id())
            .auth_flow(AuthFlowType::UserPasswordAuth)
            .auth_parameters("USERNAME", username)
            .auth_parameters("PASSWORD", password.expose())
            .auth_parameters("SECRET_HASH", self.hash(username))
            .send()
            .await
            .map_err(PoolError::of("InitiateAuth"))?;
        log_in(answer.authentication_result, answer.challenge_name, answer.session)
    }

    /// Answers `SOFTWARE_TOKEN_MFA` with the code that an authenticator app shows. One call.
    ///
    /// # Errors
    /// When the code is wrong, the challenge is too old, or Cognito does not answer.
    pub async fn answer_code(&self, username: &str, session: &Secret, code: &Secret) -> Result<LogIn, PoolError> {
        let call = self.answer(username, session, ChallengeNameType::SoftwareTokenMfa);
        self.finish(call.challenge_responses("SOFTWARE_TOKEN_MFA_CODE", code.expose())).await
    }

    /// Answers `NEW_PASSWORD_REQUIRED`, which the password of an invitation leads to. One call.
    ///
    /// # Errors
    /// When the challenge is too old, or Cognito does not answer.
    pub async fn answer_new_password(
        &self,
        username: &str,
        session: &Secret,
        password: &Password,
    ) -> Result<LogIn, PoolError> {
        let call = self.answer(username, session, ChallengeNameType::NewPasswordRequired);
        self.finish(call.challenge_responses("NEW_PASSWORD", password.expose())).await
    }

    fn answer(&self, username: &str, session: &Secret, name: ChallengeNameType) -> RespondToAuthChallengeFluentBuilder {
        self.sdk
            .respond_to_auth_challenge()
            .client_id(self.id())
            .challenge_name(name)
            .session(session.expose())
            .challenge_responses("USERNAME", username)
            .challenge_responses("SECRET_HASH", self.hash(username))
    }

    async fn finish(&self, call: RespondToAuthChallengeFluentBuilder) -> Result<LogIn, PoolError> {
        let answer = call.send().await.map_err(PoolError::of("RespondToAuthChallenge"))?;
        log_in(answer.authentication_result, answer.challenge_name, answer.session)
    }

    /// New tokens for a refresh token of this client. One call.
    ///
    /// # Errors
    /// When the token is not good, or Cognito does not answer.
    pub async fn refresh(&self, token: &Secret) -> Result<Tokens, PoolError> {
        let answer = self
            .sdk
            .get_tokens_from_refresh_token()
            .client_id(self.id())
            .client_secret(self.secret().expose())
            .refresh_token(token.expose())
            .send()
            .await
            .map_err(PoolError::of("GetTokensFromRefreshToken"))?;
        let tokens = answer.authentication_result.and_then(tokens);
        tokens.ok_or_else(|| PoolError::incomplete("GetTokensFromRefreshToken", "tokens"))
    }

    /// Ends what came from a refresh token of this client. One call.
    ///
    /// # Errors
    /// When the text is no such token, or Cognito does not answer.
    pub async fn revoke(&self, token: &Secret) -> Result<(), PoolError> {
        let call = self.sdk.revoke_token().client_id(self.id()).client_secret(self.secret().expose());
        call.token(token.expose()).send().await.map_err(PoolError::of("RevokeToken")).map(drop)
    }
}

fn log_in(
    result: Option<AuthenticationResultType>,
    challenge: Option<ChallengeNameType>,
    session: Option<String>,
) -> Result<LogIn, PoolError> {
    if let Some(tokens) = result.and_then(tokens) {
        return Ok(LogIn::Done(tokens));
    }
    match (challenge, session.and_then(|session| Secret::try_from(session).ok())) {
        (Some(name), Some(session)) => Ok(LogIn::Challenge(Challenge { name: name.as_str().to_owned(), session })),
        _ => Err(PoolError::incomplete("InitiateAuth", "tokens and no challenge")),
    }
}

fn tokens(result: AuthenticationResultType) -> Option<Tokens> {
    Some(Tokens {
        access_token: result.access_token?,
        id_token: result.id_token?,
        refresh_token: result.refresh_token,
        expires_in: result.expires_in,
    })
}
