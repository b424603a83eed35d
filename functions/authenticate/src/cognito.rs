//! Cognito, as far as Paloma needs it.

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::error::DisplayErrorContext;
use aws_sdk_cognitoidentityprovider::operation::sign_up::SignUpError;
use aws_sdk_cognitoidentityprovider::types::{
    AttributeType, AuthFlowType, AuthenticationResultType, ChallengeNameType,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use paloma::domain::{Email, Name, UserId};
use paloma::edge::Problem;
use paloma::runtime::{Environment, MissingVariable};
use serde::{Deserialize, Serialize};

use crate::Secret;
use crate::failure::{self, Attempt};

/// The user pool of this deployment.
#[derive(Debug, Clone)]
pub(crate) struct Cognito {
    client: Client,
    pool: String,
    app: String,
}

/// What a client goes on with.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tokens {
    access_token: String,
    id_token: String,
    /// Absent after a refresh: the one that was used stays good.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    /// Seconds until the access token ends.
    expires_in: i32,
}

/// Somebody whom Cognito knows, with what it knows of them.
#[derive(Deserialize)]
pub(crate) struct LoggedIn {
    #[serde(rename = "sub")]
    pub(crate) user_id: UserId,
    pub(crate) email: Email,
    #[serde(default)]
    pub(crate) name: Option<Name>,
}

/// What came of a password or a code.
pub(crate) enum Step {
    /// They are in.
    Done(Tokens, Box<LoggedIn>),
    /// One more question.
    Challenge {
        /// What is asked for, in Cognito's words, such as `SOFTWARE_TOKEN_MFA`.
        challenge: String,
        /// To be sent along with the answer.
        session: String,
    },
}

impl Cognito {
    pub(crate) fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            client: Client::new(environment.aws()),
            pool: environment.variable("USER_POOL_ID")?,
            app: environment.variable("USER_POOL_CLIENT_ID")?,
        })
    }

    pub(crate) async fn log_in(&self, email: &Email, password: &Secret) -> Result<Step, Problem> {
        let answer = self
            .client
            .initiate_auth()
            .client_id(&self.app)
            .auth_flow(AuthFlowType::UserPasswordAuth)
            .auth_parameters("USERNAME", email.as_str())
            .auth_parameters("PASSWORD", &password.0)
            .send()
            .await
            .map_err(failure::problem_of(Attempt::LogIn))?;
        step(answer.authentication_result, answer.challenge_name, answer.session)
    }

    pub(crate) async fn answer(
        &self,
        email: &Email,
        challenge: &str,
        session: &Secret,
        code: &Secret,
    ) -> Result<Step, Problem> {
        if challenge != ChallengeNameType::SoftwareTokenMfa.as_str() {
            return Err(Problem::field("challenge", "must be the one that the login named: SOFTWARE_TOKEN_MFA"));
        }
        let answer = self
            .client
            .respond_to_auth_challenge()
            .client_id(&self.app)
            .challenge_name(ChallengeNameType::SoftwareTokenMfa)
            .session(&session.0)
            .challenge_responses("USERNAME", email.as_str())
            .challenge_responses("SOFTWARE_TOKEN_MFA_CODE", &code.0)
            .send()
            .await
            .map_err(failure::problem_of(Attempt::Challenge))?;
        step(answer.authentication_result, answer.challenge_name, answer.session)
    }

    pub(crate) async fn refresh(&self, token: &Secret) -> Result<Tokens, Problem> {
        let answer = self
            .client
            .initiate_auth()
            .client_id(&self.app)
            .auth_flow(AuthFlowType::RefreshTokenAuth)
            .auth_parameters("REFRESH_TOKEN", &token.0)
            .send()
            .await
            .map_err(failure::problem_of(Attempt::Refresh))?;
        answer.authentication_result.and_then(tokens).ok_or_else(|| unexpected("a refresh without tokens"))
    }

    pub(crate) async fn register(
        &self,
        email: &Email,
        password: &Secret,
        name: Option<Name>,
    ) -> Result<UserId, Problem> {
        let mut call = self
            .client
            .sign_up()
            .client_id(&self.app)
            .username(email.as_str())
            .password(&password.0)
            .set_user_attributes(attribute("email", email.as_str()).map(|email| vec![email]));
        if let Some(name) = name.and_then(|name| attribute("name", &String::from(name))) {
            call = call.user_attributes(name);
        }
        let answer = match call.send().await {
            Err(error) if error.as_service_error().is_some_and(SignUpError::is_username_exists_exception) => {
                self.send_another_code(email).await;
                Err(error)
            }
            answer => answer,
        };
        let answer = answer.map_err(failure::problem_of(Attempt::Register))?;
        answer.user_sub.parse().map_err(|_| unexpected("a sub that is no UUID"))
    }

    /// Sends a new code to somebody who registered and never confirmed; whoever has confirmed gets none, and that
    /// is no failure.
    async fn send_another_code(&self, email: &Email) {
        let sent = self.client.resend_confirmation_code().client_id(&self.app).username(email.as_str()).send().await;
        if let Err(error) = sent {
            tracing::info!(outcome = "no other code sent", cause = %DisplayErrorContext(&error));
        }
    }

    pub(crate) async fn confirm(&self, email: &Email, code: &Secret) -> Result<LoggedIn, Problem> {
        self.client
            .confirm_sign_up()
            .client_id(&self.app)
            .username(email.as_str())
            .confirmation_code(&code.0)
            .send()
            .await
            .map_err(failure::problem_of(Attempt::Confirm))?;
        let user = self
            .client
            .admin_get_user()
            .user_pool_id(&self.pool)
            .username(email.as_str())
            .send()
            .await
            .map_err(failure::problem_of(Attempt::Confirm))?;
        let attribute = |name: &str| {
            let attributes = user.user_attributes.as_deref().unwrap_or_default();
            attributes.iter().find(|attribute| attribute.name == name).and_then(|attribute| attribute.value.clone())
        };
        let user_id = attribute("sub").and_then(|sub| sub.parse().ok()).ok_or_else(|| unexpected("no sub"))?;
        let name = attribute("name").and_then(|name| Name::try_from(name).ok());
        Ok(LoggedIn { user_id, email: email.clone(), name })
    }
}

fn step(
    result: Option<AuthenticationResultType>,
    challenge: Option<ChallengeNameType>,
    session: Option<String>,
) -> Result<Step, Problem> {
    if let Some(tokens) = result.and_then(tokens) {
        let person = person_of(&tokens.id_token).ok_or_else(|| unexpected("an id token that does not read"))?;
        return Ok(Step::Done(tokens, Box::new(person)));
    }
    match (challenge, session) {
        (Some(challenge), Some(session)) => Ok(Step::Challenge { challenge: challenge.as_str().to_owned(), session }),
        _ => Err(unexpected("neither tokens nor a challenge")),
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

/// Reads the claims of an id token that has just come from Cognito itself, so its signature need not be checked.
fn person_of(id_token: &str) -> Option<LoggedIn> {
    let claims = id_token.split('.').nth(1)?;
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?).ok()
}

fn attribute(name: &str, value: &str) -> Option<AttributeType> {
    AttributeType::builder().name(name).value(value).build().ok()
}

fn unexpected(what: &str) -> Problem {
    tracing::error!(outcome = "Cognito answered what it should not", cause = what);
    Problem::unavailable()
}
