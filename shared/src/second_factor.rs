//! The second factor of a login, and the recovery codes for a lost phone.

use crate::call_error::{Classified, FailureKind};
use crate::domain::{RecoveryCode, UserId};
use crate::edge::Problem;
use crate::runtime::{Environment, MissingVariable};
use crate::store::{Accounts, StoreError};
use crate::user_pool::{PoolError, UserPool};

/// How many recovery codes a user gets.
const CODES: usize = 10;

/// Switches second factors on and off, and keeps the recovery codes.
#[derive(Debug, Clone)]
pub struct SecondFactor {
    pool: UserPool,
    accounts: Accounts,
}

/// The reason why a second factor is as it was, or halfway.
#[derive(Debug, thiserror::Error)]
pub enum SecondFactorError {
    /// The Accounts table did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Cognito did not answer.
    #[error(transparent)]
    Pool(#[from] PoolError),
}

impl SecondFactor {
    /// Takes what it works with from the environment.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self { pool: UserPool::new(environment)?, accounts: environment.accounts()? })
    }

    /// Makes logins of a user ask for the code of the app, whose secret Cognito has verified; returns new recovery codes.
    /// They are stored first: no login asks for a phone that no code can replace. One write unit, one call to Cognito.
    ///
    /// # Errors
    /// When a service does not answer: then the user enrols once more.
    pub async fn switch_on(&self, user_id: UserId) -> Result<Vec<RecoveryCode>, SecondFactorError> {
        let codes: Vec<_> = (0..CODES).map(|_| RecoveryCode::random()).collect();
        self.accounts.put_recovery_codes(user_id, &codes).await?;
        self.pool.require_totp(user_id, true).await?;
        Ok(codes)
    }

    /// Makes logins of a user ask for the password alone. One call to Cognito, one write unit.
    ///
    /// # Errors
    /// When a service does not answer: call again.
    pub async fn switch_off(&self, user_id: UserId) -> Result<(), SecondFactorError> {
        self.pool.require_totp(user_id, false).await?;
        self.accounts.forget_recovery_codes(user_id).await?;
        Ok(())
    }

    /// Switches the second factor off for a user who has a recovery code; `false` for a code that is wrong or was used.
    /// The caller has checked the password. Spending the code comes first, in one conditional write: a crash before the
    /// factor is off costs that code, and the next one does the rest. One write unit, and with a right code one call to
    /// Cognito and one more write unit.
    ///
    /// # Errors
    /// When a service does not answer: then the user may need another code.
    pub async fn recover(&self, user_id: UserId, code: &RecoveryCode) -> Result<bool, SecondFactorError> {
        if !self.accounts.spend_recovery_code(user_id, &code.hash()).await? {
            return Ok(false);
        }
        self.switch_off(user_id).await?;
        Ok(true)
    }
}

impl Classified for SecondFactorError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Store(error) => error.kind(),
            Self::Pool(error) => error.kind(),
        }
    }
}

/// 503, with the cause for the log.
impl From<SecondFactorError> for Problem {
    fn from(error: SecondFactorError) -> Self {
        Self::unavailable().caused_by(error)
    }
}
