//! Proving the ownership of a mailbox with a mailed code.
//!
//! Until the proof, the login of an address has a random password, so no password from before the proof ever works.

use super::{LoginStatus, PoolClient, PoolError, UserPool};
use crate::domain::{Action, Email, Password, Secret, Timestamp};
use crate::store::{Accounts, StoreError};

/// No code was mailed.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// Cognito rejected the address, or a call failed.
    #[error(transparent)]
    Pool(#[from] PoolError),
    /// A call to the Accounts table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PoolClient {
    /// Mails a code to an address. Depending on the login of the address, it signs the address up, mails a new code for
    /// the sign-up, or mails a code for a forgotten password. The answer is the same in all cases, also if Cognito
    /// mails nothing to this login. Each case takes two calls, so that the duration reveals little. A sign-up takes a
    /// token of the deployment's limit, so that strangers cannot use up the mails for lost passwords.
    ///
    /// # Errors
    /// Cognito rejected the address, or throttled the call before the one that mails.
    pub async fn mail_code(&self, pool: &UserPool, accounts: &Accounts, email: &Email) -> Result<(), MailError> {
        let mailed = match pool.user(email.as_str()).await? {
            None => {
                if accounts.charge_deployment(Action::SignUp, Timestamp::now()).await?.is_err() {
                    tracing::warn!(
                        outcome = "no code mailed",
                        cause = "the deployment's limit of sign-ups per day is used up"
                    );
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
        Ok(hide_failure_of_address(mailed)?)
    }

    /// Mails a code for a forgotten password. The answer is the same for an address without a login, and for a login
    /// that Cognito mails nothing to. One call.
    pub async fn mail_reset_code(&self, email: &Email) -> Result<(), PoolError> {
        hide_failure_of_address(self.send_reset_code(email).await)
    }

    /// Checks the code that `mail_code` has sent to an address. `status` is the status of the address's login. The code
    /// works once. The login keeps a random password. One call.
    ///
    /// # Errors
    /// [`PoolError::WrongCode`] if the code is wrong or too old.
    pub async fn check_mailed_code(&self, email: &Email, status: LoginStatus, code: &Secret) -> Result<(), PoolError> {
        let answer = match status {
            LoginStatus::Unconfirmed => self.confirm_sign_up(email, code).await,
            LoginStatus::Confirmed => self.reset_password(email, code, &Password::random()).await,
        };
        match answer {
            // Another request has confirmed the login in the meantime, or the login is gone.
            Err(PoolError::Rejected) => Err(PoolError::WrongCode),
            answer => answer,
        }
    }
}

/// Logs a failure that depends on the login of the address, and returns success: the answer must not reveal whether
/// there is a login. Examples are logins that are disabled, invited, without a verified address, or mailed to too
/// often.
fn hide_failure_of_address(mailed: Result<(), PoolError>) -> Result<(), PoolError> {
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

    /// The local engine mails to every login, and has no limits.
    #[test]
    fn a_failure_that_depends_on_the_address_looks_like_a_mailed_code() {
        let unverified = "Cannot reset password for the user as there is no registered/verified email or phone_number";
        for error in [
            PoolError::Rejected,
            PoolError::Exists,
            PoolError::TooMany,
            PoolError::NotDelivered,
            PoolError::Invalid(unverified.to_owned()),
        ] {
            assert!(hide_failure_of_address(Err(error.clone())).is_ok(), "{error}");
        }
        let outage = CallError::because("ForgotPassword", FailureKind::Unreachable, "timeout").into();
        assert!(matches!(hide_failure_of_address(Err(outage)), Err(PoolError::Call(_))));
    }
}
