//! Invalid input over REST: the problem names the field and the reason, and nothing is stored.

use paloma_tests::{Answer, Person, World};
use reqwest::Method;
use serde_json::{Value, json};

/// A direct chat of Ana and Bruno with one message from Ana.
pub struct Conversation {
    pub ana: Person,
    pub bruno: Person,
    pub chat: String,
    message: Value,
}

impl Conversation {
    pub async fn start() -> Self {
        let [ana, bruno] = World::get().await.people().await;
        let chat = ana.chat_with(&bruno).await;
        let message = ana.sends(&chat, "The one message").await;
        Self { ana, bruno, chat, message }
    }

    pub fn message_id(&self) -> &str {
        self.message["messageId"].as_str().unwrap()
    }

    /// Checks that no other message was stored.
    pub async fn has_one_message(&self) {
        let page = self.bruno.get(&format!("/chats/{}/messages", self.chat)).await;
        let ids: Vec<_> =
            page.body["messages"].as_array().unwrap().iter().map(|message| &message["messageId"]).collect();
        assert_eq!(ids, [&self.message["messageId"]], "{page:?}");
        assert_eq!(page.body["lastSeq"], 1, "{page:?}");
        assert_eq!(self.bruno.listed(&self.chat).await["lastSeq"], 1);
    }

    /// Checks that no receipt was stored.
    pub async fn has_no_receipt(&self) {
        let receipts = self.ana.get(&format!("/messages/{}/receipts", self.message_id())).await;
        let nothing = json!([{ "userId": self.bruno.id(), "status": "sent" }]);
        assert_eq!((&receipts.body["status"], &receipts.body["receipts"]), (&json!("sent"), &nothing));
        assert_eq!(self.bruno.listed(&self.chat).await["unreadCount"], 1);
    }

    /// Checks that a valid message is accepted with the next seq, and delivered.
    pub async fn accepts_the_next_message(&self, client_message_id: &str) {
        let mut phone = self.bruno.connects().await;
        let good = json!({ "content": "A good one", "clientMessageId": client_message_id });
        let accepted = self.ana.post(&format!("/chats/{}/messages", self.chat), good).await;
        assert_eq!((accepted.status, &accepted.body["seq"]), (202, &json!(2)), "{accepted:?}");
        assert_eq!(phone.receives_message(&self.chat, 2).await["content"], "A good one");
    }
}

/// Checks that a problem has this status, and names these fields and the reason.
pub fn assert_problem(answer: &Answer, status: u16, fields: &[&str], why: &str) {
    assert_eq!(answer.problem(status), fields, "{answer:?}");
    assert_reason(&answer.body, why);
}

/// Checks that the detail of a problem contains this reason.
pub fn assert_reason(problem: &Value, why: &str) {
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains(why), "{why:?} is missing in {problem}");
}

/// Invalid messages for REST and sockets: the body, the field at fault, and the reason.
pub fn bad_messages() -> Vec<(Value, &'static str, &'static str)> {
    let id = "the-same-id";
    let content = |content: Value| json!({ "content": content, "clientMessageId": id });
    let client = |client: Value| json!({ "content": "Hello", "clientMessageId": client });
    vec![
        (content(json!("")), "content", "is empty or has only spaces"),
        (content(json!("   ")), "content", "is empty or has only spaces"),
        (content(json!("\n\t\u{2003}")), "content", "is empty or has only spaces"),
        (content(json!("\u{200b}")), "content", "other invisible characters"),
        (content(json!("\u{3164}\u{2800}\u{115f} \u{feff}")), "content", "other invisible characters"),
        (content(json!("\u{1}".repeat(16_384))), "content", "other invisible characters"),
        (content(json!("a".repeat(16_385))), "content", "at most 16,384 bytes of UTF-8, but has 16385"),
        (content(json!("é".repeat(8_193))), "content", "at most 16,384 bytes of UTF-8, but has 16386"),
        (content(json!("before\0after")), "content", "NUL"),
        (content(json!(7)), "content", "expected a string"),
        (content(json!(null)), "content", "expected a string"),
        (content(json!(["Hello"])), "content", "expected a string"),
        (content(json!({ "text": "Hello" })), "content", "expected a string"),
        (json!({ "clientMessageId": id }), "content", "is missing"),
        (json!({ "content": "Hello" }), "clientMessageId", "is missing"),
        (client(json!("")), "clientMessageId", "1 to 128 visible ASCII characters"),
        (client(json!("two words")), "clientMessageId", "1 to 128 visible ASCII characters"),
        (client(json!("a".repeat(129))), "clientMessageId", "1 to 128 visible ASCII characters"),
        (client(json!(7)), "clientMessageId", "expected a string"),
    ]
}

#[tokio::test]
async fn an_invalid_message_is_rejected_by_field_and_reason_and_is_not_stored() {
    let conversation = Conversation::start().await;
    let path = format!("/chats/{}/messages", conversation.chat);
    for (body, field, why) in bad_messages() {
        assert_problem(&conversation.ana.post(&path, body).await, 400, &[field], why);
    }
    conversation.has_one_message().await;
    conversation.accepts_the_next_message("the-same-id").await;
}

