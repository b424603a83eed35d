//! What a message says.

use serde::{Deserialize, Serialize};

/// The longest content, in bytes of UTF-8. With its JSON escapes it fits the 128 KB of a WebSocket message
/// (API Gateway's limit) and the 256 KB of a job.
pub const MAX_CONTENT_BYTES: usize = 16_384;

/// How much of the content a chat's summary shows, in bytes of UTF-8, so that a head stays one write unit.
const PREVIEW_BYTES: usize = 256;

/// What a message says: 1 to 16,384 bytes of UTF-8, not blank, without NUL.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Content(String);

/// Why a text is no content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// Nothing, or white space alone.
    #[error("must say something: it is empty or only spaces")]
    Blank,
    /// More bytes than [`MAX_CONTENT_BYTES`].
    #[error("must be at most 16,384 bytes of UTF-8, but has {bytes}; send it in parts")]
    TooLong {
        /// How many bytes it has.
        bytes: usize,
    },
    /// A NUL character, which databases, terminals and phones treat differently.
    #[error("must not contain the NUL character (U+0000)")]
    Nul,
}

impl Content {
    /// The beginning, for lists of chats: at most 256 bytes and an ellipsis, cut between characters.
    pub fn preview(&self) -> String {
        if self.0.len() <= PREVIEW_BYTES {
            return self.0.clone();
        }
        let end = self.0.floor_char_boundary(PREVIEW_BYTES);
        format!("{}…", &self.0[..end])
    }
}

impl TryFrom<String> for Content {
    type Error = ContentError;

    fn try_from(text: String) -> Result<Self, ContentError> {
        if text.len() > MAX_CONTENT_BYTES {
            return Err(ContentError::TooLong { bytes: text.len() });
        }
        if text.contains('\0') {
            return Err(ContentError::Nul);
        }
        if text.trim().is_empty() {
            return Err(ContentError::Blank);
        }
        Ok(Self(text))
    }
}

impl From<Content> for String {
    fn from(content: Content) -> String {
        content.0
    }
}

/// Content is private: debug output (logs, panics, test failures) tells its length alone.
impl std::fmt::Debug for Content {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Content({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_limit_is_in_bytes_and_inclusive() {
        assert!(Content::try_from("a".repeat(16_384)).is_ok());
        assert_eq!(Content::try_from("a".repeat(16_385)), Err(ContentError::TooLong { bytes: 16_385 }));
        assert!(Content::try_from("é".repeat(8_193)).is_err(), "8,193 characters of two bytes");
    }

    #[test]
    fn nothing_said_is_no_content() {
        for blank in ["", " ", "\n\t ", "\u{2003}"] {
            assert_eq!(Content::try_from(blank.to_owned()), Err(ContentError::Blank));
        }
        assert_eq!(Content::try_from("a\0b".to_owned()), Err(ContentError::Nul));
    }

    #[test]
    fn debug_output_keeps_the_secret() {
        let content = Content::try_from("meet me at nine".to_owned()).unwrap();
        assert_eq!(format!("{content:?}"), "Content(15 bytes)");
    }

    proptest! {
        #[test]
        fn a_preview_is_a_short_beginning(text in "\\PC{1,400}") {
            prop_assume!(!text.trim().is_empty());
            let preview = Content::try_from(text.clone()).unwrap().preview();
            prop_assert!(preview.len() <= PREVIEW_BYTES + '…'.len_utf8());
            prop_assert!(text.starts_with(preview.trim_end_matches('…')));
        }
    }
}
