//! Logging in with a password, a challenge or a refresh token.

use aws_sdk_cognitoidentityprovider::operation::respond_to_auth_challenge::builders as challenge_builders;
use aws_sdk_cognitoidentityprovider::types::{AuthFlowType, AuthenticationResultType, ChallengeNameType};
use serde::Serialize;

use super::{PoolClient, PoolError};
use crate::domain::{Password, Secret};

type AnswerCall = challenge_builders::RespondToAuthChallengeFluentBuilder;

/// The tokens of a login or a refresh.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct Tokens {
    /// The token for Paloma's API or for Cognito's, depending on the client.
    pub access_token: String,
    /// Identifies the user. It gives no access.
    pub id_token: String,
    /// The token for new tokens. None after a refresh: the used refresh token stays valid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// The life of the access token in seconds.
    pub expires_in: i32,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Tokens").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

/// A challenge: Cognito asks for one more proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// Cognito's name of the challenge, such as `SOFTWARE_TOKEN_MFA`.
    pub name: String,
    /// The session that the answer must contain.
    pub session: Secret,
}

/// The result of a valid password, or of a valid answer to a challenge.
#[derive(Debug, Clone)]
pub enum LogIn {
    /// The user is logged in.
    Done(Tokens),
    /// Cognito asks for one more proof.
    Challenge(Challenge),
}

impl PoolClient {
    /// Logs a user in with a password. The username is the address or the user's id. One call.
    ///
    /// # Errors
    /// [`PoolError::Rejected`], [`PoolError::Locked`], [`PoolError::NotConfirmed`] or [`PoolError::ResetRequired`].
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

    /// Answers `SOFTWARE_TOKEN_MFA` with the code of an authenticator app. One call.
    ///
    /// # Errors
    /// [`PoolError::WrongCode`], or [`PoolError::Rejected`] if the challenge is too old.
    pub async fn answer_code(&self, username: &str, session: &Secret, code: &Secret) -> Result<LogIn, PoolError> {
        let call = self.answer(username, session, ChallengeNameType::SoftwareTokenMfa);
        self.finish(call.challenge_responses("SOFTWARE_TOKEN_MFA_CODE", code.expose())).await
    }

    /// Answers `NEW_PASSWORD_REQUIRED`, the challenge after the password of an invitation. One call.
    ///
    /// # Errors
    /// [`PoolError::Rejected`] if the challenge is too old.
    pub async fn answer_new_password(
        &self,
        username: &str,
        session: &Secret,
        password: &Password,
    ) -> Result<LogIn, PoolError> {
        let call = self.answer(username, session, ChallengeNameType::NewPasswordRequired);
        self.finish(call.challenge_responses("NEW_PASSWORD", password.expose())).await
    }

    fn answer(&self, username: &str, session: &Secret, name: ChallengeNameType) -> AnswerCall {
        self.sdk
            .respond_to_auth_challenge()
            .client_id(self.id())
            .challenge_name(name)
            .session(session.expose())
            .challenge_responses("USERNAME", username)
            .challenge_responses("SECRET_HASH", self.hash(username))
    }

    async fn finish(&self, call: AnswerCall) -> Result<LogIn, PoolError> {
        let answer = call.send().await.map_err(PoolError::of("RespondToAuthChallenge"))?;
        log_in(answer.authentication_result, answer.challenge_name, answer.session)
    }

    /// Returns new tokens for a refresh token of this client. One call.
    ///
    /// # Errors
    /// [`PoolError::Rejected`] if the token is invalid.
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

    /// Revokes a refresh token of this client, and the access tokens that it has issued. One call.
    ///
    /// # Errors
    /// [`PoolError::Rejected`] or [`PoolError::Invalid`] if the text is no refresh token of this client.
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
