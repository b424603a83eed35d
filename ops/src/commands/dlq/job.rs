//! The important fields of a job, a line each. Any JSON tells what it can: a job may be dead because it does not read.

use paloma::dead_letters::DeadLetter;
use paloma::domain::Timestamp;
use serde_json::Value;

use crate::time::moment;

/// How many ids of a list are shown.
const MOST_IDS: usize = 3;
/// How many characters of a text are shown.
const MOST_CHARACTERS: usize = 300;

/// A label, and what it labels.
pub type Fact = (&'static str, String);

/// The facts of a letter: its subject, its recipients and its times. `job` is its body, as far as it may be shown.
pub fn facts(dead_letter: &DeadLetter, job: &Value) -> Vec<Fact> {
    let subject = &dead_letter.subject;
    let mut facts = Vec::new();
    let mut note = |label, text: Option<String>| facts.extend(text.map(|text| (label, text)));
    note("table", find(job, "eventSourceARN").and_then(table));
    note("chat", subject.chat_id.map(|chat| chat.to_string()));
    note("message", subject.message_id.map(|message| message.to_string()));
    note("seq", find(job, "seq").and_then(number).map(|seq| seq.to_string()));
    note("seqs", find(job, "seqs").and_then(Value::as_array).map(|seqs| first_few(seqs, "")));
    note("sender", find(job, "senderId").and_then(text));
    note("to", recipients(job));
    note("socket", find(job, "connectionId").and_then(text));
    note("failure", find(job, "FailureType").and_then(text));
    let has_people = job.get("audience").or_else(|| job.get("target")).is_some();
    let people: Vec<Value> = subject.user_ids.iter().map(|user| Value::String(user.to_string())).collect();
    note("people", (!has_people && !people.is_empty()).then(|| first_few(&people, "")));
    note("accepted", time(job, "acceptedAt"));
    note("worthless", time(job, "expiresAt"));
    note("first tried", dead_letter.failure.first_tried_at.map(utc));
    note("last tried", dead_letter.failure.last_tried_at.map(utc));
    facts
}

/// The text, or as much of it as fits into a report.
pub fn shortened(text: &str) -> String {
    match text.char_indices().nth(MOST_CHARACTERS) {
        Some((end, _)) => format!("{}… (all with --json)", &text[..end]),
        None => text.to_owned(),
    }
}

/// All texts under these names, with the names.
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
            (Some(people), ..) => Some(first_few(people, " people")),
            (_, Some(sockets), _) => Some(first_few(sockets, " sockets")),
            (.., Some(user)) => Some(format!("everybody in the chat but {user}")),
            _ => Some("everybody in the chat".to_owned()),
        };
    }
    let whose = job.get("target")?;
    match (whose.get("members").and_then(Value::as_array), whose.get("device")) {
        (Some(people), _) => Some(first_few(people, " people")),
        (None, Some(device)) => {
            let id = |camel, snake| field(device, camel).or_else(|| field(device, snake)).unwrap_or_default();
            Some(format!("device {} of {}", id("deviceId", "device_id"), id("userId", "user_id")))
        }
        (None, None) => None,
    }
}

/// `100 people: a, b, c and 97 more`.
fn first_few(items: &[Value], of: &str) -> String {
    let plain = |item: &Value| text(item).unwrap_or_else(|| item.to_string());
    let shown: Vec<_> = items.iter().take(MOST_IDS).map(plain).collect();
    let more = items.len().saturating_sub(MOST_IDS);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{of}: {}{more}", items.len(), shown.join(", "))
}

/// The first field of this name, however deep.
fn find<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    match value {
        Value::Object(fields) => fields.get(name).or_else(|| fields.values().find_map(|value| find(value, name))),
        Value::Array(items) => items.iter().find_map(|item| find(item, name)),
        _ => None,
    }
}

/// A text, as JSON or a row of DynamoDB (`{"S": …}`) has it.
fn text(value: &Value) -> Option<String> {
    value.as_str().or_else(|| value.get("S")?.as_str()).map(shortened)
}

