//! Limits per user: token buckets, as GCRA (the generic cell rate algorithm) keeps them.
//!
//! A bucket is one number: the time at which it is full again. Each token moves that time forward by one interval. A
//! bucket that was never used has no number, and lets everything through.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Timestamp;

/// The audience that makes a message weigh one more token.
const MEMBERS_PER_TOKEN: usize = 50;

/// How many tokens a bucket holds, and how fast it fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    burst: u32,
    interval: Duration,
}

/// Too much at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too much at once: possible again after {retry_after:?}")]
pub struct Limited {
    /// The time after which the same request passes, if nothing else comes in between.
    pub retry_after: Duration,
}

impl Bucket {
    /// A bucket of `burst` tokens, at least one, that gets one token per `interval`.
    pub const fn new(burst: u32, interval: Duration) -> Self {
        Self { burst: if burst == 0 { 1 } else { burst }, interval }
    }

    /// A bucket that is `factor` times as large, and fills as many times as fast.
    #[must_use]
    pub fn times(self, factor: u32) -> Self {
        let factor = factor.max(1);
        Self { burst: self.burst.saturating_mul(factor), interval: self.interval / factor }
    }

    /// The time at which the bucket is full again once `tokens` have been taken from it.
    ///
    /// # Errors
    /// When it does not hold as many. More than it can ever hold counts as all of it.
    pub fn take(self, full_at: Option<Timestamp>, tokens: u32, now: Timestamp) -> Result<Timestamp, Limited> {
        let full_at = full_at.unwrap_or(now).max(now);
        let next = full_at.plus(self.cost(tokens));
        let latest = now.plus(self.capacity());
        if next <= latest {
            return Ok(next);
        }
        Err(Limited { retry_after: Duration::from_millis(latest.millis_until(next)) })
    }

    /// The time by which `tokens` move a bucket. More than it can ever hold counts as all of it.
    pub fn cost(self, tokens: u32) -> Duration {
        self.interval.saturating_mul(tokens.min(self.burst))
    }

    /// The time by which an empty bucket is full again.
    pub fn capacity(self) -> Duration {
        self.interval.saturating_mul(self.burst)
    }
}

/// How many messages a user may send: the deployment's default, or an operator's grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SendLimit {
    /// Tokens that the bucket holds.
    pub burst: u32,
    /// Tokens that it gets in a second.
    pub per_second: u32,
}

impl SendLimit {
    /// The bucket of this limit.
    pub fn bucket(self) -> Bucket {
        Bucket::new(self.burst, Duration::from_secs(1) / self.per_second.max(1))
    }
}

/// The tokens that a message to so many members takes: 1 for a small chat, 20 for a group of 1,000.
pub fn tokens_of_send(members: usize) -> u32 {
    u32::try_from(members.div_ceil(MEMBERS_PER_TOKEN)).unwrap_or(u32::MAX).max(1)
}

/// A call that is rare for people and frequent for abuse. Each has a bucket per user, or per email address where the
/// caller has no session yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// A new chat.
    CreateChat,
    /// Members put into new chats: one token each.
    Invite,
    /// A search for a user by email address.
    LookUp,
    /// The registration of a device.
    RegisterDevice,
    /// A ticket for a socket.
    IssueTicket,
    /// An export of all data.
    Export,
    /// A password that is checked: a login by its address, or a change that asks for the password again.
    CheckPassword,
    /// A wrong code: a right one costs nothing, so that strangers cannot keep the owner of a mailbox out.
    CheckCode,
    /// A recovery code, after a right password.
    Recover,
    /// A mail to an address that has no login yet. One bucket for the whole deployment, since all of them draw on the
    /// user pool's mails of a day.
    SignUp,
    /// A mail that is sent to an address.
    SendMail,
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

impl Action {
    /// The buckets of this action, each with the attribute that keeps it in a row.
    pub const fn buckets(self) -> &'static [(&'static str, Bucket)] {
        match self {
            Self::CreateChat => const { &[("chatsFullAt", Bucket::new(30, MINUTE))] },
            // A group of the largest size fits, twice; 2,048 a day after that.
            Self::Invite => const { &[("invitationsFullAt", Bucket::new(2_048, Duration::from_secs(42)))] },
            Self::LookUp => {
                const {
                    &[
                        ("lookUpsFullAt", Bucket::new(30, Duration::from_secs(2))),
                        // 300 a day.
                        ("dailyLookUpsFullAt", Bucket::new(300, Duration::from_secs(288))),
                    ]
                }
            }
            Self::RegisterDevice => const { &[("devicesFullAt", Bucket::new(20, MINUTE))] },
            Self::IssueTicket => const { &[("ticketsFullAt", Bucket::new(60, SECOND))] },
            Self::Export => const { &[("exportsFullAt", Bucket::new(5, Duration::from_secs(600)))] },
            Self::CheckPassword => const { &[("passwordsFullAt", Bucket::new(20, Duration::from_secs(6)))] },
            Self::CheckCode => const { &[("codesFullAt", Bucket::new(10, Duration::from_secs(30)))] },
            Self::Recover => const { &[("recoveriesFullAt", Bucket::new(10, MINUTE))] },
            // A parameter of the deployment says how many instead.
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
    fn a_message_weighs_as_much_as_its_audience() {
        assert_eq!([2, 50, 51, 1_000, 1_024].map(tokens_of_send), [1, 1, 2, 20, 21]);
    }

    #[test]
    fn a_token_more_than_a_bucket_holds_is_all_that_it_holds() {
        let small = SendLimit { burst: 5, per_second: 1 }.bucket();
        assert!(small.take(None, 21, START).is_ok(), "a small grant still reaches a large group");
    }

    proptest! {
        /// Over any time, no more passes than the burst and what was filled meanwhile.
        #[test]
        fn no_more_passes_than_burst_and_rate(pauses in prop::collection::vec(0_u64..2_000, 1..300)) {
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

        /// The answer "possible after" is true.
        #[test]
        fn what_is_limited_passes_after_the_time_that_was_said(taken in 1_u32..20, tokens in 1_u32..10) {
            let bucket = Bucket::new(20, Duration::from_millis(300));
            let full_at = Some(START.plus(bucket.cost(taken)));
            if let Err(Limited { retry_after }) = bucket.take(full_at, tokens, START) {
                prop_assert!(bucket.take(full_at, tokens, START.plus(retry_after)).is_ok());
            }
        }
    }
}
