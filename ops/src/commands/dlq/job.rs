//! The important fields of a job, one line each. It reads any JSON, because a job may be dead because it is malformed.

use paloma::dead_letters::DeadLetter;
use paloma::domain::Timestamp;
use serde_json::Value;

use crate::time::moment;

/// Ids of a list that are shown, at most.
const MAX_IDS: usize = 3;
/// Characters of a text that are shown, at most.
const MAX_CHARACTERS: usize = 300;

/// A label and a value.
pub type Field = (&'static str, String);

/// The fields of a dead letter: subject, recipients and times. `job` is its body without hidden values.
pub fn fields(dead_letter: &DeadLetter, job: &Value) -> Vec<Field> {
    let subject = &dead_letter.subject;
    let mut fields = Vec::new();
    let mut add = |label, text: Option<String>| fields.extend(text.map(|text| (label, text)));
    add("table", find(job, "eventSourceARN").and_then(table));
    add("chat", subject.chat_id.map(|chat| chat.to_string()));
    add("message", subject.message_id.map(|message| message.to_string()));
    add("seq", find(job, "seq").and_then(number).map(|seq| seq.to_string()));
    add("seqs", find(job, "seqs").and_then(Value::as_array).map(|seqs| first_few(seqs, "")));
    add("sender", find(job, "senderId").and_then(text));
    add("to", recipients(job));
    add("socket", find(job, "connectionId").and_then(text));
    add("failure", find(job, "FailureType").and_then(text));
    let has_people = job.get("audience").or_else(|| job.get("target")).is_some();
    let people: Vec<Value> = subject.user_ids.iter().map(|user| Value::String(user.to_string())).collect();
    add("users", (!has_people && !people.is_empty()).then(|| first_few(&people, "")));
    add("accepted", time(job, "acceptedAt"));
    add("expires", time(job, "expiresAt"));
    add("first tried", dead_letter.failure.first_tried_at.map(utc));
    add("last tried", dead_letter.failure.last_tried_at.map(utc));
    fields
}

/// The text, cut to [`MAX_CHARACTERS`].
pub fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_CHARACTERS) {
        Some((end, _)) => format!("{}… (--json shows all)", &text[..end]),
        None => text.to_owned(),
    }
}

/// All texts in fields of these names, with the names.
pub fn texts(job: &Value, names: &[&str]) -> Vec<(String, String)> {
    match job {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| match text(value).filter(|_| names.contains(&name.as_str())) {
                Some(text) => vec![(name.clone(), text)],
                None => texts(value, names),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(|item| texts(item, names)).collect(),
        _ => Vec::new(),
    }
}

/// The recipients of a delivery or a push.
fn recipients(job: &Value) -> Option<String> {
    let field = |value: &Value, name: &str| value.get(name).and_then(text);
    if let Some(audience) = job.get("audience") {
        let list = |name: &str| audience.get(name).and_then(Value::as_array);
        return match (list("only"), list("sockets"), field(audience, "everyoneBut")) {
            (Some(people), ..) => Some(first_few(people, " users")),
            (_, Some(sockets), _) => Some(first_few(sockets, " sockets")),
            (.., Some(user)) => Some(format!("all members of the chat except {user}")),
            _ => Some("all members of the chat".to_owned()),
        };
    }
    let target = job.get("target")?;
    match (target.get("members").and_then(Value::as_array), target.get("device")) {
        (Some(people), _) => Some(first_few(people, " users")),
        (None, Some(device)) => {
            let id = |name| field(device, name).unwrap_or_default();
            Some(format!("device {} of {}", id("deviceId"), id("userId")))
        }
        (None, None) => None,
    }
}

/// `100 users: a, b, c and 97 more`.
fn first_few(items: &[Value], of: &str) -> String {
    let plain = |item: &Value| text(item).unwrap_or_else(|| item.to_string());
    let shown: Vec<_> = items.iter().take(MAX_IDS).map(plain).collect();
    let more = items.len().saturating_sub(MAX_IDS);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{of}: {}{more}", items.len(), shown.join(", "))
}

/// The first field of this name, at any depth.
fn find<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    match value {
        Value::Object(fields) => fields.get(name).or_else(|| fields.values().find_map(|value| find(value, name))),
        Value::Array(items) => items.iter().find_map(|item| find(item, name)),
        _ => None,
    }
}

/// A text, in JSON or in a row of DynamoDB (`{"S": …}`).
fn text(value: &Value) -> Option<String> {
    value.as_str().or_else(|| value.get("S")?.as_str()).map(shortened)
}

/// A number, in JSON or in a row of DynamoDB (`{"N": "7"}`).
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.get("N")?.as_str()?.parse().ok())
}

/// The table of `arn:…:table/NAME/stream/…`.
fn table(arn: &Value) -> Option<String> {
    arn.as_str()?.split('/').nth(1).map(shortened)
}

