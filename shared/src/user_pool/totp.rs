//! The second factor: an authenticator app (TOTP, RFC 6238).

use aws_sdk_cognitoidentityprovider::types::{SoftwareTokenMfaSettingsType, VerifySoftwareTokenResponseType};

use super::{PoolClient, PoolError, Tokens, UserPool};
use crate::domain::{Secret, UserId};

impl PoolClient {
    /// Returns a new secret for an authenticator app. It has no effect until `verify_totp` has verified a code. Calls
    /// `AssociateSoftwareToken`.
    pub async fn associate_totp(&self, tokens: &Tokens) -> Result<Secret, PoolError> {
        const OPERATION: &str = "AssociateSoftwareToken";
        let call = self.sdk.associate_software_token().access_token(&tokens.access_token);
        let answer = call.send().await.map_err(PoolError::of(OPERATION))?;
        let secret = answer.secret_code.and_then(|secret| Secret::try_from(secret).ok());
        secret.ok_or_else(|| PoolError::incomplete(OPERATION, "secret"))
    }

    /// Verifies with a code that an app has the secret of `associate_totp`. Calls `VerifySoftwareToken`.
    ///
    /// # Errors
    /// [`PoolError::WrongCode`] if the code is wrong, or if `associate_totp` was not called.
    pub async fn verify_totp(&self, tokens: &Tokens, code: &Secret) -> Result<(), PoolError> {
        let call = self.sdk.verify_software_token().access_token(&tokens.access_token).user_code(code.expose());
        let answer = call.send().await.map_err(PoolError::of("VerifySoftwareToken"))?;
        if answer.status == Some(VerifySoftwareTokenResponseType::Success) { Ok(()) } else { Err(PoolError::WrongCode) }
    }
}

impl UserPool {
    /// Sets whether a login requires the code of the app. Does nothing if the user does not exist. Calls
    /// `AdminSetUserMFAPreference`.
    pub async fn require_totp(&self, user_id: UserId, required: bool) -> Result<(), PoolError> {
        let settings = SoftwareTokenMfaSettingsType::builder().enabled(required).preferred_mfa(required).build();
        let call = self.sdk().admin_set_user_mfa_preference().user_pool_id(self.id()).username(user_id.to_string());
        match call.software_token_mfa_settings(settings).send().await {
            Ok(_) => Ok(()),
            Err(error) => match PoolError::of("AdminSetUserMFAPreference")(error) {
                PoolError::Rejected => Ok(()),
                // A login that never had an app.
                PoolError::Invalid(_) if !required => Ok(()),
                error => Err(error),
            },
        }
    }
}
