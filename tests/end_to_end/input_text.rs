//! Invisible and misleading characters in names, avatars and addresses; and rows that have them from earlier versions.

use aws_sdk_dynamodb::types::AttributeValue;
use paloma_tests::{Person, World};
use serde_json::{Value, json};

use crate::input::assert_reason;

/// Invalid names, and the reason.
fn bad_names() -> Vec<(String, &'static str)> {
    let blank = ["\u{200b}", "\u{3164}", "\u{2800}", "\u{115f}", "\u{feff}\u{2060}", "\u{301}", "\u{e0061}"];
    let lines = ["two\u{2028}lines", "two\u{2029}lines", "two\u{85}lines", "two\u{b}lines", "\u{1b}[31mAna"];
    let turned = ["\u{202e}gpj.ana", "\u{202d}Ana\u{202c}", "\u{2066}Ana", "\u{202a}Ana", "Ana\u{2069}", "Ana\u{202c}"];
    let shape =
        blank.into_iter().chain(lines).map(|name| (name.to_owned(), "in one line, at least one of them visible"));
    let direction = turned.map(|name| (name.to_owned(), "must close every bidi control"));
    let never = ["Ana\u{ffff}", "Ana\u{fdd0}"].map(|name| (name.to_owned(), "must not contain noncharacters"));
    shape.chain(direction).chain(never).collect()
}

#[tokio::test]
async fn a_name_is_one_visible_line_without_open_bidi_controls() {
    let [ana] = World::get().await.people().await;
    let before = ana.get("/me").await.body;
    for (name, why) in bad_names() {
        let rejected = ana.put("/me", json!({ "name": name })).await;
        assert_eq!(rejected.problem(400), ["name"], "{name:?}");
        assert_reason(&rejected.body, why);
    }
    assert_eq!(ana.get("/me").await.body, before);
    for good in [
        "علی\u{200c}رضا",
        "\u{2068}אנה\u{2069}",
        "👨\u{200d}👩\u{200d}👧\u{200d}👦",
        "Zoë 🏴\u{e0067}\u{e0062}\u{e007f}",
    ] {
        let changed = ana.put("/me", json!({ "name": good })).await;
        assert_eq!((changed.status, &changed.body["name"]), (200, &json!(good)));
    }
}

#[tokio::test]
async fn an_avatar_is_a_plain_https_url_and_null_removes_it() {
    let [ana, bruno] = World::get().await.people().await;
    let picture = "https://example.com/ana.png";
    let set = ana.put("/me", json!({ "avatar": "HTTPS://EXAMPLE.com:443/ana.png" })).await;
    assert_eq!((set.status, &set.body["avatar"]), (200, &json!(picture)), "normalised by the URL standard");
    for bad in [
        "https://ana:secret@example.com/",
        "https://@example.com/",
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://[::1]/",
        "https://localhost/",
        "https://intranet/",
        "https://printer.local/",
        "https://example.com:8443/",
        "https://example.com\\@evil.com/",
        "https:example.com/",
        "https:///example.com/",
        "https://exam\tple.com/",
        "https://example.com/\u{2028}",
        "http://example.com/",
        "data:image/png;base64,AA==",
    ] {
        let rejected = ana.put("/me", json!({ "avatar": bad })).await;
        assert_eq!(rejected.problem(400), ["avatar"], "{bad:?}");
        assert_reason(&rejected.body, "must be an https URL");
    }
    assert_eq!(ana.get("/me").await.body["avatar"], picture);

    let kept = ana.put("/me", json!({ "name": "Ana" })).await;
    assert_eq!(kept.body["avatar"], picture, "an omitted field stays");
    let removed = ana.put("/me", json!({ "name": "Ana B.", "avatar": null })).await;
    assert_eq!((removed.status, &removed.body["name"], &removed.body["avatar"]), (200, &json!("Ana B."), &Value::Null));
    let again = ana.put("/me", json!({ "avatar": null })).await;
    assert_eq!((again.status, &again.body), (200, &removed.body));
    assert_eq!(bruno.get(&format!("/users?email={}", ana.user.email)).await.body["avatar"], Value::Null);
}

