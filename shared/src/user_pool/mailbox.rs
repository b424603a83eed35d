//! Proving a mailbox: a code is sent to an address, and comes back.
//!
//! The login of an address that is not proved yet has a random password, so nothing that was set before the proof opens it.

use super::{LoginStatus, PoolClient, PoolError, UserPool};
use crate::domain::{Action, Email, Password, Secret, Timestamp};
use crate::store::{Accounts, StoreError};

/// The reason why no code was mailed.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// Cognito does not take the address, or does not answer.
    #[error(transparent)]
    Pool(#[from] PoolError),
    /// The Accounts table did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PoolClient {
    /// Sends a code to an address, whatever the pool knows of it: it signs the address up, or mails the code of the
    /// sign-up again, or mails the code of a forgotten password. The answer is the same for all of them, and for a login
    /// that Cognito mails nothing to. Two calls in each case, so that times tell little; a sign-up takes a token of the
    /// deployment, so that strangers cannot use up the mails of lost passwords.
    ///
    /// # Errors
    /// When Cognito was asked too often before it was told to mail, does not take the address, or does not answer.
    pub async fn mail_code(&self, pool: &UserPool, accounts: &Accounts, email: &Email) -> Result<(), MailError> {
        let mailed = match pool.user(email.as_str()).await? {
            None => {
                if accounts.charge_deployment(Action::SignUp, Timestamp::now()).await?.is_err() {
                    tracing::warn!(outcome = "no code mailed", cause = "the sign-ups of this day are used up");
                    return Ok(());
                }
                match self.sign_up(email).await {
                    Err(error @ PoolError::Invalid(_)) => return Err(error.into()),
                    mailed => mailed,
                }
            }
            Some(login) if login.status == LoginStatus::Unconfirmed => self.send_sign_up_code(email).await,
            Some(_) => self.send_reset_code(email).await,
        };
        Ok(unless_address_decides(mailed)?)
    }

    /// Mails the code of a forgotten password. The answer is the same for an address without a login, and for a login
    /// that Cognito mails nothing to. One call.
    ///
    /// # Errors
    /// When Cognito does not answer.
    pub async fn mail_reset_code(&self, email: &Email) -> Result<(), PoolError> {
        unless_address_decides(self.send_reset_code(email).await)
    }

    /// Checks the code that `mail_code` sent to an address with a login of this status. It is spent. One call. The login
    /// keeps a random password.
    ///
    /// # Errors
    /// When the code is wrong or too old, or Cognito does not answer.
    pub async fn check_mailed_code(&self, email: &Email, status: LoginStatus, code: &Secret) -> Result<(), PoolError> {
        let answer = match status {
            LoginStatus::Unconfirmed => self.confirm_sign_up(email, code).await,
            LoginStatus::Confirmed => self.reset_password(email, code, &Password::random()).await,
        };
        match answer {
            // Another request has confirmed the login meanwhile, or it is gone.
            Err(PoolError::Refused) => Err(PoolError::WrongCode),
            answer => answer,
        }
    }
}

/// A failure that the address decides stays in the log: a login that is disabled, that is invited and not yet here, whose
/// address is not verified, or that was mailed to too often. No caller may tell by the answer.
fn unless_address_decides(mailed: Result<(), PoolError>) -> Result<(), PoolError> {
    match mailed {
        Ok(()) => Ok(()),
        Err(error @ PoolError::Call(_)) => Err(error),
        Err(error) => {
            tracing::warn!(outcome = "no code mailed", cause = %error);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call_error::{CallError, FailureKind};

    /// The engine mails to every login, and has no limits.
    #[test]
    fn a_failure_that_the_address_decides_looks_like_a_mail() {
        let unverified = "Cannot reset password for the user as there is no registered/verified email or phone_number";
        for error in [
            PoolError::Refused,
            PoolError::Exists,
            PoolError::TooMany,
            PoolError::NotDelivered,
            PoolError::Invalid(unverified.to_owned()),
        ] {
            assert!(unless_address_decides(Err(error.clone())).is_ok(), "{error}");
        }
        let outage = CallError::because("ForgotPassword", FailureKind::Unreachable, "timeout").into();
        assert!(matches!(unless_address_decides(Err(outage)), Err(PoolError::Call(_))));
    }
}
