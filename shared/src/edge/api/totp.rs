//! The second factor.

use serde::{Deserialize, Serialize};

use crate::domain::{RecoveryCode, Secret};

/// `POST /me/totp`
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct EnrolTotpRequest {
    /// The password.
    pub password: Secret,
}

/// `PUT` and `DELETE /me/totp`
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct TotpCodeRequest {
    /// The password.
    pub password: Secret,
    /// The code.
    pub code: Secret,
}

/// The answer to `POST /me/totp`.
#[derive(Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct TotpSecretView {
    /// The secret for an authenticator app, in Base32.
    pub secret: String,
    /// The secret as an `otpauth` URI, for a QR code.
    pub uri: String,
}

/// The answer to `PUT /me/totp`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct RecoveryCodesView {
    /// Ten codes, each of which works once. They are shown only here.
    pub recovery_codes: Vec<RecoveryCode>,
}
