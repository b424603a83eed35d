//! Codes by mail, for new logins and for lost passwords. Only the client of the functions requests them.

use aws_sdk_cognitoidentityprovider::types::AttributeType;

use super::{PoolClient, PoolError};
use crate::domain::{Email, Password, Secret};

impl PoolClient {
    /// Creates a login with a random password that is not stored anywhere, and mails a code. So only the owner of the
    /// mailbox can use the login. The address is the only input of the caller. Calls `SignUp`.
    ///
    /// # Errors
    /// [`PoolError::Exists`] if the address has a login, [`PoolError::Invalid`] if Cognito rejects the address.
    pub(super) async fn sign_up(&self, email: &Email) -> Result<(), PoolError> {
        let attribute = AttributeType::builder().name("email").value(email.as_str()).build();
        let attribute = attribute.map_err(|error| PoolError::Invalid(error.to_string()))?;
        let call = self.sdk.sign_up().client_id(self.id()).secret_hash(self.hash(email.as_str()));
        let call = call.username(email.as_str()).password(Password::random().expose()).user_attributes(attribute);
        call.send().await.map_err(PoolError::of("SignUp")).map(drop)
    }

    /// Mails a new code for a sign-up. Calls `ResendConfirmationCode`.
    pub(super) async fn send_sign_up_code(&self, email: &Email) -> Result<(), PoolError> {
        let call = self.sdk.resend_confirmation_code().client_id(self.id()).secret_hash(self.hash(email.as_str()));
        call.username(email.as_str()).send().await.map_err(PoolError::of("ResendConfirmationCode")).map(drop)
    }

    /// Mails a code for a new password. Does nothing if the login does not exist. Calls `ForgotPassword`.
    ///
    /// # Errors
    /// [`PoolError::Rejected`] or [`PoolError::Invalid`] if the login cannot have a new password.
    pub(super) async fn send_reset_code(&self, email: &Email) -> Result<(), PoolError> {
        let call = self.sdk.forgot_password().client_id(self.id()).secret_hash(self.hash(email.as_str()));
        call.username(email.as_str()).send().await.map_err(PoolError::of("ForgotPassword")).map(drop)
    }

    /// Confirms a sign-up: the code, which works once, proves the mailbox. The login keeps the random password. Calls
    /// `ConfirmSignUp`.
    ///
    /// # Errors
    /// [`PoolError::WrongCode`], or [`PoolError::Rejected`] if there is nothing to confirm.
    pub async fn confirm_sign_up(&self, email: &Email, code: &Secret) -> Result<(), PoolError> {
        let call = self.sdk.confirm_sign_up().client_id(self.id()).secret_hash(self.hash(email.as_str()));
        let call = call.username(email.as_str()).confirmation_code(code.expose()).send().await;
        call.map_err(PoolError::of("ConfirmSignUp")).map(drop)
    }

    /// Sets a new password with a code, which works once. Calls `ConfirmForgotPassword`.
    ///
    /// # Errors
    /// [`PoolError::WrongCode`], or [`PoolError::Rejected`] if the login does not exist.
    pub async fn reset_password(&self, email: &Email, code: &Secret, password: &Password) -> Result<(), PoolError> {
        let call = self.sdk.confirm_forgot_password().client_id(self.id()).secret_hash(self.hash(email.as_str()));
        let call = call.username(email.as_str()).confirmation_code(code.expose()).password(password.expose());
        call.send().await.map_err(PoolError::of("ConfirmForgotPassword")).map(drop)
    }
}
