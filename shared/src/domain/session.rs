//! The session that a request or a frame belongs to.

use super::{Timestamp, UserId};

/// A user, and when that user last proved their identity: Cognito's `auth_time`, which a refreshed token keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Session {
    /// The user: Cognito's `sub`.
    pub user_id: UserId,
    /// Epoch milliseconds, in whole seconds, as Cognito gives it.
    pub authenticated_at: Timestamp,
}

impl Session {
    /// Whether this session is among those that ended at a moment. Cognito counts in whole seconds: of the second in which
    /// sessions ended, all are void.
    pub fn is_void(self, void_before: Timestamp) -> bool {
        self.authenticated_at.as_secs() <= void_before.as_secs()
    }

    /// A session that begins now, for tests and tools: real ones come from Cognito.
    pub fn beginning_now(user_id: UserId) -> Self {
        Self { user_id, authenticated_at: Timestamp::now() }
    }
}
