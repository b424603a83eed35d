//! Registration, logins and sessions.

use serde::{Deserialize, Serialize};

use crate::domain::{Email, Name, Password, RecoveryCode, Secret, User};
use crate::user_pool::Tokens;

/// `POST /auth/login`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct LoginRequest {
    /// The email address.
    pub email: Email,
    /// The password.
    pub password: Secret,
    /// Switches the second factor off, for a user who has lost the phone.
    #[serde(default)]
    pub recovery_code: Option<RecoveryCode>,
}

/// `POST /auth/challenge`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ChallengeRequest {
    /// The email address.
    pub email: Email,
    /// The challenge that the login named: `SOFTWARE_TOKEN_MFA` or `NEW_PASSWORD_REQUIRED`.
    #[cfg_attr(feature = "schemas", schemars(extend("enum" = ["SOFTWARE_TOKEN_MFA", "NEW_PASSWORD_REQUIRED"])))]
    pub challenge: String,
    /// The session of the challenge, from the answer to the login.
    pub session: Secret,
    /// Required for `SOFTWARE_TOKEN_MFA`.
    #[serde(default)]
    pub code: Option<Secret>,
    /// Required for `NEW_PASSWORD_REQUIRED`.
    #[serde(default)]
    pub new_password: Option<Password>,
}

/// The answer to a login.
#[derive(Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct LoginView {
    /// The tokens.
    #[serde(flatten)]
    pub tokens: Tokens,
    /// The user.
    pub user: User,
}

/// `POST /auth/refresh`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct RefreshRequest {
    /// The refresh token of the login.
    pub refresh_token: Secret,
}

/// `POST /auth/register`
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct RegisterRequest {
    /// The email address.
    pub email: Email,
}

/// `POST /auth/confirm`
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ConfirmRequest {
    /// The email address.
    pub email: Email,
    /// The code.
    pub code: Secret,
    /// The password.
    pub password: Password,
    /// The name.
    #[serde(default)]
    pub name: Option<Name>,
}

/// `POST /auth/forgot`
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ForgotRequest {
    /// The email address.
    pub email: Email,
}

/// `POST /auth/reset`
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ResetRequest {
    /// The email address.
    pub email: Email,
    /// The code.
    pub code: Secret,
    /// The password.
    pub password: Password,
}

/// `POST /auth/logout`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct LogoutRequest {
    /// The refresh token of the login.
    #[serde(default)]
    pub refresh_token: Option<Secret>,
    /// Whether all sessions of the user end.
    #[serde(default)]
    pub everywhere: bool,
}

/// The answer to a login that needs a second step.
#[derive(Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ChallengeView {
    /// The challenge: `SOFTWARE_TOKEN_MFA` or `NEW_PASSWORD_REQUIRED`.
    #[cfg_attr(feature = "schemas", schemars(extend("enum" = ["SOFTWARE_TOKEN_MFA", "NEW_PASSWORD_REQUIRED"])))]
    pub challenge: String,
    /// The session, which `POST /auth/challenge` needs.
    pub session: String,
}

/// The answer to a login or a challenge.
#[derive(Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum LoginAnswer {
    /// The user is logged in.
    Done(Box<LoginView>),
    /// The login needs a second step.
    Challenge(ChallengeView),
}

/// The answer to a call about an address. It is the same for every address.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct AddressAnswer {
    /// The status.
    pub status: AddressStatus,
}

/// The status of a call about an address.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum AddressStatus {
    /// Cognito mails a code.
    Accepted,
    /// The password is set.
    Reset,
}
