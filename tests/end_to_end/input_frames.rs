//! Invalid frames: each gets an error, and the socket stays open.

use paloma_tests::{Socket, World};
use serde_json::{Value, json};

use crate::input::{Conversation, assert_reason, bad_messages};

#[tokio::test]
async fn an_invalid_message_frame_gets_an_error_and_the_socket_stays_open() {
    let conversation = Conversation::start().await;
    let mut phone = conversation.ana.connects().await;
    let mut bad = bad_messages();
    let good = json!({ "content": "Hello", "clientMessageId": "the-same-id" });
    bad.push((good.clone(), "chatId", "is missing"));
    for (mut frame, field, why) in bad {
        frame["action"] = json!("sendMessage");
        if field != "chatId" {
            frame["chatId"] = json!(conversation.chat);
        }
        assert_rejected(&mut phone, frame, 400, &[field], why).await;
    }
    let nowhere = json!({ "action": "sendMessage", "chatId": "here", "content": "Hello", "clientMessageId": "a" });
    assert_rejected(&mut phone, nowhere, 400, &["chatId"], "must be a UUID").await;
    conversation.has_one_message().await;

    let mut frame = good;
    (frame["action"], frame["chatId"]) = (json!("sendMessage"), json!(conversation.chat));
    assert_eq!(phone.request_ok(frame).await["seq"], 2);
}

#[tokio::test]
async fn an_invalid_receipt_frame_is_rejected_and_moves_no_tick() {
    let conversation = Conversation::start().await;
    let [outsider] = World::get().await.people().await;
    let mut ana = conversation.ana.connects().await;
    let mut bruno = conversation.bruno.connects().await;
    let mut outsider = outsider.connects().await;
    let (chat, message, nowhere) =
        (&conversation.chat, conversation.message_id(), paloma::domain::UserId::random().to_string());
    let frame = |mut fields: Value| {
        fields["action"] = json!("updateStatus");
        fields
    };

    for (fields, field, why) in [
        (json!({ "messageId": message }), "status", "is missing"),
        (json!({ "messageId": message, "status": "seen" }), "status", "must be \"delivered\" or \"read\""),
        (json!({ "messageId": message, "status": 2 }), "status", "expected a string"),
        (json!({ "status": "read" }), "messageId", "is missing"),
        (json!({ "status": "read", "seq": 1 }), "messageId", "is missing"),
        (json!({ "status": "read", "chatId": chat }), "seq", "is missing"),
        (json!({ "status": "read", "chatId": chat, "seq": 0 }), "seq", "must be a whole number from 1"),
        (json!({ "status": "read", "chatId": chat, "seq": -1 }), "seq", "expected u64"),
        (json!({ "status": "read", "chatId": chat, "seq": "1" }), "seq", "expected u64"),
        (json!({ "status": "read", "chatId": "here", "seq": 1 }), "chatId", "must be a UUID"),
        (json!({ "status": "read", "messageId": "first" }), "messageId", "must be a UUID"),
    ] {
        assert_rejected(&mut bruno, frame(fields), 400, &[field], why).await;
    }

    let by_id = frame(json!({ "messageId": message, "status": "read" }));
    let by_seq = frame(json!({ "chatId": chat, "seq": 1, "status": "read" }));
    for good in [&by_id, &by_seq] {
        assert_rejected(&mut ana, good.clone(), 403, &[], "You sent this message").await;
        assert_rejected(&mut outsider, good.clone(), 404, &[], "or you have no access to it").await;
    }
    let unknown = [
        json!({ "messageId": nowhere, "status": "read" }),
        json!({ "chatId": chat, "seq": 2, "status": "read" }),
        json!({ "chatId": chat, "seq": u64::MAX, "status": "read" }),
        json!({ "chatId": nowhere, "seq": 1, "status": "read" }),
    ];
    for fields in unknown {
        assert_rejected(&mut bruno, frame(fields), 404, &[], "There is no such").await;
    }
    conversation.has_no_receipt().await;
}

#[tokio::test]
async fn a_frame_without_a_known_action_gets_an_error() {
    let conversation = Conversation::start().await;
    let mut phone = conversation.ana.connects().await;
    let actions = "must be one of sendMessage, updateStatus, typing, watch, unwatch, ping";
    for frame in [json!({}), json!({ "action": null }), json!({ "action": 7 }), json!({ "action": ["ping"] })] {
        assert_rejected(&mut phone, frame, 400, &["action"], actions).await;
    }
    // The names of the gateway's own routes are no actions.
    for action in ["shout", "$default", "$connect", "$disconnect"] {
        assert_rejected(&mut phone, json!({ "action": action }), 400, &["action"], &format!("but is {action:?}")).await;
    }
    assert_rejected(&mut phone, json!({ "action": "a".repeat(1_000) }), 400, &["action"], actions).await;
    assert_rejected(&mut phone, json!({ "action": "typing" }), 400, &["chatId"], "is missing").await;
    assert_rejected(&mut phone, json!({ "action": "typing", "chatId": 7 }), 400, &["chatId"], "expected a string")
        .await;

    // These texts have no id that the error could return.
    for text in ["ping", "[]", "[\"ping\"]", "null", "\"ping\"", "{\"action\": \"ping\"", "7"] {
        phone.send_text(text.to_owned()).await;
        let error = phone.receives("an error", |frame| frame["type"] == "error").await;
        assert_eq!((&error["problem"]["status"], &error["id"]), (&json!(400), &Value::Null), "{text}: {error}");
        assert_reason(&error["problem"], "must be a JSON object");
    }
    conversation.has_one_message().await;
    assert_eq!(phone.request(json!({ "action": "ping" })).await["type"], "pong", "the socket is open");
}

