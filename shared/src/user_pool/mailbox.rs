//! Proving a mailbox, whatever the pool knows of its address: a code goes there, and comes back.

use super::{LoginStatus, PoolClient, PoolError, UserPool};
use crate::domain::{Email, Password, Secret};

impl PoolClient {
    /// Mails a code to an address: that of a sign-up, or, for an address in use, that of a lost password. Two calls in
    /// each case. Nothing tells the caller which it was, nor that Cognito mails nothing to a login, since it is disabled
    /// or was mailed to too often.
    ///
    /// # Errors
    /// When Cognito does not take the address, or does not answer.
    pub async fn mail_code(&self, pool: &UserPool, email: &Email) -> Result<(), PoolError> {
        let mailed = match pool.user(email.as_str()).await? {
            None => match self.sign_up(email).await {
                Err(error @ PoolError::Invalid(_)) => return Err(error),
                mailed => mailed,
            },
            Some(login) if login.status == LoginStatus::Unconfirmed => self.send_sign_up_code(email).await,
            Some(_) => self.send_reset_code(email).await,
        };
        match mailed {
            Err(error) if !matches!(error, PoolError::Call { .. }) => {
                tracing::warn!(outcome = "no code mailed", cause = %error);
                Ok(())
            }
            mailed => mailed,
        }
    }

    /// Spends the code that was mailed to the login of an address, which is of this status. The login gets, or keeps, a
    /// random password. One call.
    ///
    /// # Errors
    /// When the code is wrong or too old, or Cognito does not answer.
    pub async fn spend_code(&self, email: &Email, status: LoginStatus, code: &Secret) -> Result<(), PoolError> {
        let spent = match status {
            LoginStatus::Unconfirmed => self.confirm_sign_up(email, code).await,
            LoginStatus::Confirmed => self.reset_password(email, code, &Password::random()).await,
        };
        match spent {
            // Another request has confirmed the login meanwhile, or it is gone.
            Err(PoolError::Refused) => Err(PoolError::WrongCode),
            spent => spent,
        }
    }
}
