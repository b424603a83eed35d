//! Text that a terminal shows and never obeys.
//!
//! Names, messages, causes, log lines and AWS' answers may hold escape sequences that move the cursor or set the
//! clipboard, C1 controls, bidi controls that turn a line around, and line separators that forge a line. [`Printable`]
//! is the only text that the commands of this repository print, and every way to make one escapes these characters.

use std::fmt::{self, Write};

use serde::Serialize;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Text for a terminal: every character in it is visible, or is a space.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Printable(String);

impl Printable {
    /// One line: a line break in the text is shown as `\n`.
    pub fn line(text: impl fmt::Display) -> Self {
        Self(escaped(&text.to_string(), |_| false))
    }

    /// Several lines, with tabs: for text whose lines are the program's own, such as what a compiler says.
    pub fn lines(text: impl fmt::Display) -> Self {
        Self(escaped(&text.to_string(), |character| matches!(character, '\n' | '\t')))
    }

    /// An indented JSON document, equal to the value: what a terminal might obey is written as `\uXXXX`.
    ///
    /// # Errors
    /// When the value does not write as JSON.
    pub fn json(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        serde_json::to_string_pretty(value).map(|text| Self(escaped_json(&text)))
    }

    /// The same in one line.
    ///
    /// # Errors
    /// When the value does not write as JSON.
    pub fn json_line(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        serde_json::to_string(value).map(|text| Self(escaped_json(&text)))
    }

    /// The text.
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

/// Whether a terminal might obey the character, or show nothing for it.
pub fn is_hidden(character: char) -> bool {
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator, PrivateUse, Surrogate, Unassigned};
    match character.general_category() {
        // Format has the bidi controls and the characters of no width. Noncharacters are unassigned.
        Control | Format | LineSeparator | ParagraphSeparator | PrivateUse | Surrogate | Unassigned => true,
        // Letters that are drawn as nothing: the fillers of Hangul.
        _ => matches!(character, '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}'),
    }
}

fn escaped(text: &str, is_wanted: impl Fn(char) -> bool) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if is_hidden(character) && !is_wanted(character) {
            safe.extend(character.escape_default());
        } else {
            safe.push(character);
        }
    }
    safe
}

/// Within strings, `serde_json` has escaped line breaks and the other C0 controls: a line break here is its own.
fn escaped_json(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if is_hidden(character) && character != '\n' {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // A String takes everything.
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

    /// What has taken terminals over, or deceived their readers.
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
    fn what_a_terminal_would_obey_is_spelled_out() {
        for (hostile, shown) in HOSTILE {
            assert_eq!(Printable::from(hostile).as_str(), shown);
        }
        assert_eq!(Printable::lines("one\n\ttwo\r\x1b[m").as_str(), "one\n\ttwo\\r\\u{1b}[m");
    }

    #[test]
    fn what_people_write_stays() {
        for text in ["Ana Beltrán", "山田 太郎", "אבא", "e\u{301}", "☕️ 👍🏽", r#"C:\new "x""#, "…"] {
            assert_eq!(Printable::from(text).as_str(), text);
        }
    }

    #[test]
    fn json_is_the_same_value_without_what_a_terminal_would_obey() {
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
        fn nothing_hidden_is_left_of_any_text(characters in prop::collection::vec(any::<char>(), 0..50)) {
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
        fn visible_text_is_left_as_it_is(text in "[ -~]{0,50}") {
            let shown = Printable::from(&text);
            prop_assert_eq!(shown.as_str(), text);
        }
    }
}