#[tokio::test]
async fn an_error_returns_the_id_of_a_frame_that_is_not_valid_json() {
    let conversation = Conversation::start().await;
    let mut phone = conversation.ana.connects().await;
    for (text, id) in [
        // Truncated, with trailing text, with invalid escapes or words.
        (r#"{"id":"f1","action":"sendMessage","content":"Hel"#, json!("f1")),
        (r#"{"action":"ping","id":{"n":[1]}"#, json!({ "n": [1] })),
        (r#"{"action":"ping","id":"f2"} {}"#, json!("f2")),
        (r#"{"content":"\q","id":3}"#, json!(3)),
        (r#"{"content":"\ud83d","action":"sendMessage","id":4}"#, json!(4)),
        (r#"{"content":undefined,"id":5}"#, json!(5)),
        // The id is truncated, or inside another field.
        (r#"{"action":"ping","id":"f"#, Value::Null),
        (r#"{"action":"ping","id":1"#, Value::Null),
        (r#"{"content":"\"id\":\"x\",","action":"pi"#, Value::Null),
        (r#"{"content":"say "x","id":"x"}"#, Value::Null),
        (r#"[{"id":"x"}]"#, Value::Null),
    ] {
        phone.send_text(text.to_owned()).await;
        let error = phone.receives("an error", |frame| frame["type"] == "error").await;
        assert_eq!((&error["problem"]["status"], &error["id"]), (&json!(400), &id), "{text}: {error}");
    }
    // A field of the wrong type, and an id above the limit for answers.
    phone.send(json!({ "action": "typing", "chatId": 7, "id": "f6" })).await;
    assert_eq!(phone.receives("an error", |frame| frame["type"] == "error").await["id"], "f6");
    phone.send(json!({ "action": "ping", "id": "f".repeat(1_023) })).await;
    let error = phone.receives("an error", |frame| frame["type"] == "error").await;
    assert_eq!((&error["problem"]["errors"][0]["field"], &error["id"]), (&json!("id"), &Value::Null), "{error}");
    assert_reason(&error["problem"], "must be at most 1024 bytes of JSON, but has 1025");

    // The error names the reason, and does not repeat the whole value.
    let long =
        json!({ "action": "updateStatus", "chatId": conversation.chat, "status": "read", "seq": "\"".repeat(50_000) });
    let error = phone.request(long).await;
    assert_eq!(error["problem"]["errors"][0]["field"], "seq");
    assert!(error.to_string().len() < 4_096, "{} bytes", error.to_string().len());
    conversation.has_one_message().await;
    conversation.has_no_receipt().await;
}

#[tokio::test]
async fn a_frame_over_128_kib_is_rejected() {
    let conversation = Conversation::start().await;
    let mut phone = conversation.ana.connects().await;
    // On AWS the gateway closes the socket above 128 KB (code 1009). The engine passes the frame on.
    for action in ["sendMessage", "updateStatus", "typing", "watch", "shout"] {
        let content = "a".repeat(140 * 1024);
        let frame = json!({
            "action": action, "chatId": conversation.chat, "content": content, "clientMessageId": "the-same-id",
        });
        phone.send(frame).await;
        let error = phone.receives("an error", |frame| frame["type"] == "error").await;
        assert_eq!(error["problem"]["status"], 413, "{error}");
        assert_reason(&error["problem"], "at most 131072 bytes");
    }
    conversation.has_one_message().await;
    conversation.accepts_the_next_message("the-same-id").await;
}

/// Sends a frame that must get an error with this status, these fields and this reason.
async fn assert_rejected(device: &mut Socket, frame: Value, status: u16, fields: &[&str], why: &str) {
    let error = device.request(frame).await;
    assert_eq!((&error["type"], &error["problem"]["status"]), (&json!("error"), &json!(status)), "{error}");
    let errors = error["problem"]["errors"].as_array().cloned().unwrap_or_default();
    let named: Vec<_> = errors.iter().map(|error| error["field"].as_str().unwrap()).collect();
    assert_eq!(named, fields, "{error}");
    assert!(error["problem"]["requestId"].is_string(), "{error}");
    assert_reason(&error["problem"], why);
}
