//! The gapless sequence of a chat's changes: edits and deletions of its messages, and changes of their reactions.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The number of a change in its chat: 1, 2, 3 … without gaps. As a position it covers all changes up to this one; 0 is
/// before the first change. As the version of a message it is the last change of that message; 0 is the message as it
/// was sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ChangeSeq(u64);

impl ChangeSeq {
    /// The position before the first change.
    pub const START: Self = Self(0);

    /// The change with this number.
    pub const fn at(number: u64) -> Self {
        Self(number)
    }

    /// The number; 0 is before the first change.
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    /// The next change.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// Whether no change has happened.
    pub fn is_start(&self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for ChangeSeq {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromStr for ChangeSeq {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        text.parse().map(Self)
    }
}
