//! The gapless sequence of a chat, and the watermarks on it (invariants 1 and 5).

use std::fmt;
use std::num::NonZeroU64;

use serde::{Deserialize, Serialize};

/// The number of a message in its chat: 1, 2, 3 … without gaps and without repetitions (invariant 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema), schemars(extend("minimum" = 1)))]
pub struct Seq(NonZeroU64);

impl Seq {
    /// The first message of a chat.
    pub const FIRST: Self = Self(NonZeroU64::MIN);
}

/// The error for 0, which is not a seq.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from 1")]
pub struct SeqError;

impl TryFrom<u64> for Seq {
    type Error = SeqError;

    fn try_from(number: u64) -> Result<Self, SeqError> {
        NonZeroU64::new(number).map(Self).ok_or(SeqError)
    }
}

impl From<Seq> for u64 {
    fn from(seq: Seq) -> u64 {
        seq.0.get()
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// A position in the sequence of a chat: it covers all messages up to this seq, and none after it. 0 is before the
/// first message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct Watermark(u64);

impl Watermark {
    /// The position before the first message.
    pub const START: Self = Self(0);

    /// The watermark at this seq. Every number is a watermark.
    pub const fn at(seq: u64) -> Self {
        Self(seq)
    }

    /// The seq as a number; 0 is before the first message.
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    /// Whether this is the position before the first message.
    pub fn is_start(&self) -> bool {
        self.0 == 0
    }

    /// Whether message `seq` is at or before this mark.
    pub fn covers(self, seq: Seq) -> bool {
        self.0 >= u64::from(seq)
    }

    /// The number of messages after this mark, up to `last`.
    pub fn missing_to(self, last: Self) -> u64 {
        last.0.saturating_sub(self.0)
    }

    /// The seq of the next message after this mark.
    pub fn next(self) -> Seq {
        Seq(NonZeroU64::MIN.saturating_add(self.0))
    }

    /// The mark that is `count` messages further.
    #[must_use]
    pub fn plus(self, count: u64) -> Self {
        Self(self.0.saturating_add(count))
    }
}

impl From<Seq> for Watermark {
    fn from(seq: Seq) -> Self {
        Self(seq.into())
    }
}

impl fmt::Display for Watermark {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
