//! The second factor of a login, and the recovery codes for a lost phone.

use crate::call_error::{Classified, Dependency, FailureKind};
use crate::domain::{RecoveryCode, UserId};
use crate::edge::Problem;
use crate::runtime::{Environment, MissingVariable};
use crate::store::{Accounts, StoreError};
use crate::user_pool::{PoolError, UserPool};

/// Number of recovery codes of a user.
const CODES: usize = 10;

/// Switches second factors on and off, and stores the recovery codes.
#[derive(Debug, Clone)]
pub struct SecondFactor {
    pool: UserPool,
    accounts: Accounts,
}

/// The second factor did not change, or changed in part.
#[derive(Debug, thiserror::Error)]
pub enum SecondFactorError {
    /// A call to the Accounts table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A call to Cognito failed.
    #[error(transparent)]
    Pool(#[from] PoolError),
}

impl SecondFactor {
    /// Uses the user pool and the Accounts table of this environment.
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self { pool: UserPool::new(environment)?, accounts: environment.accounts()? })
    }

    /// Requires the code of the authenticator app at each login, and returns new recovery codes. Cognito has verified
    /// the app's secret. The recovery codes are stored first, so that a lost phone never locks the user out. Costs one
    /// write unit and one call to Cognito.
    ///
    /// # Errors
    /// After an error the user enrols again.
    pub async fn switch_on(&self, user_id: UserId) -> Result<Vec<RecoveryCode>, SecondFactorError> {
        let codes: Vec<_> = (0..CODES).map(|_| RecoveryCode::random()).collect();
        self.accounts.put_recovery_codes(user_id, &codes).await?;
        self.pool.require_totp(user_id, true).await?;
        Ok(codes)
    }

    /// Requires only the password at each login. Costs one call to Cognito and one write unit. It is safe to repeat.
    pub async fn switch_off(&self, user_id: UserId) -> Result<(), SecondFactorError> {
        self.pool.require_totp(user_id, false).await?;
        self.accounts.delete_recovery_codes(user_id).await?;
        Ok(())
    }

    /// Switches the second factor off for a user who has a recovery code. Returns `false` for a code that is wrong or
    /// was used before. The caller has checked the password.
    ///
    /// One conditional write marks the code as used before the factor is switched off: after a crash in between, the
    /// user needs another code. Costs one write unit, and with a valid code one call to Cognito and one more write
    /// unit.
    ///
    /// # Errors
    /// After an error the user may need another code.
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

    fn dependency(&self) -> Option<Dependency> {
        match self {
            Self::Store(error) => error.dependency(),
            Self::Pool(error) => error.dependency(),
        }
    }
}

/// 503, with the cause for the log.
impl From<SecondFactorError> for Problem {
    fn from(error: SecondFactorError) -> Self {
        Self::unavailable().caused_by(error)
    }
}