#[tokio::test]
async fn an_address_with_invisible_characters_is_rejected() {
    let [ana] = World::get().await.people().await;
    let (local, domain) = ana.user.email.split_once('@').unwrap();
    for odd in ["%E2%80%8B", "%E2%80%AE", "%E2%80%A8", "%C2%AD", "%EF%BB%BF", "%E3%85%A4"] {
        for query in [format!("{local}{odd}@{domain}"), format!("{local}@{odd}{domain}")] {
            assert_eq!(ana.get(&format!("/users?email={query}")).await.problem(400), ["email"], "{query}");
        }
    }
}

/// The list of chats and pushes show the same preview.
#[tokio::test]
async fn a_preview_ends_between_two_emojis() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let family = "👨\u{200d}👩\u{200d}👧\u{200d}👦";
    ana.sends(&chat, &format!("ab{}", family.repeat(20))).await;
    let preview = paloma_tests::until("the summary", async || {
        bruno.listed(&chat).await["lastMessage"]["content"].as_str().map(str::to_owned)
    })
    .await;
    assert_eq!(preview, format!("ab{}…", family.repeat(5)));
}

async fn set(table: &str, key: (&str, &str), attribute: &str, value: AttributeValue) {
    let world = World::get().await;
    let update = world.dynamodb().update_item().table_name(&world.description().tables[table]);
    let update = update.key(key.0, AttributeValue::S(key.1.to_owned())).update_expression("SET #attribute = :value");
    update
        .expression_attribute_names("#attribute", attribute)
        .expression_attribute_values(":value", value)
        .send()
        .await
        .unwrap();
}

async fn set_text(table: &str, key: (&str, &str), attribute: &str, text: &str) {
    set(table, key, attribute, AttributeValue::S(text.to_owned())).await;
}

/// Rows may be older than today's rules, or come from another system.
#[tokio::test]
async fn rows_that_break_the_rules_can_still_be_read() {
    let [ana, bruno] = World::get().await.people().await;
    let group = ana.group_with(&[bruno.id()]).await;
    let sent = ana.sends(&group, "Hello").await;
    let id = sent["messageId"].as_str().unwrap();
    set_text("users", ("userId", ana.id()), "name", "\u{202e}Ana\u{2028}B\u{ffff}").await;
    set_text("users", ("userId", ana.id()), "avatar", "https://ana@localhost/a b").await;
    set_text("users", ("userId", bruno.id()), "name", "\u{200b}").await;
    set_text("chats", ("chatId", &group), "name", "\u{3164}").await;
    set_text("messages", ("messageId", id), "content", "\u{200b}").await;

    let me = ana.get("/me").await;
    assert_eq!((me.status, &me.body["name"], &me.body["avatar"]), (200, &json!("Ana B"), &Value::Null));
    assert_eq!(bruno.get("/me").await.text("name"), "Somebody");
    assert_eq!(Person::log_in(World::get().await, bruno.user.clone()).await.id(), bruno.id());
    assert_eq!(bruno.listed(&group).await["name"], Value::Null);
    assert_eq!(bruno.get(&format!("/chats/{group}")).await.status, 200);
    let history = bruno.history(&group, "").await;
    assert_eq!(history[0]["content"], "\u{200b}", "stored content does not change");
    assert_eq!(bruno.acknowledges(&sent, "read").await.status, 200);
    assert_eq!(ana.get(&format!("/messages/{id}/receipts")).await.status, 200);
    // The pipeline still works for this chat.
    let mut phone = bruno.connects().await;
    ana.sends(&group, "Next").await;
    assert_eq!(phone.receives_message(&group, 2).await["content"], "Next");
    let renamed = ana.put("/me", json!({ "name": "Ana" })).await;
    assert_eq!((renamed.status, &renamed.body["name"]), (200, &json!("Ana")));
}