#[tokio::test]
async fn content_of_16384_bytes_is_accepted_and_unknown_fields_are_ignored() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let (mut ana_phone, mut bruno_phone) = (ana.connects().await, bruno.connects().await);
    // One byte per character, two bytes per character, and control characters that JSON escapes to six bytes.
    let longest = ["a".repeat(16_384), "é".repeat(8_192), format!("a{}", "\u{1}".repeat(16_383))];
    let mut seq = 0;
    for content in longest {
        assert_eq!(content.len(), 16_384);
        seq += 1;
        ana.sends(&chat, &content).await;
        assert_eq!(bruno_phone.receives_message(&chat, seq).await["content"], content, "over REST");
        seq += 1;
        let id = format!("socket-{seq}");
        let frame = json!({ "action": "sendMessage", "chatId": chat, "content": content, "clientMessageId": id });
        assert_eq!(ana_phone.request_ok(frame).await["seq"], seq);
        assert_eq!(bruno_phone.receives_message(&chat, seq).await["content"], content, "over a socket");
        assert_eq!(bruno.history(&chat, &format!("?after={}", seq - 1)).await[0]["content"], content);
    }

    let body =
        json!({ "content": "Hello", "clientMessageId": "odd", "colour": "red", "seq": 99, "senderId": bruno.id() });
    let accepted = ana.post(&format!("/chats/{chat}/messages"), body).await;
    assert_eq!((accepted.status, &accepted.body["seq"]), (202, &json!(seq + 1)), "{accepted:?}");
    let stored = bruno_phone.receives_message(&chat, seq + 1).await;
    assert_eq!((&stored["senderId"], &stored["colour"]), (&json!(ana.id()), &Value::Null));
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_rejected_as_such() {
    let conversation = Conversation::start().await;
    let path = format!("/chats/{}/messages", conversation.chat);
    let cases: [(&[u8], &str); 10] = [
        (b"", "must be a JSON object"),
        (b"Hello", "must be a JSON object"),
        (b"null", "must be a JSON object"),
        (b"\"Hello\"", "must be a JSON object"),
        (b"7", "must be a JSON object"),
        // An array is rejected, even with the values of all fields in order.
        (b"[\"Hello\", \"the-same-id\"]", "must be a JSON object"),
        (b"{\"content\": \"Hello\", \"clientMessageId\": \"the-same-id\"", "must be a JSON object"),
        (b"{\"content\": \"Hello\", \"clientMessageId\": \"the-same-id\"} {}", "must be one JSON object"),
        (
            b"{\"content\": \"Hello\", \"content\": \"Hi\", \"clientMessageId\": \"the-same-id\"}",
            "duplicate field `content`",
        ),
        // Half a surrogate pair is no character.
        (b"{\"content\": \"\\ud83d\", \"clientMessageId\": \"the-same-id\"}", "must be a JSON object"),
    ];
    for (body, why) in cases {
        assert_problem(&conversation.ana.post_bytes(&path, body.to_vec()).await, 400, &[], why);
    }
    conversation.has_one_message().await;
    conversation.accepts_the_next_message("the-same-id").await;
}

#[tokio::test]
async fn a_body_that_is_not_utf_8_is_rejected_whether_it_arrives_as_text_or_as_bytes() {
    let conversation = Conversation::start().await;
    let path = format!("/chats/{}/messages", conversation.chat);
    let body = |content: &[u8]| [b"{\"clientMessageId\": \"the-same-id\", \"content\": \"", content, b"\"}"].concat();
    for content in [&b"\xff"[..], b"caf\xe9", b"\xc3", b"cut \xf0\x9f", b"surrogate \xed\xa0", b"overlong \xc0\xaf"] {
        // API Gateway passes JSON bodies on as text, all others as bytes.
        for kind in ["application/json", "application/octet-stream"] {
            let request =
                conversation.ana.request(Method::POST, &path).header("content-type", kind).body(body(content));
            let answer = Answer::to(request).await;
            assert_eq!(answer.status, 400, "{content:?} as {kind}");
            assert_eq!(answer.kind, "application/problem+json");
            assert_reason(&answer.body, "must be UTF-8");
        }
    }
    conversation.has_one_message().await;

    // The replacement character U+FFFD itself is valid content.
    let accepted = conversation.ana.post_bytes(&path, body("\u{fffd}".as_bytes())).await;
    assert_eq!((accepted.status, &accepted.body["seq"]), (202, &json!(2)), "{accepted:?}");
}

#[tokio::test]
async fn a_body_of_a_megabyte_is_rejected() {
    let conversation = Conversation::start().await;
    let path = format!("/chats/{}/messages", conversation.chat);
    let body = json!({ "content": "a".repeat(1024 * 1024), "clientMessageId": "the-same-id" });
    assert_problem(&conversation.ana.post(&path, body).await, 413, &[], "at most 131072 bytes");
    let padded = json!({ "content": "Hello", "clientMessageId": "the-same-id", "padding": " ".repeat(1024 * 1024) });
    assert_problem(&conversation.ana.post(&path, padded).await, 413, &[], "at most 131072 bytes");
    conversation.has_one_message().await;
    conversation.accepts_the_next_message("the-same-id").await;
}
