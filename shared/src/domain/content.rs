//! The content of a message.

use serde::{Deserialize, Deserializer, Serialize};

use super::text::{beginning, is_any_visible};

/// The limit of content in bytes of UTF-8. With JSON escapes it fits into a WebSocket message (128 KB, a quota of API
/// Gateway) and into a job (256 KB; SQS accepts 1 MiB).
pub const MAX_CONTENT_BYTES: usize = 16_384;

/// The limit of a preview in bytes of UTF-8: with it a head costs one write unit.
const PREVIEW_BYTES: usize = 140;

/// The content of a message: 1 to 16,384 bytes of UTF-8, at least one visible character, without NUL. Content that was
/// stored under earlier rules stays as it is.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(
    feature = "schemas",
    derive(schemars::JsonSchema),
    schemars(extend("minLength" = 1, "maxLength" = MAX_CONTENT_BYTES))
)]
pub struct Content(String);

/// The error for a text that is not content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// The text is empty or invisible.
    #[error("must have a visible character, but is empty or has only spaces and other invisible characters")]
    Blank,
    /// The text has more than [`MAX_CONTENT_BYTES`].
    #[error("must be at most 16,384 bytes of UTF-8, but has {bytes}; send it in parts")]
    TooLong {
        /// The number of bytes.
        bytes: usize,
    },
    /// The text has a NUL character, which databases, terminals and phones treat differently.
    #[error("must not contain the NUL character (U+0000)")]
    Nul,
}

impl Content {
    /// The beginning, for lists of chats and pushes: at most 140 bytes and an ellipsis. It ends between two grapheme
    /// clusters, so that no emoji is cut. Only a first cluster of more than 140 bytes, a letter with many accents, is
    /// cut between two characters.
    pub fn preview(&self) -> String {
        if self.0.len() <= PREVIEW_BYTES {
            return self.0.clone();
        }
        format!("{}…", beginning(&self.0, PREVIEW_BYTES, str::len))
    }

    /// Content from a row or a job, without a check.
    pub(super) const fn stored(text: String) -> Self {
        Self(text)
    }

    /// Reads content of a row, without a check.
    pub(super) fn of_row<'de, D: Deserializer<'de>>(row: D) -> Result<Self, D::Error> {
        Ok(Self::stored(String::deserialize(row)?))
    }

    /// Reads the optional content of an event, without a check.
    pub(super) fn stored_if_any<'de, D: Deserializer<'de>>(job: D) -> Result<Option<Self>, D::Error> {
        Ok(Option::deserialize(job)?.map(Self::stored))
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
        if !is_any_visible(&text) {
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

/// Content is private: debug output (logs, panics, test failures) has only its length.
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
    fn invisible_text_is_not_content() {
        for blank in
            ["", " ", "\n\t ", "\u{2003}", "\u{200b}", "\u{3164}\u{2800}", "\u{115f}", "\u{fe0f}\u{200d}", "\u{1}"]
        {
            assert_eq!(Content::try_from(blank.to_owned()), Err(ContentError::Blank));
        }
        assert_eq!(Content::try_from("a\0b".to_owned()), Err(ContentError::Nul));
    }

    #[test]
    fn debug_output_does_not_have_the_content() {
        let content = Content::try_from("meet me at nine".to_owned()).unwrap();
        assert_eq!(format!("{content:?}"), "Content(15 bytes)");
    }

    #[test]
    fn a_preview_never_cuts_an_emoji() {
        let family = "👨\u{200d}👩\u{200d}👧\u{200d}👦";
        let preview = |text: String| Content::try_from(text).unwrap().preview();
        for start in 0..family.len() {
            let before = "a".repeat(start);
            let whole = (PREVIEW_BYTES - start) / family.len();
            assert_eq!(preview(format!("{before}{}", family.repeat(20))), format!("{before}{}…", family.repeat(whole)));
        }
        assert_eq!(preview("🇪🇸".repeat(40)), format!("{}…", "🇪🇸".repeat(17)));
        assert_eq!(preview(format!("z{}", "\u{301}".repeat(1_000))), format!("z{}…", "\u{301}".repeat(69)));
    }

    proptest! {
        #[test]
        fn a_preview_is_a_short_beginning(text in "(\\PC|👨‍👩‍👧‍👦|🇪🇸|e\u{301}){1,400}") {
            let content = Content::try_from(text.clone());
            prop_assume!(content.is_ok());
            let preview = content.unwrap().preview();
            prop_assert!(preview.len() <= PREVIEW_BYTES + '…'.len_utf8());
            if text.len() > PREVIEW_BYTES {
                prop_assert!(text.starts_with(preview.strip_suffix('…').unwrap()));
            } else {
                prop_assert_eq!(preview, text);
            }
        }
    }
}
