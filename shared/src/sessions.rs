//! Ending all sessions of a user: after a changed password, a reset, a logout everywhere, or by an operator.

use std::time::Duration;

use crate::call_error::{Classified, FailureKind};
use crate::domain::{Timestamp, UserId};
use crate::edge::Problem;
use crate::phones::{RegistrationError, Registrations};
use crate::queue::{PresenceJob, Queue, QueueError, SessionsEnded};
use crate::runtime::{Environment, MissingVariable};
use crate::store::{Accounts, StoreError};
use crate::user_pool::{PoolError, UserPool};

/// The sessions of users: access tokens, refresh tokens, sockets, and the phones that they registered.
#[derive(Debug, Clone)]
pub struct Sessions {
    accounts: Accounts,
    pool: UserPool,
    presence: Queue<PresenceJob>,
    registrations: Registrations,
}

/// The reason why some session may go on.
#[derive(Debug, thiserror::Error)]
pub enum SessionsError {
    /// The Accounts table did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Cognito did not answer.
    #[error(transparent)]
    Pool(#[from] PoolError),
    /// The presence queue did not take the job that closes the sockets.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// A phone is still registered.
    #[error(transparent)]
    Registration(#[from] RegistrationError),
}

impl Sessions {
    /// Takes what ends sessions from the environment.
    ///
    /// # Errors
    /// When a setting is missing.
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self {
            accounts: environment.accounts()?,
            pool: UserPool::new(environment)?,
            presence: environment.presence_jobs()?,
            registrations: environment.registrations()?,
        })
    }

    /// Ends every session of a user that began until now. When this returns, every call and frame of an old session is
    /// refused, no refresh token works, no phone of an old session is registered, and a new login is good. Old sockets
    /// close within seconds: a job closes them.
    ///
    /// The job comes first: once the sessions are void, the caller's own token may be refused, and the caller cannot send
    /// the request again. The job ends what a crash left. Without phones it costs one job, one write unit, one call to
    /// Cognito and one read for this call, and the same without Cognito for the job.
    ///
    /// Cognito tells in whole seconds when a session began, so all sessions of this second are void. A login right after
    /// the answer must be good: this waits for the next second.
    ///
    /// # Errors
    /// When a service does not answer: the job may still end the sessions, and so may the same call again.
    pub async fn end(&self, user_id: UserId) -> Result<(), SessionsError> {
        let now = Timestamp::now();
        let ended = SessionsEnded { user_id, void_before: now, is_second: false };
        // Each is tried whatever becomes of the others: a code that was spent on this is not there a second time.
        let enqueued = self.presence.enqueue(user_id, &PresenceJob::SessionsEnded(ended)).await;
        let voided = self.accounts.void_sessions(user_id, now).await;
        let refused = self.pool.end_refresh_tokens(user_id).await;
        enqueued?;
        voided?;
        refused?;
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
    fn a_session_of_the_next_second_is_good_and_one_of_this_second_is_void() {
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
