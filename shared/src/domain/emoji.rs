//! The emoji of a reaction.

use serde::{Deserialize, Deserializer, Serialize};

/// The limit of an emoji in bytes of UTF-8. The longest one of Unicode 17, a kiss of two people with two skin tones,
/// has 35.
const MAX_EMOJI_BYTES: usize = 64;

/// One emoji: a single grapheme cluster that Unicode recommends for general interchange, such as 👍, 👍🏽, 🇪🇸 or 👩‍👩‍👧.
/// It is stored in its full form, so that `❤` and `❤️` are one reaction. A stored emoji stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(
    feature = "schemas",
    derive(schemars::JsonSchema),
    schemars(extend("minLength" = 1, "maxLength" = MAX_EMOJI_BYTES))
)]
pub struct Emoji(String);

/// The error for a text that is not one emoji.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be one emoji of Unicode 17, such as \u{1f44d}, without any other character")]
pub struct EmojiError;

impl Emoji {
    /// The emoji as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads an emoji of a row or a job without a check: a function of a later version may know more emoji.
    pub(super) fn stored<'de, D: Deserializer<'de>>(row: D) -> Result<Self, D::Error> {
        Ok(Self(String::deserialize(row)?))
    }

    /// Reads an optional emoji of a row or a job without a check.
    pub(super) fn stored_if_any<'de, D: Deserializer<'de>>(row: D) -> Result<Option<Self>, D::Error> {
        Ok(Option::deserialize(row)?.map(Self))
    }
}

impl TryFrom<String> for Emoji {
    type Error = EmojiError;

    fn try_from(text: String) -> Result<Self, EmojiError> {
        // The table has all emoji with and without the selector of their form, and gives the full form.
        let found = (text.len() <= MAX_EMOJI_BYTES).then(|| emojis::get(&text)).flatten();
        found.map(|emoji| Self(emoji.as_str().to_owned())).ok_or(EmojiError)
    }
}

impl From<Emoji> for String {
    fn from(emoji: Emoji) -> String {
        emoji.0
    }
}

#[cfg(test)]
mod tests {
    use unicode_segmentation::UnicodeSegmentation;

    use super::*;

    #[test]
    fn an_emoji_is_one_grapheme_cluster() {
        for emoji in emojis::iter() {
            let parsed = Emoji::try_from(emoji.as_str().to_owned());
            assert_eq!(parsed.as_ref().map(Emoji::as_str), Ok(emoji.as_str()));
            assert_eq!(emoji.as_str().graphemes(true).count(), 1, "{emoji:?}");
            assert!(emoji.as_str().len() <= MAX_EMOJI_BYTES, "{emoji:?}");
        }
    }

    #[test]
    fn skin_tones_flags_keycaps_and_families_are_emoji() {
        for emoji in ["👍", "👍🏽", "🇪🇸", "🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}", "1️⃣", "👩‍👩‍👧"]
        {
            assert_eq!(Emoji::try_from(emoji.to_owned()).unwrap().as_str(), emoji);
        }
    }

    #[test]
    fn an_emoji_without_its_selector_is_the_same_emoji() {
        assert_eq!(Emoji::try_from("\u{2764}".to_owned()), Emoji::try_from("\u{2764}\u{fe0f}".to_owned()));
    }

    #[test]
    fn text_is_no_emoji() {
        let long = "👍".repeat(100_000);
        for text in
            ["", " ", "a", "1", "#", "👍👍", "👍 ", " 👍", "👍a", "🇪", "\u{200d}", "\u{fe0f}", ":+1:", "\0", &long]
        {
            assert_eq!(Emoji::try_from(text.to_owned()), Err(EmojiError), "{text:.20?}");
        }
    }
}