fn time(job: &Value, name: &str) -> Option<String> {
    job.get(name).and_then(number).map(|millis| utc(Timestamp::from_millis(millis)))
}

fn utc(time: Timestamp) -> String {
    format!("{} UTC", moment(time))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields_of(job: &Value) -> Vec<Field> {
        let mut dead_letter: DeadLetter = serde_json::from_value(json!({
            "id": "id", "cause": "made up", "replays": 0, "firstId": "id", "sentAt": 0,
            "firstTriedAt": 1_700_000_000_007_u64,
        }))
        .unwrap();
        dead_letter.subject = paloma::queue::Subject::of_value(job);
        fields(&dead_letter, job)
    }

    fn field(fields: &[Field], label: &str) -> Option<String> {
        fields.iter().find(|(of, _)| *of == label).map(|(_, text)| text.clone())
    }

    const CHAT: &str = "9da48cb2-05b0-4e49-8175-8882d4354b89";
    const ANA: &str = "6f1c1b9e-4f5e-4f0a-9d3c-2b7a5e8d9c10";

    #[test]
    fn a_delivery_to_a_hundred_users_names_three_of_them() {
        let people: Vec<_> = (0..100).map(|_| paloma::domain::UserId::random()).collect();
        let job = json!({
            "chatId": CHAT, "audience": { "only": people }, "acceptedAt": 1_700_000_000_007_u64,
            "event": { "type": "message", "message": { "messageId": ANA, "senderId": ANA, "seq": 7, "content": "x" } },
        });
        let fields = fields_of(&job);
        let [a, b, c] = [people[0], people[1], people[2]];
        assert_eq!(field(&fields, "to"), Some(format!("100 users: {a}, {b}, {c} and 97 more")));
        assert_eq!((field(&fields, "chat"), field(&fields, "seq")), (Some(CHAT.to_owned()), Some("7".to_owned())));
        assert_eq!(field(&fields, "message"), Some(ANA.to_owned()));
        assert_eq!(field(&fields, "accepted"), Some("2023-11-14 22:13:20.007 UTC".to_owned()));
        assert_eq!(field(&fields, "first tried"), field(&fields, "accepted"));
        assert_eq!(field(&fields, "users"), None, "the recipients are in another field");
        assert!(fields.iter().all(|(_, text)| text.len() < 200), "{fields:?}");
    }

    #[test]
    fn each_kind_of_job_shows_its_recipients() {
        for (job, label, expected) in [
            (json!({ "audience": "everyone" }), "to", "all members of the chat".to_owned()),
            (json!({ "audience": { "everyoneBut": ANA } }), "to", format!("all members of the chat except {ANA}")),
            (json!({ "audience": { "sockets": ["a", "b"] } }), "to", "2 sockets: a, b".to_owned()),
            (json!({ "kind": "notify", "target": { "members": [ANA] } }), "to", format!("1 users: {ANA}")),
            (json!({ "target": { "device": { "userId": ANA, "deviceId": "d" } } }), "to", format!("device d of {ANA}")),
            (
                json!({ "kind": "check", "chatId": CHAT, "seqs": [1, 2, 3, 4] }),
                "seqs",
                "4: 1, 2, 3 and 1 more".to_owned(),
            ),
            (json!({ "kind": "connectionCheck", "userId": ANA, "connectionId": "c" }), "users", format!("1: {ANA}")),
            (json!({ "kind": "connectionCheck", "userId": ANA, "connectionId": "c" }), "socket", "c".to_owned()),
            (json!({ "FailureType": "InvalidPlatformToken" }), "failure", "InvalidPlatformToken".to_owned()),
            (json!({ "dynamodb": { "NewImage": { "seq": { "N": "7" } } } }), "seq", "7".to_owned()),
            (
                json!({ "eventSourceARN": "arn:aws:dynamodb:r:1:table/dev-messages/stream/x" }),
                "table",
                "dev-messages".to_owned(),
            ),
        ] {
            assert_eq!(field(&fields_of(&job), label), Some(expected), "{job}");
        }
        for malformed in
            [json!(null), json!([]), json!({ "seq": "x", "audience": 7, "target": [], "acceptedAt": "soon" })]
        {
            fields_of(&malformed);
        }
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let text = "é".repeat(MAX_CHARACTERS + 1);
        assert_eq!(shortened(&text), format!("{}… (--json shows all)", "é".repeat(MAX_CHARACTERS)));
        assert_eq!(shortened("é"), "é");
        let job = json!({ "event": { "message": { "content": "a" } }, "row": { "name": { "S": "b" } } });
        let expected = [("content".to_owned(), "a".to_owned()), ("name".to_owned(), "b".to_owned())];
        assert_eq!(texts(&job, &["content", "name"]), expected);
    }
}
