//! The timeline of `cargo dev`: one line per message and stage of the pipeline.

use paloma_printable::Printable;
use serde_json::{Map, Value};

use crate::logs::LogLine;

/// Numbers that the line shows elsewhere, or not at all.
const NOT_COUNTS: [&str; 4] = ["seq", "sinceAcceptedMs", "durationMs", "status"];

/// Formats a stage of a message, or an error. Returns `None` for other log lines.
///
/// ```text
/// 12:03:04.123  #7    fan-out            +17 ms  posted 3  chat 1b2c3d4e…  message 9f8e7d6c…
/// ```
pub fn format(line: &LogLine) -> Option<Printable> {
    text(line).map(Printable::from)
}

fn text(line: &LogLine) -> Option<String> {
    let time = line.time.split_once('T').map_or(line.time.as_str(), |(_, time)| time);
    let Ok(mut fields) = serde_json::from_str::<Map<String, Value>>(&line.message) else {
        return Some(format!("{time}  !     {}: {}", line.function, line.message));
    };
    fields.retain(|name, _| !is_for_cloudwatch(name));
    if fields.get("level").and_then(Value::as_str) == Some("ERROR") {
        return Some(format!("{time}  !     {}: {}", line.function, error(&fields)));
    }
    let stage = fields.get("stage")?.as_str()?;
    // Requests such as logging in or listing chats concern no message.
    fields.get("messageId").or_else(|| fields.get("seq"))?;
    let seq = fields.get("seq").and_then(Value::as_u64).map_or_else(String::new, |seq| format!("#{seq}"));
    let since =
        fields.get("sinceAcceptedMs").and_then(Value::as_i64).map_or_else(String::new, |ms| format!("+{ms} ms"));
    let details: Vec<String> = details(&fields).collect();
    Some(format!("{time}  {seq:<5} {stage:<17} {since:>9}  {}", details.join("  ")).trim_end().to_owned())
}

/// Whether a field is a metric or part of the Embedded Metric Format: only their names begin with a capital or `_`.
fn is_for_cloudwatch(name: &str) -> bool {
    name.starts_with(|first: char| first.is_uppercase() || first == '_')
}

/// The outcome, the counts above zero, and the ids.
fn details(fields: &Map<String, Value>) -> impl Iterator<Item = String> {
    let outcome = fields.get("outcome").and_then(Value::as_str).map(str::to_owned);
    let counts = fields
        .iter()
        .filter(|(name, value)| value.as_u64().is_some_and(|count| count > 0) && !NOT_COUNTS.contains(&name.as_str()))
        .map(|(name, value)| format!("{name} {value}"));
    let ids = [("chat", "chatId"), ("message", "messageId")].into_iter().filter_map(|(title, name)| {
        let id = fields.get(name)?.as_str()?;
        Some(format!("{title} {}", shortened(id)))
    });
    outcome.into_iter().chain(counts).chain(ids)
}

/// The message and all other fields of an error.
fn error(fields: &Map<String, Value>) -> String {
    let message = fields.get("message").and_then(Value::as_str).unwrap_or("error");
    let rest = fields
        .iter()
        .filter(|(name, _)| !["level", "message"].contains(&name.as_str()))
        .map(|(name, value)| format!("  {name} {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned)));
    message.to_owned() + &rest.collect::<String>()
}

/// The first eight characters, which are enough to distinguish ids on a screen.
fn shortened(id: &str) -> String {
    match id.char_indices().nth(8) {
        Some((end, _)) => format!("{}…", &id[..end]),
        None => id.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(message: &str) -> Option<String> {
        let (function, time) = ("dev-fan-out".to_owned(), "2026-01-31T12:03:04.123".to_owned());
        format(&LogLine { function, time, message: message.to_owned() }).map(|line| line.to_string())
    }

    #[test]
    fn control_characters_of_users_are_escaped() {
        let hostile = "\u{1b}]52;c;ZXZpbA==\u{7}\u{9b}2J\u{202e}\u{2028}\nroot";
        let shown_as = r"\u{1b}]52;c;ZXZpbA==\u{7}\u{9b}2J\u{202e}\u{2028}\nroot";
        let line = shown(&serde_json::json!({ "level": "ERROR", "message": hostile, "cause": hostile }).to_string());
        assert_eq!(line, Some(format!("12:03:04.123  !     dev-fan-out: {shown_as}  cause {shown_as}")));
        let line = shown(hostile);
        assert_eq!(line, Some(format!("12:03:04.123  !     dev-fan-out: {shown_as}")));
        let line = shown(&serde_json::json!({ "stage": hostile, "seq": 1, "outcome": hostile }).to_string());
        assert!(!line.unwrap().chars().any(paloma_printable::is_hidden));
    }

    #[test]
    fn a_stage_of_a_message_becomes_a_line() {
        let line = shown(
            r#"{"level":"INFO","stage":"fan-out","outcome":"done","chatId":"1b2c3d4e-5f60","seq":7,
            "messageId":"9f8e7d6c-5b4a","sinceAcceptedMs":17,"durationMs":3,"posted":3,
            "AcceptanceToSocket":17,"Stage":"dev","_aws":{"Timestamp":1}}"#,
        );
        let expected =
            "12:03:04.123  #7    fan-out              +17 ms  done  posted 3  chat 1b2c3d4e…  message 9f8e7d6c…";
        assert_eq!(line.as_deref(), Some(expected));
    }

    #[test]
    fn a_push_to_a_phone_becomes_a_line() {
        let line = shown(
            r#"{"stage":"phone","outcome":"received","messageId":"9f8e7d6c-5b4a","chatId":"1b2c3d4e-5f60","seq":7,
            "badge":3}"#,
        );
        let expected =
            "12:03:04.123  #7    phone                        received  badge 3  chat 1b2c3d4e…  message 9f8e7d6c…";
        assert_eq!(line.as_deref(), Some(expected));
    }

    #[test]
    fn an_error_becomes_a_line_with_all_its_fields() {
        let line = shown(
            r#"{"level":"ERROR","message":"job failed","stage":"fan-out","cause":"no such chat","FailedJobs":1,
            "_aws":{}}"#,
        );
        let expected = "12:03:04.123  !     dev-fan-out: job failed  cause no such chat  stage fan-out";
        assert_eq!(line.as_deref(), Some(expected));
    }

    #[test]
    fn plain_text_is_shown_unchanged() {
        let line = shown("thread 'main' panicked");
        assert_eq!(line.as_deref(), Some("12:03:04.123  !     dev-fan-out: thread 'main' panicked"));
    }

    #[test]
    fn a_request_without_a_message_is_not_shown() {
        assert_eq!(shown(r#"{"level":"INFO","stage":"get-chats","route":"GET /chats","durationMs":4}"#), None);
    }
}
