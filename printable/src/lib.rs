//! Text that is safe to print to a terminal.
//!
//! Names, messages, causes, log lines and AWS's answers may contain escape sequences that move the cursor or set the
//! clipboard, C1 controls, bidi controls that reverse a line, and line separators that forge a line. The commands of
//! this repository print only [`Printable`] text, and every constructor of it escapes these characters.

use std::fmt::{self, Write};

use serde::Serialize;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Text for a terminal. Every character is visible or a space, except line breaks and tabs that its constructor keeps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Printable(String);

impl Printable {
    /// One line. A line break is escaped as `\n`.
    pub fn line(text: impl fmt::Display) -> Self {
        Self(escaped(&text.to_string(), |_| false))
    }

    /// Several lines. Keeps line breaks and tabs: use it only for text with trusted lines, such as a compiler's output.
    pub fn lines(text: impl fmt::Display) -> Self {
        Self(escaped(&text.to_string(), |character| matches!(character, '\n' | '\t')))
    }

    /// The value as an indented JSON document, with control characters as `\uXXXX`.
    ///
    /// # Errors
    /// If the value cannot be serialized.
    pub fn json(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        serde_json::to_string_pretty(value).map(|text| Self(escaped_json(&text)))
    }

    /// Like [`Printable::json`], in one line.
    ///
    /// # Errors
    /// If the value cannot be serialized.
    pub fn json_line(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        serde_json::to_string(value).map(|text| Self(escaped_json(&text)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Printable {
    fn from(text: &str) -> Self {
        Self::line(text)
    }
}

impl From<&String> for Printable {
    fn from(text: &String) -> Self {
        Self::line(text)
    }
}

impl From<String> for Printable {
    fn from(text: String) -> Self {
        Self::line(text)
    }
}

impl fmt::Display for Printable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

/// Whether a terminal may interpret the character as a control, or show nothing for it.
pub fn is_hidden(character: char) -> bool {
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, Surrogate, Unassigned};
    match character.general_category() {
        // Format contains the bidi controls and zero-width characters. Unassigned contains the noncharacters.
        Control | Format | LineSeparator | ParagraphSeparator | PrivateUse | Surrogate | Unassigned => true,
        // The Hangul fillers are letters that terminals draw as blanks.
        _ => matches!(character, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}'),
    }
}

fn escaped(text: &str, is_kept: impl Fn(char) -> bool) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if is_hidden(character) && !is_kept(character) {
            safe.extend(character.escape_default());
        } else {
            safe.push(character);
        }
    }
    safe
}

/// `serde_json` has escaped the line breaks and other C0 controls within strings. The line breaks that are left are its
/// own indentation, and are kept.
fn escaped_json(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if is_hidden(character) && character != '\n' {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a String does not fail.
                let _ = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(character);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    /// Sequences that control terminals or deceive their readers, and their escaped forms.
    const HOSTILE: [(&str, &str); 12] = [
        ("\x1b[2J\x1b[H", r"\u{1b}[2J\u{1b}[H"),
        ("\x1b]52;c;ZXZpbA==\x07", r"\u{1b}]52;c;ZXZpbA==\u{7}"),
        ("\u{9b}31m", r"\u{9b}31m"),
        ("\u{9d}0;title\u{9c}", r"\u{9d}0;title\u{9c}"),
        ("one\r\ntwo\tthree\u{85}", r"one\r\ntwo\tthree\u{85}"),
        ("one\u{2028}two\u{2029}three", r"one\u{2028}two\u{2029}three"),
        ("\u{202e}txt.exe\u{202c}", r"\u{202e}txt.exe\u{202c}"),
        ("\u{2066}a\u{2069}\u{200f}\u{61c}", r"\u{2066}a\u{2069}\u{200f}\u{61c}"),
        ("\u{200b}\u{feff}\u{2060}\u{3164}", r"\u{200b}\u{feff}\u{2060}\u{3164}"),
        ("\u{e0041}\u{e007f}", r"\u{e0041}\u{e007f}"),
        ("\u{7f}\u{8}\0", r"\u{7f}\u{8}\u{0}"),
        ("\u{fdd0}\u{ffff}\u{10ffff}\u{e000}", r"\u{fdd0}\u{ffff}\u{10ffff}\u{e000}"),
    ];

    #[test]
    fn control_characters_are_escaped() {
        for (hostile, shown) in HOSTILE {
            assert_eq!(Printable::from(hostile).as_str(), shown);
        }
        assert_eq!(Printable::lines("one\n\ttwo\r\x1b[m").as_str(), "one\n\ttwo\\r\\u{1b}[m");
    }

    #[test]
    fn names_and_messages_in_any_script_are_unchanged() {
        for text in ["Ana Beltrán", "山田 太郎", "אבא", "e\u{301}", "☕️ 👍🏽", r#"C:\new "x""#, "…"] {
            assert_eq!(Printable::from(text).as_str(), text);
        }
    }

    #[test]
    fn escaped_json_is_the_same_value_without_control_characters() {
        for (hostile, _) in HOSTILE {
            let value = json!({ hostile: [hostile, 7] });
            for text in [Printable::json(&value).unwrap(), Printable::json_line(&value).unwrap()] {
                assert_eq!(serde_json::from_str::<Value>(text.as_str()).unwrap(), value);
                assert!(!text.as_str().chars().any(|each| is_hidden(each) && each != '\n'), "{text:?}");
            }
        }
        assert_eq!(Printable::json_line(&"\u{9b}\u{7f}\u{e0041}").unwrap().as_str(), r#""\u009b\u007f\udb40\udc41""#);
        assert_eq!(Printable::json(&json!({ "a": 1 })).unwrap().as_str(), "{\n  \"a\": 1\n}");
    }

    proptest! {
        #[test]
        fn no_text_keeps_a_hidden_character(characters in prop::collection::vec(any::<char>(), 0..50)) {
            let text: String = characters.into_iter().collect();
            let line = Printable::from(&text);
            prop_assert!(!line.as_str().chars().any(is_hidden));
            prop_assert_eq!(&Printable::line(&line), &line, "escaping twice changes nothing");
            let lines = Printable::lines(&text);
            prop_assert!(!lines.as_str().chars().any(|each| is_hidden(each) && each != '\n' && each != '\t'));
            let json = Printable::json(&json!([text])).unwrap();
            prop_assert!(!json.as_str().chars().any(|each| is_hidden(each) && each != '\n'));
            prop_assert_eq!(serde_json::from_str::<Value>(json.as_str()).unwrap(), json!([text]));
        }

        #[test]
        fn visible_text_is_unchanged(text in "[ -~]{0,50}") {
            let shown = Printable::from(&text);
            prop_assert_eq!(shown.as_str(), text);
        }
    }
}
