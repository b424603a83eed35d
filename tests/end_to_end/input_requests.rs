//! Invalid requests about chats, pages and receipts.

use paloma_tests::World;
use serde_json::{Value, json};

use crate::input::{Conversation, assert_problem};

#[tokio::test]
async fn a_chat_with_invalid_fields_is_not_created() {
    let [ana, bruno, carla] = World::get().await.people().await;
    let (a, b, c) = (ana.id(), bruno.id(), carla.id());
    let unknown = paloma::domain::UserId::random().to_string();
    let group = |participants: Value| json!({ "type": "group", "participants": participants });
    let direct = |participants: Value| json!({ "type": "direct", "participants": participants });
    let named = |name: Value| json!({ "type": "group", "participants": [b], "name": name });
    let cases = [
        (group(json!([])), "participants", "at least one user besides yourself"),
        (direct(json!([])), "participants", "at least one user besides yourself"),
        (group(json!([a])), "participants", "at least one user besides yourself"),
        (direct(json!([a])), "participants", "at least one user besides yourself"),
        (group(json!([b, c, b])), "participants", "each user once"),
        (direct(json!([b, b])), "participants", "each user once"),
        (direct(json!([b, c])), "participants", "exactly one other user"),
        (group(json!([b, unknown])), "participants[1]", "an unknown user"),
        (direct(json!([unknown])), "participants[0]", "an unknown user"),
        (group(json!([b, "carla"])), "participants[1]", "must be a UUID"),
        (group(json!([b, 7])), "participants[1]", "expected a string"),
        (group(json!(b)), "participants", "expected a sequence"),
        (json!({ "type": "group" }), "participants", "is missing"),
        (json!({ "participants": [b] }), "type", "is missing"),
        (json!({ "type": "channel", "participants": [b] }), "type", "must be \"direct\" or \"group\""),
        (json!({ "type": 7, "participants": [b] }), "type", "expected a string"),
        (named(json!("")), "name", "1 to 100 characters"),
        (named(json!("  ")), "name", "1 to 100 characters"),
        (named(json!("a".repeat(101))), "name", "1 to 100 characters"),
        (named(json!("two\nlines")), "name", "in one line"),
        (named(json!("\u{200b}")), "name", "at least one of them visible"),
        (named(json!("two\u{2028}lines")), "name", "in one line"),
        (named(json!("\u{202e}sU")), "name", "must not override the direction"),
        (named(json!("\u{2067}Us")), "name", "must close every bidi control"),
        (named(json!("Us\u{ffff}")), "name", "must not contain noncharacters"),
        (named(json!(7)), "name", "expected a string"),
        (json!({ "type": "direct", "participants": [b], "name": "Us" }), "name", "only a group has a name"),
    ];
    for (body, field, why) in cases {
        assert_problem(&ana.post("/chats", body).await, 400, &[field], why);
    }
    assert_problem(&ana.post_bytes("/chats", b"chat".to_vec()).await, 400, &[], "must be a JSON object");
    for person in [&ana, &bruno, &carla] {
        assert_eq!(person.get("/chats").await.body["chats"], json!([]), "no chat was created");
    }
}

#[tokio::test]
async fn a_group_has_at_most_1024_participants() {
    let world = World::get().await;
    let [ana] = world.people().await;
    let others: Vec<_> = world.silent_people(1_024).await.iter().map(ToString::to_string).collect();
    let make = async |participants: &[String]| {
        ana.post("/chats", json!({ "type": "group", "participants": participants, "name": "Town" })).await
    };

    assert_problem(
        &make(&others).await,
        400,
        &["participants"],
        "at most 1,024 users including yourself, but there are 1025",
    );
    assert_eq!(ana.get("/chats").await.body["chats"], json!([]));

    let made = make(&others[1..]).await;
    assert_eq!(made.status, 201, "{:?}", made.body["detail"]);
    let chat = ana.get(&format!("/chats/{}", made.text("chatId"))).await;
    assert_eq!(chat.body["participants"].as_array().map(Vec::len), Some(1_024));
}

#[tokio::test]
async fn a_page_with_invalid_bounds_is_rejected() {
    let conversation = Conversation::start().await;
    let (ana, messages) = (&conversation.ana, format!("/chats/{}/messages", conversation.chat));
    for path in [&messages, "/chats"] {
        for limit in ["0", "-1", "101", "abc", "", "1.5", "1e1"] {
            let answer = ana.get(&format!("{path}?limit={limit}")).await;
            assert_problem(&answer, 400, &["limit"], "must be a whole number from 1 to 100");
        }
        for limit in ["1", "100"] {
            assert_eq!(ana.get(&format!("{path}?limit={limit}")).await.status, 200);
        }
    }
    for bound in ["before", "after"] {
        for seq in ["abc", "-1", "1.5", ""] {
            let answer = ana.get(&format!("{messages}?{bound}={seq}")).await;
            assert_problem(&answer, 400, &[bound], "must be a seq, a whole number from 0");
        }
    }
    let both = ana.get(&format!("{messages}?before=5&after=1")).await;
    assert_problem(&both, 400, &["before", "after"], "must be given alone");
    for cursor in ["abc", "e30", "", "%00"] {
        assert_problem(&ana.get(&format!("/chats?cursor={cursor}")).await, 400, &["cursor"], "is no cursor");
    }
    // A seq without a message is valid: the page is empty.
    for query in ["?after=1", "?after=18446744073709551615", "?before=0", "?before=1"] {
        assert_eq!(ana.history(&conversation.chat, query).await, Vec::<Value>::new(), "{query}");
    }
}

#[tokio::test]
async fn an_invalid_receipt_is_rejected_and_moves_no_tick() {
    let conversation = Conversation::start().await;
    let [outsider] = World::get().await.people().await;
    let (ana, bruno, nowhere) = (&conversation.ana, &conversation.bruno, paloma::domain::UserId::random());
    let path = format!("/messages/{}/status", conversation.message_id());

    for (body, why) in [
        (json!({ "status": "seen" }), "must be \"delivered\" or \"read\""),
        (json!({ "status": "sent" }), "must be \"delivered\" or \"read\""),
        (json!({ "status": "Read" }), "must be \"delivered\" or \"read\""),
        (json!({ "status": 2 }), "expected a string"),
        (json!({ "status": null }), "expected a string"),
        (json!({}), "is missing"),
    ] {
        assert_problem(&bruno.put(&path, body).await, 400, &["status"], why);
    }
    assert_problem(&bruno.put(&path, json!("read")).await, 400, &[], "must be a JSON object");
    assert_problem(&bruno.put(&path, json!(["read"])).await, 400, &[], "must be a JSON object");

    let read = json!({ "status": "read" });
    assert_problem(&ana.put(&path, read.clone()).await, 403, &[], "You sent this message");
    assert_problem(&outsider.put(&path, read.clone()).await, 404, &[], "no such message");
    assert_problem(&bruno.put(&format!("/messages/{nowhere}/status"), read.clone()).await, 404, &[], "no such message");
    assert_problem(&bruno.put("/messages/first/status", read).await, 404, &[], "no such message");
    conversation.has_no_receipt().await;
}
