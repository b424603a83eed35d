//! The account of a user: suspension, void sessions, and limits.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{ChatId, Circle, OwnPrivacy, SendLimit, Session, Timestamp, UserId};

/// The account of a user with a profile. A user who never finished the sign-up, or was erased, has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The user who owns the account.
    pub user_id: UserId,
    /// Sessions that were authenticated at or before this time are void, in epoch milliseconds.
    pub void_before: Option<Timestamp>,
    /// The time at which an operator suspended the user, in epoch milliseconds.
    pub suspended_at: Option<Timestamp>,
    /// The limit for sending that an operator granted in place of the default.
    pub grant: Option<SendLimit>,
    /// Token buckets by attribute, each with the time at which it is full.
    pub buckets: BTreeMap<String, Timestamp>,
    /// The chats that the user has pinned, at most [`MAX_PINS`](super::MAX_PINS).
    pub pins: BTreeSet<ChatId>,
    /// The privacy settings that the user's own requests depend on.
    pub privacy: OwnPrivacy,
}

/// A sender's bucket as it was when a message was accepted. Update-summaries takes the tokens without another read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendCharge {
    /// The limit that an operator granted in place of the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<SendLimit>,
    /// The time at which the bucket is full, in epoch milliseconds; absent for a bucket that was never used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_at: Option<Timestamp>,
    /// The users who see what the sender has read. Sending is reading.
    #[serde(default, skip_serializing_if = "Circle::is_everyone")]
    pub receipts: Circle,
}

/// The reason for which a session is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SessionRejection {
    /// The user logged out everywhere, changed the password, or was signed out.
    #[error("This session has ended: log in again.")]
    Ended,
    /// An operator suspended the user.
    #[error("This account is suspended.")]
    Suspended,
}

impl Account {
    /// The attribute with the bucket for sending.
    pub const SEND_BUCKET: &'static str = "sendFullAt";

    /// The bucket for sending, for the charge of a message.
    pub fn send_charge(&self) -> SendCharge {
        let full_at = self.buckets.get(Self::SEND_BUCKET).copied();
        SendCharge { grant: self.grant, full_at, receipts: self.privacy.receipts }
    }

    /// Checks that the session may act.
    ///
    /// # Errors
    /// When the session is void or the user is suspended.
    pub fn admit(&self, session: Session) -> Result<(), SessionRejection> {
        if self.suspended_at.is_some() {
            return Err(SessionRejection::Suspended);
        }
        let is_void = self.void_before.is_some_and(|before| session.is_void(before));
        if is_void { Err(SessionRejection::Ended) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_that_began_before_all_sessions_were_ended_is_void() {
        let user_id = UserId::random();
        let account = |void_before: Option<u64>, suspended_at: Option<u64>| Account {
            user_id,
            void_before: void_before.map(Timestamp::from_millis),
            suspended_at: suspended_at.map(Timestamp::from_millis),
            grant: None,
            buckets: BTreeMap::new(),
            pins: BTreeSet::new(),
            privacy: OwnPrivacy::default(),
        };
        let session = |millis| Session { user_id, authenticated_at: Timestamp::from_millis(millis) };
        assert_eq!(account(None, None).admit(session(0)), Ok(()));
        assert_eq!(
            account(Some(5_400), None).admit(session(5_000)),
            Err(SessionRejection::Ended),
            "in the same second"
        );
        assert_eq!(account(Some(5_400), None).admit(session(6_000)), Ok(()));
        assert_eq!(account(None, Some(1)).admit(session(9_000)), Err(SessionRejection::Suspended));
    }
}
