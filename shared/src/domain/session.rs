//! The session of a request or a frame.

use super::{Timestamp, UserId};

/// A session: a user and the time of their last authentication, Cognito's `auth_time`. A refreshed token keeps that
/// time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// The user, who is the `sub` of the token.
    pub user_id: UserId,
    /// The time of the authentication, in epoch milliseconds, rounded to seconds by Cognito.
    pub authenticated_at: Timestamp,
}

impl Session {
    /// Whether this session is void after all sessions were ended at this time. Cognito's times are whole seconds, so
    /// all sessions of that second are void.
    pub fn is_void(self, void_before: Timestamp) -> bool {
        self.authenticated_at.as_secs() <= void_before.as_secs()
    }

    /// A session that begins now, for tests and tools. Real sessions come from Cognito.
    pub fn beginning_now(user_id: UserId) -> Self {
        Self { user_id, authenticated_at: Timestamp::now() }
    }
}
