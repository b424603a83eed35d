//! Ending all sessions of a user: after a changed password, a reset, a logout everywhere, or by an operator.

use std::time::Duration;

use crate::call_error::{Classified, Dependency, FailureKind};
use crate::domain::{Timestamp, UserId};
use crate::edge::Problem;
use crate::phones::{RegistrationError, Registrations};
use crate::queue::{PresenceJob, Queue, QueueError, SessionsEnded};
use crate::runtime::{Environment, MissingVariable};
use crate::store::{Accounts, StoreError};
use crate::user_pool::{PoolError, UserPool};

/// Ends sessions of users: access tokens, refresh tokens, sockets, and the phones that the sessions registered.
#[derive(Debug, Clone)]
pub struct Sessions {
    accounts: Accounts,
    pool: UserPool,
    presence: Queue<PresenceJob>,
    registrations: Registrations,
}

/// Some sessions may not have ended.
#[derive(Debug, thiserror::Error)]
pub enum SessionsError {
    /// A call to the Accounts table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A call to Cognito failed.
    #[error(transparent)]
    Pool(#[from] PoolError),
    /// The job that closes the sockets was not enqueued.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// A phone is still registered.
    #[error(transparent)]
    Registration(#[from] RegistrationError),
}

impl Sessions {
    /// Uses the tables, the user pool and the presence queue of this environment.
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            accounts: environment.accounts()?,
            pool: UserPool::new(environment)?,
            presence: environment.presence_jobs()?,
            registrations: environment.registrations()?,
        })
    }

    /// Ends every session of a user that began before now. When this returns, every request and frame of an old session
    /// is rejected, no old refresh token works, no phone of an old session is registered, and a new login works. A job
    /// closes the old sockets within seconds.
    ///
    /// The job is enqueued first: once the sessions are void, the caller's own token may be rejected, so the caller
    /// could not repeat the request. After a crash, the job does the remaining steps. Without phones, this call costs
    /// one job, one write unit, one call to Cognito and one read, and the job costs the same without Cognito.
    ///
    /// Cognito gives the start of a session in whole seconds, so all sessions of this second become void. This waits
    /// for the next second, so that a login right after the answer works.
    ///
    /// # Errors
    /// After an error the job may still end the sessions. The call can be repeated.
    pub async fn end(&self, user_id: UserId) -> Result<(), SessionsError> {
        let now = Timestamp::now();
        let ended = SessionsEnded { user_id, void_before: now, is_second: false };
        // Each step runs even if another fails: a mailed code that the user has sent with this request works only once.
        let enqueued = self.presence.enqueue(user_id, &PresenceJob::SessionsEnded(ended)).await;
        let voided = self.accounts.void_sessions(user_id, now).await;
        let signed_out = self.pool.end_refresh_tokens(user_id).await;
        enqueued?;
        voided?;
        signed_out?;
        self.registrations.remove_older(user_id, now.next_second()).await?;
        tokio::time::sleep(Duration::from_millis(Timestamp::now().millis_until(now.next_second()))).await;
        Ok(())
    }
}

impl Classified for SessionsError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Store(error) => error.kind(),
            Self::Pool(error) => error.kind(),
            Self::Queue(error) => error.kind(),
            Self::Registration(error) => error.kind(),
        }
    }

    fn dependency(&self) -> Option<Dependency> {
        match self {
            Self::Store(error) => error.dependency(),
            Self::Pool(error) => error.dependency(),
            Self::Queue(error) => error.dependency(),
            Self::Registration(error) => error.dependency(),
        }
    }
}

/// 503, with the cause for the log.
impl From<SessionsError> for Problem {
    fn from(error: SessionsError) -> Self {
        Self::unavailable().caused_by(error)
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::{Session, Timestamp, UserId};

    #[test]
    fn a_session_of_this_second_is_void_and_one_of_the_next_second_is_valid() {
        let user_id = UserId::random();
        let session =
            |millis: u64| Session { user_id, authenticated_at: Timestamp::from_millis(millis / 1_000 * 1_000) };
        for now in [5_000, 5_001, 5_999] {
            let now = Timestamp::from_millis(now);
            assert!(session(now.as_millis()).is_void(now));
            assert_eq!(now.next_second(), Timestamp::from_millis(6_000));
            assert!(!session(now.next_second().as_millis()).is_void(now));
        }
    }
}
