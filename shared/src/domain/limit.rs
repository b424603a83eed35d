//! Limits per user: token buckets in the form of GCRA (the generic cell rate algorithm).
//!
//! A bucket is stored as one number: the time at which it is full. Each token taken moves that time forward by one
//! interval. A bucket without a number was never used, and is full.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// Members of a chat per token that a message takes.
const MEMBERS_PER_TOKEN: usize = 50;

/// The size of a bucket in tokens, and the time in which it gets one token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    burst: u32,
    interval: Duration,
}

/// The error for a call above a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many calls: try again after {retry_after:?}")]
pub struct Limited {
    /// The time after which the same request passes, without other requests meanwhile.
    pub retry_after: Duration,
}

impl Bucket {
    /// A bucket of `burst` tokens (at least 1) that gets one token per `interval`.
    pub const fn new(burst: u32, interval: Duration) -> Self {
        Self { burst: if burst == 0 { 1 } else { burst }, interval }
    }

    /// A bucket that is `factor` times as large and fills `factor` times as fast.
    #[must_use]
    pub fn times(self, factor: u32) -> Self {
        let factor = factor.max(1);
        Self { burst: self.burst.saturating_mul(factor), interval: self.interval / factor }
    }

    /// Takes tokens; returns the time at which the bucket is full after that. More tokens than the bucket's size count
    /// as its size.
    ///
    /// # Errors
    /// When the bucket has fewer tokens.
    pub fn take(self, full_at: Option<Timestamp>, tokens: u32, now: Timestamp) -> Result<Timestamp, Limited> {
        let full_at = full_at.unwrap_or(now).max(now);
        let next = full_at.plus(self.cost(tokens));
        let latest = now.plus(self.capacity());
        if next <= latest {
            return Ok(next);
        }
        Err(Limited { retry_after: Duration::from_millis(latest.millis_until(next)) })
    }

    /// The time in which a bucket gets `tokens` tokens. More than the bucket's size count as its size.
    pub fn cost(self, tokens: u32) -> Duration {
        self.interval.saturating_mul(tokens.min(self.burst))
    }

    /// The time in which an empty bucket fills.
    pub fn capacity(self) -> Duration {
        self.interval.saturating_mul(self.burst)
    }
}

/// The limit for sending: the deployment's default, or an operator's grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendLimit {
    /// The size of the bucket in tokens.
    pub burst: u32,
    /// Tokens that the bucket gets per second.
    pub per_second: u32,
}

impl SendLimit {
    /// The bucket of this limit.
    pub fn bucket(self) -> Bucket {
        Bucket::new(self.burst, Duration::from_secs(1) / self.per_second.max(1))
    }
}

/// The tokens that a message to a chat of this size takes: 1 for a small chat, 20 for a group of 1,000.
pub fn tokens_of_send(members: usize) -> u32 {
    u32::try_from(members.div_ceil(MEMBERS_PER_TOKEN)).unwrap_or(u32::MAX).max(1)
}

/// An action that is rare for users and frequent for abuse. Each has a bucket per user, or per email address before the
/// caller has a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The creation of a chat.
    CreateChat,
    /// The members of new chats: one token each.
    Invite,
    /// A search for a user by email address.
    LookUp,
    /// The registration of a device.
    RegisterDevice,
    /// A ticket for a socket.
    IssueTicket,
    /// An export of all data.
    Export,
    /// The beginning or the end of a block.
    Block,
    /// A report of a message, a user or a chat.
    Report,
    /// The check of a password: at a login, with a bucket per address, or at a change that requires the password again.
    CheckPassword,
    /// A wrong code. A correct one takes no token, so a stranger cannot lock out the owner of a mailbox.
    CheckCode,
    /// The use of a recovery code, after a correct password.
    Recover,
    /// A mail to an address without a login. The deployment has one bucket for them, since they share the user pool's
    /// daily quota of mails.
    SignUp,
    /// A mail to an address.
    SendMail,
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

