//! Codes by mail: for a new login, and for a lost password. The client of the functions alone asks for them.

use aws_sdk_cognitoidentityprovider::types::AttributeType;

use super::{PoolClient, PoolError};
use crate::domain::{Email, Password, Secret};

impl PoolClient {
    /// Makes a login that only the mailbox can open, and mails its code: its password is random, and forgotten here.
    /// Nothing that the caller of the API says goes into it but the address. `SignUp`.
    ///
    /// # Errors
    /// When there is a login, Cognito does not take the address or does not send, or does not answer.
    pub(super) async fn sign_up(&self, email: &Email) -> Result<(), PoolError> {
        let attribute = AttributeType::builder().name("email").value(email.as_str()).build();
        let attribute = attribute.map_err(|error| PoolError::Invalid(error.to_string()))?;
        let call = self.sdk.sign_up().client_id(self.id()).secret_hash(self.hash(email.as_str()));
        let call = call.username(email.as_str()).password(Password::random().expose()).user_attributes(attribute);
        call.send().await.map_err(PoolError::of("SignUp")).map(drop)
    }

    /// Mails the code of a sign-up once more. `ResendConfirmationCode`.
    ///
    /// # Errors
    /// When Cognito does not send, or does not answer.
    pub(super) async fn send_sign_up_code(&self, email: &Email) -> Result<(), PoolError> {
        let call = self.sdk.resend_confirmation_code().client_id(self.id()).secret_hash(self.hash(email.as_str()));
        call.username(email.as_str()).send().await.map_err(PoolError::of("ResendConfirmationCode")).map(drop)
    }

    /// Mails a code that sets a new password; nothing, and no failure, when there is no such login. `ForgotPassword`.
    ///
    /// # Errors
    /// When the login cannot have a new password, Cognito does not send, or does not answer.
    pub(super) async fn send_reset_code(&self, email: &Email) -> Result<(), PoolError> {
        let call = self.sdk.forgot_password().client_id(self.id()).secret_hash(self.hash(email.as_str()));
        call.username(email.as_str()).send().await.map_err(PoolError::of("ForgotPassword")).map(drop)
    }

    /// Spends the code of a sign-up: the mailbox is proved. The password is still the random one. `ConfirmSignUp`.
    ///
    /// # Errors
    /// When the code is wrong, there is nothing to confirm, or Cognito does not answer.
    pub async fn confirm_sign_up(&self, email: &Email, code: &Secret) -> Result<(), PoolError> {
        let call = self.sdk.confirm_sign_up().client_id(self.id()).secret_hash(self.hash(email.as_str()));
        let call = call.username(email.as_str()).confirmation_code(code.expose()).send().await;
        call.map_err(PoolError::of("ConfirmSignUp")).map(drop)
    }

    /// Spends a code on a new password. `ConfirmForgotPassword`.
    ///
    /// # Errors
    /// When the code is wrong, there is no such login, or Cognito does not answer.
    pub async fn reset_password(&self, email: &Email, code: &Secret, password: &Password) -> Result<(), PoolError> {
        let call = self.sdk.confirm_forgot_password().client_id(self.id()).secret_hash(self.hash(email.as_str()));
        let call = call.username(email.as_str()).confirmation_code(code.expose()).password(password.expose());
        call.send().await.map_err(PoolError::of("ConfirmForgotPassword")).map(drop)
    }
}
