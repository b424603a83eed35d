//! The names of users and groups.

use serde::{Deserialize, Deserializer, Serialize};

use super::Email;
use super::text::{beginning, bidi, is_any_visible, is_control_or_line_break, is_noncharacter, keeps_direction};

/// The limit of a name in characters (Unicode code points), which is at most 400 bytes: a push has room for that. A
/// limit in grapheme clusters would bound nothing, since one cluster may have a thousand accents.
const MAX_CHARACTERS: usize = 100;

/// A name: 1 to 100 characters in one line, at least one of them visible, without noncharacters, and without bidi
/// controls that affect the text after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema), schemars(extend("minLength" = 1, "maxLength" = 100)))]
pub struct Name(String);

/// The error for a text that is not a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The text is empty, too long, not in one line, or invisible.
    #[error("must be 1 to 100 characters in one line, at least one of them visible")]
    Shape,
    /// The text would change the direction of the text around it, or would be shown backwards.
    #[error(
        "must close every bidi control that it opens (U+202A, U+202B, U+2066 to U+2068), and must not override the \
         direction (U+202D, U+202E)"
    )]
    Direction,
    /// The text has code points that Unicode will never assign.
    #[error("must not contain noncharacters, such as U+FFFF")]
    Noncharacter,
}

impl Name {
    /// The name in a text that other rules allowed, such as a row of an earlier version or a profile in Cognito.
    /// Forbidden characters and the end of a long text are removed. `None` when nothing visible is left.
    pub fn cleaned(text: &str) -> Option<Self> {
        let one_line = text.trim().chars().filter(|character| !is_noncharacter(*character));
        let one_line: String = one_line.map(|one| if is_control_or_line_break(one) { ' ' } else { one }).collect();
        let is_long = one_line.chars().count() > MAX_CHARACTERS;
        let text = if is_long || !keeps_direction(&one_line) {
            one_line.chars().filter(|character| bidi(*character).is_none()).collect()
        } else {
            one_line
        };
        let begins = beginning(text.trim(), MAX_CHARACTERS, |part| part.chars().count());
        Self::try_from(begins.trim_end().to_owned()).ok()
    }

    /// The name of a user without a valid one.
    pub(super) fn unknown() -> Self {
        Self("Somebody".to_owned())
    }

    /// Reads the name in a row, which may be older than the rules of today.
    pub(super) fn stored<'de, D: Deserializer<'de>>(row: D) -> Result<Self, D::Error> {
        Ok(Self::cleaned(&String::deserialize(row)?).unwrap_or_else(Self::unknown))
    }

    /// As [`Name::stored`], for an optional name.
    pub(super) fn stored_if_any<'de, D: Deserializer<'de>>(row: D) -> Result<Option<Self>, D::Error> {
        Ok(Option::<String>::deserialize(row)?.and_then(|text| Self::cleaned(&text)))
    }
}

impl TryFrom<String> for Name {
    type Error = NameError;

    fn try_from(text: String) -> Result<Self, NameError> {
        let is_one_line = !text.chars().any(is_control_or_line_break);
        if !is_one_line || !is_any_visible(&text) || text.chars().count() > MAX_CHARACTERS {
            return Err(NameError::Shape);
        }
        if text.chars().any(is_noncharacter) {
            return Err(NameError::Noncharacter);
        }
        if keeps_direction(&text) { Ok(Self(text)) } else { Err(NameError::Direction) }
    }
}

/// The name of a user who has given none: the part of the address before the @.
impl From<&Email> for Name {
    fn from(email: &Email) -> Self {
        Self::cleaned(email.local_part()).unwrap_or_else(Self::unknown)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> String {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_is_one_line_with_a_visible_character() {
        let isolated = "\u{2068}אנה\u{2069}";
        for good in
            ["Ana", "Ana Beltrán", "山田", "علی\u{200c}رضا", "👨\u{200d}👩\u{200d}👧", isolated, &"x".repeat(100)]
        {
            assert!(Name::try_from(good.to_owned()).is_ok(), "{good}");
        }
        let blank = ["", "  ", "\u{200b}", "\u{3164}", "\u{2800}\u{2800}", "\u{115f}", "\u{301}", "\u{378}"];
        let lines = ["two\nlines", "two\u{2028}lines", "two\u{2029}lines", "two\u{85}lines", "two\u{b}lines", "nul\0"];
        for bad in blank.into_iter().chain(lines).chain([&*"x".repeat(101)]) {
            assert_eq!(Name::try_from(bad.to_owned()), Err(NameError::Shape), "{bad:?}");
        }
    }

    #[test]
    fn a_name_does_not_change_the_direction_of_text() {
        for bad in ["\u{202e}gpj.exe", "\u{202d}Ana\u{202c}", "\u{2067}Ana", "Ana\u{202c}"] {
            assert_eq!(Name::try_from(bad.to_owned()), Err(NameError::Direction), "{bad:?}");
        }
        for bad in ["Ana\u{ffff}", "Ana\u{fdd0}", "Ana\u{1fffe}"] {
            assert_eq!(Name::try_from(bad.to_owned()), Err(NameError::Noncharacter), "{bad:?}");
        }
    }

    #[test]
    fn a_name_that_breaks_the_rules_is_cleaned() {
        let long = "🇪🇸".repeat(60);
        for (text, clean) in [
            ("two\r\nlines", Some("two  lines")),
            ("\tAna\u{2028}", Some("Ana")),
            ("\u{202e}gpj.exe", Some("gpj.exe")),
            ("\u{2068}Ana\u{2069}", Some("\u{2068}Ana\u{2069}")),
            ("\u{2068}Ana", Some("Ana")),
            ("Ana\u{ffff}", Some("Ana")),
            (&long, Some(&*"🇪🇸".repeat(50))),
            ("\u{200b}", None),
            ("", None),
        ] {
            assert_eq!(Name::cleaned(text).map(String::from).as_deref(), clean, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn a_cleaned_text_is_a_name_and_a_name_stays_as_it_is(
            text in "(\\PC|[\u{202a}-\u{202e}\u{2066}-\u{2069}\u{2028}\u{ffff}\u{301} \n]){0,130}",
        ) {
            match Name::cleaned(&text) {
                Some(name) => prop_assert_eq!(Name::try_from(String::from(name.clone())), Ok(name)),
                None => prop_assert!(Name::try_from(text.clone()).is_err()),
            }
            if let Ok(name) = Name::try_from(text.trim().to_owned()) {
                prop_assert_eq!(Name::cleaned(&text), Some(name));
            }
        }
    }
}
