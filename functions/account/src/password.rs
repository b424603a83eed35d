//! Asking for the password once more, before what cannot be undone.

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::error::{DisplayErrorContext, ProvideErrorMetadata};
use aws_sdk_cognitoidentityprovider::types::AuthFlowType;
use paloma::domain::UserId;
use paloma::edge::Problem;
use paloma::runtime::{Environment, MissingVariable};

/// The user pool, as far as passwords go.
#[derive(Debug, Clone)]
pub(crate) struct Passwords {
    client: Client,
    app: String,
}

impl Passwords {
    pub(crate) fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self { client: Client::new(environment.aws()), app: environment.variable("USER_POOL_CLIENT_ID")? })
    }

    /// Checks somebody's password: a login that nobody gets the tokens of. Where MFA is on a right password leads to its
    /// challenge, and that will do. Cognito slows down who guesses.
    ///
    /// # Errors
    /// 403 when it is wrong, 429 when it was guessed at too often.
    pub(crate) async fn check(&self, user: UserId, password: &str) -> Result<(), Problem> {
        let login = self
            .client
            .initiate_auth()
            .client_id(&self.app)
            .auth_flow(AuthFlowType::UserPasswordAuth)
            .auth_parameters("USERNAME", user.to_string())
            .auth_parameters("PASSWORD", password);
        let Err(error) = login.send().await else { return Ok(()) };
        Err(match error.code() {
            Some("NotAuthorizedException" | "UserNotFoundException" | "InvalidParameterException") => {
                Problem::forbidden("The password is wrong: an account is erased only with its password.")
            }
            Some("TooManyRequestsException" | "LimitExceededException" | "TooManyFailedAttemptsException") => {
                Problem::too_many("Wait a minute, then try again.")
            }
            _ => {
                tracing::error!(outcome = "Cognito failed", cause = %DisplayErrorContext(&error));
                Problem::unavailable()
            }
        })
    }
}