/// A number, likewise (`{"N": "7"}`).
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

    fn facts_of(job: &Value) -> Vec<Fact> {
        let mut dead_letter: DeadLetter = serde_json::from_value(json!({
            "id": "id", "cause": "made up", "replays": 0, "firstId": "id", "sentAt": 0, "firstTriedAt": 1_700_000_000_007_u64,
        }))
        .unwrap();
        dead_letter.subject = paloma::queue::Subject::of_value(job);
        facts(&dead_letter, job)
    }

    fn fact(facts: &[Fact], label: &str) -> Option<String> {
        facts.iter().find(|(of, _)| *of == label).map(|(_, text)| text.clone())
    }

    const CHAT: &str = "9da48cb2-05b0-4e49-8175-8882d4354b89";
    const ANA: &str = "6f1c1b9e-4f5e-4f0a-9d3c-2b7a5e8d9c10";

    #[test]
    fn a_delivery_to_a_hundred_names_three() {
        let people: Vec<_> = (0..100).map(|_| paloma::domain::UserId::random()).collect();
        let job = json!({
            "chatId": CHAT, "audience": { "only": people }, "acceptedAt": 1_700_000_000_007_u64,
            "event": { "type": "message", "message": { "messageId": ANA, "senderId": ANA, "seq": 7, "content": "x" } },
        });
        let facts = facts_of(&job);
        let [a, b, c] = [people[0], people[1], people[2]];
        assert_eq!(fact(&facts, "to"), Some(format!("100 people: {a}, {b}, {c} and 97 more")));
        assert_eq!((fact(&facts, "chat"), fact(&facts, "seq")), (Some(CHAT.to_owned()), Some("7".to_owned())));
        assert_eq!(fact(&facts, "message"), Some(ANA.to_owned()));
        assert_eq!(fact(&facts, "accepted"), Some("2023-11-14 22:13:20.007 UTC".to_owned()));
        assert_eq!(fact(&facts, "first tried"), fact(&facts, "accepted"));
        assert_eq!(fact(&facts, "people"), None, "the recipients are named already");
        assert!(facts.iter().all(|(_, text)| text.len() < 200), "{facts:?}");
    }

    #[test]
    fn each_kind_of_job_tells_whom_it_is_for() {
        for (job, label, expected) in [
            (json!({ "audience": "everyone" }), "to", "everybody in the chat".to_owned()),
            (json!({ "audience": { "everyoneBut": ANA } }), "to", format!("everybody in the chat but {ANA}")),
            (json!({ "audience": { "sockets": ["a", "b"] } }), "to", "2 sockets: a, b".to_owned()),
            (json!({ "kind": "notify", "target": { "members": [ANA] } }), "to", format!("1 people: {ANA}")),
            (
                json!({ "target": { "device": { "user_id": ANA, "device_id": "d" } } }),
                "to",
                format!("device d of {ANA}"),
            ),
            (
                json!({ "kind": "check", "chatId": CHAT, "seqs": [1, 2, 3, 4] }),
                "seqs",
                "4: 1, 2, 3 and 1 more".to_owned(),
            ),
            (json!({ "kind": "connectionCheck", "userId": ANA, "connectionId": "c" }), "people", format!("1: {ANA}")),
            (json!({ "kind": "connectionCheck", "userId": ANA, "connectionId": "c" }), "socket", "c".to_owned()),
            (json!({ "FailureType": "InvalidPlatformToken" }), "failure", "InvalidPlatformToken".to_owned()),
            (json!({ "dynamodb": { "NewImage": { "seq": { "N": "7" } } } }), "seq", "7".to_owned()),
            (
                json!({ "eventSourceARN": "arn:aws:dynamodb:r:1:table/dev-messages/stream/x" }),
                "table",
                "dev-messages".to_owned(),
            ),
        ] {
            assert_eq!(fact(&facts_of(&job), label), Some(expected), "{job}");
        }
        for strange in
            [json!(null), json!([]), json!({ "seq": "x", "audience": 7, "target": [], "acceptedAt": "soon" })]
        {
            facts_of(&strange);
        }
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let text = "é".repeat(MOST_CHARACTERS + 1);
        assert_eq!(shortened(&text), format!("{}… (all with --json)", "é".repeat(MOST_CHARACTERS)));
        assert_eq!(shortened("é"), "é");
        let job = json!({ "event": { "message": { "content": "a" } }, "row": { "name": { "S": "b" } } });
        let expected = [("content".to_owned(), "a".to_owned()), ("name".to_owned(), "b".to_owned())];
        assert_eq!(texts(&job, &["content", "name"]), expected);
    }
}
