//! Parsing JSON bodies, with the name of the invalid field.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

use super::Problem;

/// Maximum size of a body, in bytes. It is API Gateway's limit for a WebSocket message. The longest content fits in it,
/// even with every character escaped.
pub const MAX_BODY_BYTES: usize = 131_072;

/// Parses a JSON body. Unknown fields are ignored.
///
/// # Errors
/// 413 if the body is larger than [`MAX_BODY_BYTES`]. 400 if it is no JSON object, or if a field is missing or invalid:
/// then the problem names the field.
pub fn from_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    if body.len() > MAX_BODY_BYTES {
        let detail = format!("The body must be at most {MAX_BODY_BYTES} bytes, but has {}.", body.len());
        return Err(Problem::too_large(detail));
    }
    let text = std::str::from_utf8(body).map_err(|error| {
        Problem::malformed(format!("The body must be UTF-8, but byte {} is not.", error.valid_up_to()))
    })?;
    // serde would accept an array, and use its elements as the fields in their order.
    if !text.trim_start().starts_with('{') {
        return Err(Problem::malformed("The body must be a JSON object."));
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(problem_of)?;
    reader.end().map_err(|error| Problem::malformed(format!("The body must be one JSON object: {error}.")))?;
    Ok(value)
}

/// Maximum length of a reason, in bytes. serde quotes the whole of an invalid value.
const MAX_REASON_BYTES: usize = 300;

fn problem_of(error: serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let path = error.path().to_string();
    let cause = error.into_inner();
    let reason = cause.to_string();
    // The line and column do not help a client that builds JSON from objects.
    let reason = &shortened(reason.rsplit_once(" at line ").map_or(reason.as_str(), |(reason, _)| reason));
    if !cause.is_data() {
        return Problem::malformed(format!("The body must be a JSON object: {reason}."));
    }
    if let Some(field) = reason.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        let field = if path == "." { field.to_owned() } else { format!("{path}.{field}") };
        return Problem::field(field, "is missing");
    }
    if path == "." {
        return Problem::malformed(format!("The body must be a JSON object: {reason}."));
    }
    Problem::field(path, reason)
}

fn shortened(reason: &str) -> Cow<'_, str> {
    let end = reason.floor_char_boundary(MAX_REASON_BYTES);
    if end == reason.len() { reason.into() } else { format!("{}…", &reason[..end]).into() }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::domain::{ClientMessageId, Content};

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Body {
        #[expect(dead_code, reason = "only its parsing matters")]
        content: Content,
        #[expect(dead_code, reason = "only its parsing matters")]
        client_message_id: ClientMessageId,
    }

    fn problem(body: &[u8]) -> (u16, Vec<(String, String)>) {
        let problem = from_json::<Body>(body).unwrap_err();
        (problem.status, problem.errors.into_iter().map(|error| (error.field, error.reason)).collect())
    }

    #[test]
    fn a_bad_field_is_named_with_its_reason() {
        let (status, errors) = problem(br#"{"content": 7, "clientMessageId": "a"}"#);
        assert_eq!((status, errors[0].0.as_str()), (400, "content"));
        assert!(errors[0].1.contains("expected a string"), "{}", errors[0].1);

        let (_, errors) = problem(br#"{"content": "  ", "clientMessageId": "a"}"#);
        assert_eq!(
            errors,
            [(
                "content".to_owned(),
                "must have a visible character, but is empty or has only spaces and other invisible characters"
                    .to_owned()
            )]
        );

        let (_, errors) = problem(br#"{"content": "a"}"#);
        assert_eq!(errors, [("clientMessageId".to_owned(), "is missing".to_owned())]);

        let (_, errors) = problem(br#"{"content": "a\u0000b", "clientMessageId": "a"}"#);
        assert!(errors[0].1.contains("NUL"));
    }

    #[test]
    fn a_body_that_is_no_json_object_is_rejected() {
        for body in [&b""[..], b"hello", b"[\"a\", \"b\"]", b"null", b"{\"content\": \"a\"", b"\xff\xfe", b"{} {}"] {
            assert_eq!(problem(body).0, 400, "{body:?}");
        }
        assert_eq!(problem(&vec![b' '; MAX_BODY_BYTES + 1]).0, 413);
    }

    /// Otherwise a long value of a wrong type would make the error frame too large.
    #[test]
    fn a_reason_quotes_at_most_300_bytes() {
        let long = serde_json::json!({ "content": { "é".repeat(60_000): 7 }, "clientMessageId": "a" });
        let (_, errors) = problem(long.to_string().as_bytes());
        assert_eq!(errors[0].0, "content");
        let number = serde_json::json!({ "seq": "\"é".repeat(20_000) });
        #[derive(Debug, Deserialize)]
        struct Position {
            #[expect(dead_code, reason = "only its parsing matters")]
            seq: u64,
        }
        let problem = from_json::<Position>(number.to_string().as_bytes()).unwrap_err();
        assert!(problem.errors[0].reason.len() <= MAX_REASON_BYTES + '…'.len_utf8(), "{problem:?}");
        assert!(
            problem.errors[0].reason.starts_with("invalid type: string") && problem.errors[0].reason.ends_with('…')
        );
    }

    #[test]
    fn unknown_fields_are_ignored() {
        assert!(from_json::<Body>(br#"{"content": "a", "clientMessageId": "b", "colour": "red"}"#).is_ok());
    }
}
