//! Finds the `id` of a frame, also if the frame is invalid JSON, so that the client learns which of its frames failed.
//!
//! serde stops at the first error. This scanner continues as long as it knows its position: in the fields of the
//! outermost object, outside of every string. It stops when it is not sure, so that no text inside another field is
//! mistaken for the `id`. It returns the `id` in the client's spelling, since a number can have more digits than an
//! `f64`.

use serde::de::IgnoredAny;

/// Returns the field `id` of the outermost object, in the client's spelling. Returns none if the field is missing,
/// `null` or incomplete, or if there are two with different values.
pub(super) fn find(frame: &str) -> Option<&str> {
    let mut scanner = Scanner { text: frame, at: 0 };
    let mut found = None;
    scanner.take(b'{')?;
    while let Some((name, value)) = scanner.field() {
        if !is_id(name) {
            continue;
        }
        if found.is_some_and(|before| before != value) {
            return None;
        }
        found = Some(value);
    }
    found.filter(|value| *value != "null" && serde_json::from_str::<IgnoredAny>(value).is_ok())
}

/// Whether a field's name is `id`, possibly with escapes.
fn is_id(name: &str) -> bool {
    serde_json::from_str::<String>(name).is_ok_and(|name| name == "id")
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    /// Returns the name and the value of the outermost object's next field, as they are spelled. Returns none at the
    /// end of the object or text, and when it is not sure what follows.
    fn field(&mut self) -> Option<(&'a str, &'a str)> {
        while self.take(b',').is_some() {}
        let name = self.string()?;
        self.take(b':')?;
        let value = self.value()?;
        // If text follows a closing quote, the string was not escaped correctly, so its end is not sure either.
        let is_bare = !value.ends_with(['"', '}', ']']);
        match self.next() {
            Some(b',' | b'}') => Some((name, value)),
            // A number may be truncated.
            None if !is_bare => Some((name, value)),
            _ => None,
        }
    }

    fn value(&mut self) -> Option<&'a str> {
        match self.next()? {
            b'"' => self.string(),
            b'{' | b'[' => self.nested(),
            _ => self.bare(),
        }
    }

    /// A string with its quotes and escapes.
    fn string(&mut self) -> Option<&'a str> {
        self.skip_space();
        let start = self.at;
        self.take(b'"')?;
        loop {
            match self.byte()? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        self.text.get(start..self.at)
    }

    /// A number or a word, valid or not.
    fn bare(&mut self) -> Option<&'a str> {
        self.skip_space();
        let start = self.at;
        while self.byte().is_some_and(is_bare) {
            self.at += 1;
        }
        self.text.get(start..self.at).filter(|text| !text.is_empty())
    }

    /// An object or an array with matching brackets.
    fn nested(&mut self) -> Option<&'a str> {
        let start = self.at;
        let mut open = Vec::new();
        loop {
            match self.next()? {
                b'{' => open.push(b'}'),
                b'[' => open.push(b']'),
                byte @ (b'}' | b']') => (open.pop()? == byte).then_some(())?,
                b'"' => {
                    self.string()?;
                    matches!(self.next()?, b',' | b':' | b'}' | b']').then_some(())?;
                    continue;
                }
                byte => (is_bare(byte) || matches!(byte, b',' | b':')).then_some(())?,
            }
            self.at += 1;
            if open.is_empty() {
                return self.text.get(start..self.at);
            }
        }
    }

    /// Skips spaces, and then this byte if it is next.
    fn take(&mut self, wanted: u8) -> Option<()> {
        (self.next()? == wanted).then(|| self.at += 1)
    }

    /// Skips spaces, and returns the next byte.
    fn next(&mut self) -> Option<u8> {
        self.skip_space();
        self.byte()
    }

    fn skip_space(&mut self) {
        while self.byte().is_some_and(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

const fn is_bare(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::*;

    #[test]
    fn an_id_is_found_in_invalid_json() {
        for (frame, id) in [
            (r#"{"id":"a","action":"ping"}"#, r#""a""#),
            (r#" { "\u0069d" : 7 , "action" : "ping" } "#, "7"),
            (r#"{"action":"ping","id":{"n":[1,"]"]}"#, r#"{"n":[1,"]"]}"#),
            // Truncated.
            (r#"{"id":"a""#, r#""a""#),
            (r#"{"id":7,"action":"pi"#, "7"),
            (r#"{"action":"ping","id":[1]"#, "[1]"),
            // Followed by garbage.
            (r#"{"action":"ping","id":7} ping"#, "7"),
            // Invalid escapes, half a surrogate pair, a line break in a string.
            (r#"{"content":"\q","id":7}"#, "7"),
            (r#"{"content":"\ud83d","id":7}"#, "7"),
            ("{\"content\":\"a\nb\",\"id\":7}", "7"),
            // Words that JSON does not have, and extra commas.
            (r#"{"content":undefined,"id":7,}"#, "7"),
            (r#"{"content":{"a":NaN,},,"id":7}"#, "7"),
            // More digits than serde keeps in a number.
            (r#"{"id":12345678901234567890123}"#, "12345678901234567890123"),
            (r#"{"id":7,"id":7}"#, "7"),
        ] {
            assert_eq!(find(frame), Some(id), "{frame}");
        }
    }

    #[test]
    fn an_uncertain_id_is_ignored() {
        for frame in [
            "",
            "ping",
            "7",
            "\"id\"",
            "null",
            r#"[{"id":7}]"#,
            r#"["id",7]"#,
            r#""{"id":7}""#,
            "{}",
            r#"{"id":null}"#,
            r#"{"ID":7}"#,
            r#"{"frame":{"id":7}}"#,
            r#"{"frame":[{"id":7}]}"#,
            r#"{"id":7,"id":8}"#,
            // Inside a string.
            r#"{"content":"\"id\":7"}"#,
            r#"{"content":",\"id\":\"x\",\"a\":\""#,
            r#"{"content":"{\"id\":7}","#,
            // Incomplete values.
            r#"{"id":7"#,
            r#"{"id":"a"#,
            r#"{"id":"a\""#,
            r#"{"id":[7"#,
            r#"{"id":{"n":7"#,
            r#"{"id":tru"#,
            r#"{"id":"#,
            // Quotes without escapes.
            r#"{"id":"a"b"}"#,
            r#"{"id":"a""b"}"#,
            r#"{"content":"say "x","id":"7"}"#,
            r#"{"content":"C:\","id":"7"}"#,
            r#"{"content":'a,"id":"7",'}"#,
            r#"{"content":{'a':'}","id":"7",'}}"#,
            r#"{"a":["say "]","id":"7"]}"#,
            r#"{"a":[1},"id":7}"#,
            r#"{"id":word}"#,
            r#"{"id":"\q"}"#,
            r#"{id:7}"#,
            r#"{'id':7}"#,
        ] {
            assert_eq!(find(frame), None, "{frame}");
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let text = r#"([a-z"\\{}\[\]:,' \n]|"id":"x"|,"id":7,|\PC){0,12}"#;
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            text.prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((name(), inner), 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    fn name() -> impl Strategy<Value = String> {
        prop_oneof![Just("id".to_owned()), Just("action".to_owned()), r#"["a-e:,{}]{0,4}"#]
    }

    fn frame() -> impl Strategy<Value = Map<String, Value>> {
        prop::collection::vec((name(), value()), 0..5).prop_map(|fields| fields.into_iter().collect())
    }

    proptest! {
        #[test]
        fn in_valid_json_it_finds_the_same_id_as_serde(frame in frame(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&frame) } else { serde_json::to_string(&frame) };
            let text = text.unwrap();
            let id = find(&text).map(|id| serde_json::from_str::<Value>(id).unwrap());
            prop_assert_eq!(id.as_ref(), frame.get("id").filter(|id| !id.is_null()));
        }

        #[test]
        fn in_truncated_or_continued_json_it_finds_the_id_or_none(
            frame in frame(),
            cut in any::<prop::sample::Index>(),
            rest in "[a-z{}\"\\\\ ]{0,5}",
        ) {
            let text = serde_json::to_string(&frame).unwrap();
            let id = frame.get("id").filter(|id| !id.is_null()).map(Value::to_string);
            let end = text.floor_char_boundary(cut.index(text.len() + 1));
            let found = find(&text[..end]);
            prop_assert!(found.is_none() || found == id.as_deref(), "{:?} in {}", found, &text[..end]);
            let longer = format!("{text}{rest}");
            prop_assert_eq!(find(&longer), id.as_deref());
        }

        #[test]
        fn an_invalid_escape_in_another_string_does_not_hide_the_id(
            before in r#"([a-z]|"id":"x"|,"id":7,|["\\]){0,9}"#,
            bad in prop_oneof![Just("\\q"), Just("\\ud800"), Just("\\u12"), Just("\n"), Just("\u{1}")],
            id in value(),
        ) {
            prop_assume!(!id.is_null());
            let id = id.to_string();
            let content = json!(before).to_string();
            let frame = format!("{{\"content\":{}{bad}\",\"id\":{id}}}", &content[..content.len() - 1]);
            prop_assert_eq!(find(&frame), Some(&*id), "{}", frame);
        }

        #[test]
        fn no_input_makes_the_scanner_panic(text in "([{}\\[\\]:,\"\\\\]|\"id\"|\\PC){0,30}") {
            let _ = find(&text);
            let _ = find(&format!("{{{text}"));
        }
    }
}
