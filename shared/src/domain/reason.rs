//! The reason of a report or of an operator's decision.

use serde::{Deserialize, Deserializer, Serialize};

use super::text::is_any_visible;

/// The limit of a reason in characters (Unicode code points), at most 4,000 bytes.
pub const MAX_REASON_CHARACTERS: usize = 1_000;

/// A reason: 1 to 1,000 characters, at least one of them visible, without NUL. It may have line breaks.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(
    feature = "schemas",
    derive(schemars::JsonSchema),
    schemars(extend("minLength" = 1, "maxLength" = MAX_REASON_CHARACTERS))
)]
pub struct Reason(String);

/// The error for a text that is not a reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReasonError {
    /// The text is empty or invisible.
    #[error("must have a visible character: say in a few words what is wrong")]
    Blank,
    /// The text has more than [`MAX_REASON_CHARACTERS`].
    #[error("must be at most 1,000 characters, but has {characters}: shorten it")]
    TooLong {
        /// The number of characters.
        characters: usize,
    },
    /// The text has a NUL character.
    #[error("must not contain the NUL character (U+0000)")]
    Nul,
}

impl Reason {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads the optional reason of a row, which may be older than the rules of today.
    pub(super) fn stored_if_any<'de, D: Deserializer<'de>>(row: D) -> Result<Option<Self>, D::Error> {
        Ok(Option::deserialize(row)?.map(Self))
    }
}

impl TryFrom<String> for Reason {
    type Error = ReasonError;

    fn try_from(text: String) -> Result<Self, ReasonError> {
        let characters = text.chars().count();
        if characters > MAX_REASON_CHARACTERS {
            return Err(ReasonError::TooLong { characters });
        }
        if text.contains('\0') {
            return Err(ReasonError::Nul);
        }
        if is_any_visible(&text) { Ok(Self(text)) } else { Err(ReasonError::Blank) }
    }
}

impl std::str::FromStr for Reason {
    type Err = ReasonError;

    fn from_str(text: &str) -> Result<Self, ReasonError> {
        text.to_owned().try_into()
    }
}

impl From<Reason> for String {
    fn from(reason: Reason) -> String {
        reason.0
    }
}

/// A reason is private: debug output has only its length.
impl std::fmt::Debug for Reason {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Reason({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_has_1_to_1000_characters_and_something_visible() {
        for good in ["spam".to_owned(), "línea\nlinea".to_owned(), "é".repeat(1_000)] {
            assert_eq!(Reason::try_from(good.clone()).unwrap().as_str(), good);
        }
        assert_eq!(Reason::try_from("é".repeat(1_001)), Err(ReasonError::TooLong { characters: 1_001 }));
        for blank in ["", " \n", "\u{200b}"] {
            assert_eq!(Reason::try_from(blank.to_owned()), Err(ReasonError::Blank));
        }
        assert_eq!(Reason::try_from("a\0".to_owned()), Err(ReasonError::Nul));
    }
}
