//! Proving a mailbox: a code is sent to an address, and comes back.
//!
//! The login of an address that is not proved yet has a random password, so nothing that was set before the proof opens it.

use aws_sdk_cognitoidentityprovider::types::AttributeType;

use super::{LoginStatus, PoolClient, PoolError, UserPool};
use crate::domain::{Email, Password, Secret};

impl PoolClient {
    /// Sends a code to an address, whatever the pool knows of it: it signs the address up, or mails the code of the
    /// sign-up again, or mails the code of a forgotten password. The answer is the same for all of them, and for a login
    /// that Cognito mails nothing to. One call, or three for an address that has a login.
    ///
    /// # Errors
    /// When Cognito was asked too often, does not take the address, or does not answer.
    pub async fn mail_code(&self, pool: &UserPool, email: &Email) -> Result<(), PoolError> {
        match self.sign_up(email).await {
            Err(PoolError::Exists) => {}
            answer => return answer,
        }
        let username = email.as_str();
        let mailed = match pool.user(username).await? {
            Some(login) if login.status == LoginStatus::Unconfirmed => {
                let call = self.sdk.resend_confirmation_code().client_id(self.id()).secret_hash(self.hash(username));
                call.username(username).send().await.map_err(PoolError::of("ResendConfirmationCode")).map(drop)
            }
            Some(_) => {
                let call = self.sdk.forgot_password().client_id(self.id()).secret_hash(self.hash(username));
                call.username(username).send().await.map_err(PoolError::of("ForgotPassword")).map(drop)
            }
            // It was deleted in between.
            None => self.sign_up(email).await,
        };
        match mailed {
            Ok(()) => Ok(()),
            Err(error @ PoolError::Call { .. }) => Err(error),
            // Disabled, invited and not yet here, or mailed to too often: no caller may tell by the answer.
            Err(error) => {
                tracing::info!(outcome = "no code mailed", cause = %error);
                Ok(())
            }
        }
    }

    async fn sign_up(&self, email: &Email) -> Result<(), PoolError> {
        let attribute = AttributeType::builder().name("email").value(email.as_str()).build();
        let attribute = attribute.map_err(|error| PoolError::Invalid(error.to_string()))?;
        let call = self.sdk.sign_up().client_id(self.id()).secret_hash(self.hash(email.as_str()));
        let call = call.username(email.as_str()).password(Password::random().expose()).user_attributes(attribute);
        call.send().await.map_err(PoolError::of("SignUp")).map(drop)
    }

    /// Checks the code that `mail_code` sent to an address with a login of this status. It is spent. One call. The login
    /// keeps a random password.
    ///
    /// # Errors
    /// When the code is wrong or too old, or Cognito does not answer.
    pub async fn check_mailed_code(&self, email: &Email, status: LoginStatus, code: &Secret) -> Result<(), PoolError> {
        let (username, hash) = (email.as_str(), self.hash(email.as_str()));
        let answer = match status {
            LoginStatus::Unconfirmed => {
                let call = self.sdk.confirm_sign_up().client_id(self.id()).secret_hash(hash).username(username);
                let call = call.confirmation_code(code.expose()).send().await;
                call.map_err(PoolError::of("ConfirmSignUp")).map(drop)
            }
            LoginStatus::Confirmed => {
                let call = self.sdk.confirm_forgot_password().client_id(self.id()).secret_hash(hash).username(username);
                let call = call.confirmation_code(code.expose()).password(Password::random().expose()).send().await;
                call.map_err(PoolError::of("ConfirmForgotPassword")).map(drop)
            }
        };
        match answer {
            // Another request has confirmed the login meanwhile, or it is gone.
            Err(PoolError::Refused) => Err(PoolError::WrongCode),
            answer => answer,
        }
    }
}