impl Action {
    /// The buckets of this action, each with its attribute in a row.
    pub const fn buckets(self) -> &'static [(&'static str, Bucket)] {
        match self {
            Self::CreateChat => const { &[("chatsFullAt", Bucket::new(30, MINUTE))] },
            // Two groups of the largest size; after that 2,048 members per day.
            Self::Invite => const { &[("invitationsFullAt", Bucket::new(2_048, Duration::from_secs(42)))] },
            Self::LookUp => {
                const {
                    &[
                        ("lookUpsFullAt", Bucket::new(30, Duration::from_secs(2))),
                        // 300 per day.
                        ("dailyLookUpsFullAt", Bucket::new(300, Duration::from_secs(288))),
                    ]
                }
            }
            Self::RegisterDevice => const { &[("devicesFullAt", Bucket::new(20, MINUTE))] },
            Self::IssueTicket => const { &[("ticketsFullAt", Bucket::new(60, SECOND))] },
            Self::Block => const { &[("blocksFullAt", Bucket::new(60, Duration::from_secs(10)))] },
            // 20 per day, each of which an operator may have to read.
            Self::Report => const { &[("reportsFullAt", Bucket::new(20, Duration::from_secs(4_320)))] },
            Self::Export => const { &[("exportsFullAt", Bucket::new(5, Duration::from_secs(600)))] },
            Self::CheckPassword => const { &[("passwordsFullAt", Bucket::new(20, Duration::from_secs(6)))] },
            Self::CheckCode => const { &[("codesFullAt", Bucket::new(10, Duration::from_secs(30)))] },
            Self::Recover => const { &[("recoveriesFullAt", Bucket::new(10, MINUTE))] },
            // The deployment sets the size by a parameter.
            Self::SignUp => const { &[("signUpsFullAt", Bucket::new(30, Duration::from_secs(2_880)))] },
            Self::SendMail => const { &[("mailsFullAt", Bucket::new(4, Duration::from_secs(300)))] },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: Timestamp = Timestamp::from_millis(1_000_000);

    fn after(millis: u64) -> Timestamp {
        START.plus(Duration::from_millis(millis))
    }

    #[test]
    fn a_bucket_lets_a_burst_through_and_then_its_rate() {
        let bucket = SendLimit { burst: 120, per_second: 2 }.bucket();
        let mut full_at = None;
        for _ in 0..120 {
            full_at = Some(bucket.take(full_at, 1, START).unwrap());
        }
        let limited = bucket.take(full_at, 1, START).unwrap_err();
        assert_eq!(limited.retry_after, Duration::from_millis(500));
        full_at = Some(bucket.take(full_at, 1, after(500)).unwrap());
        assert!(bucket.take(full_at, 1, after(999)).is_err());
        assert!(bucket.take(full_at, 1, after(1_000)).is_ok());
    }

    #[test]
    fn a_message_to_a_larger_chat_takes_more_tokens() {
        assert_eq!([2, 50, 51, 1_000, 1_024].map(tokens_of_send), [1, 1, 2, 20, 21]);
    }

    #[test]
    fn more_tokens_than_the_size_of_a_bucket_count_as_its_size() {
        let small = SendLimit { burst: 5, per_second: 1 }.bucket();
        assert!(small.take(None, 21, START).is_ok(), "a user with a small grant can write to a large group");
    }

    proptest! {
        /// In any time, at most the burst and the tokens filled meanwhile pass.
        #[test]
        fn calls_that_pass_never_exceed_burst_and_rate(pauses in prop::collection::vec(0_u64..2_000, 1..300)) {
            let bucket = Bucket::new(10, Duration::from_millis(250));
            let (mut now, mut full_at, mut passed) = (0, None, 0_u64);
            for pause in pauses {
                now += pause;
                if let Ok(next) = bucket.take(full_at, 1, after(now)) {
                    (full_at, passed) = (Some(next), passed + 1);
                }
                prop_assert!(passed <= 10 + now / 250);
            }
        }

        #[test]
        fn a_limited_call_passes_after_retry_after(taken in 1_u32..20, tokens in 1_u32..10) {
            let bucket = Bucket::new(20, Duration::from_millis(300));
            let full_at = Some(START.plus(bucket.cost(taken)));
            if let Err(Limited { retry_after }) = bucket.take(full_at, tokens, START) {
                prop_assert!(bucket.take(full_at, tokens, START.plus(retry_after)).is_ok());
            }
        }
    }
}
