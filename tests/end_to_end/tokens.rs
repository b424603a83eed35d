//! Calls without a valid access token.

use std::process::Command;

use paloma_tests::{Answer, World};
use reqwest::Method;
use serde_json::{Value, json};

/// Calls that need a login, about a chat and a message of the caller.
fn calls(chat: &str, message: &str, other: &str) -> Vec<(Method, String, Option<Value>)> {
    vec![
        (Method::GET, "/me".to_owned(), None),
        (Method::PUT, "/me".to_owned(), Some(json!({ "name": "Mallory" }))),
        (Method::GET, "/users?email=ana@example.com".to_owned(), None),
        (Method::GET, "/chats".to_owned(), None),
        (Method::POST, "/chats".to_owned(), Some(json!({ "type": "group", "participants": [other] }))),
        (Method::GET, format!("/chats/{chat}"), None),
        (Method::GET, format!("/chats/{chat}/messages"), None),
        (
            Method::POST,
            format!("/chats/{chat}/messages"),
            Some(json!({ "content": "It was me", "clientMessageId": "forged" })),
        ),
        (Method::PUT, format!("/messages/{message}/status"), Some(json!({ "status": "read" }))),
        (Method::GET, format!("/messages/{message}/receipts"), None),
        (Method::POST, "/ws/tickets".to_owned(), Some(json!({}))),
        (Method::POST, "/auth/logout".to_owned(), Some(json!({}))),
    ]
}

#[tokio::test]
async fn a_call_without_a_valid_token_is_rejected_and_has_no_effect() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let message = ana.sends(&chat, "The one message").await;
    let calls = calls(&chat, message["messageId"].as_str().unwrap(), ana.id());
    let before = bruno.get("/me").await.body;

    let (header, rest) = bruno.token.split_once('.').unwrap();
    let (claims, signature) = rest.split_once('.').unwrap();
    let of_ana = ana.token.split('.').nth(1).unwrap();
    let expired = signed_again(&bruno.token, -7_200).await;
    let headers = [
        None,
        Some("Bearer ".to_owned()),
        Some("Bearer garbage".to_owned()),
        Some("Bearer a.b.c".to_owned()),
        Some("Basic YW5hOnBhc3N3b3Jk".to_owned()),
        // The claims of another user with the own signature, no signature, and an expired token.
        Some(format!("Bearer {header}.{of_ana}.{signature}")),
        Some(format!("Bearer {header}.{claims}.")),
        Some(format!("Bearer {expired}")),
    ];
    let mut browser = bruno.clone();
    browser.token.clear();
    for authorization in headers {
        for (method, path, body) in &calls {
            let mut request = browser.request(method.clone(), path);
            if let Some(authorization) = &authorization {
                request = request.header("authorization", authorization);
            }
            if let Some(body) = body {
                request = request.json(body);
            }
            let answer = Answer::to(request).await;
            assert_eq!(answer.status, 401, "{method} {path} with {authorization:?}");
            // The gateway rejects the call before any function runs. An HTTP API cannot change its body to
            // problem+json.
            assert_eq!(answer.body, json!({ "message": "Unauthorized" }), "{method} {path} with {authorization:?}");
        }
    }

    // No call had an effect. With a valid token, no call gets 401.
    assert_eq!(bruno.get("/me").await.body, before);
    assert_eq!(bruno.get("/chats").await.body["chats"].as_array().map(Vec::len), Some(1));
    assert_eq!(bruno.history(&chat, "").await.len(), 1);
    assert_eq!(bruno.listed(&chat).await["unreadCount"], 1);
    browser.token = signed_again(&bruno.token, 0).await;
    for (method, path, body) in calls {
        let request = browser.request(method.clone(), &path);
        let answer = Answer::to(if let Some(body) = body { request.json(&body) } else { request }).await;
        assert_ne!(answer.status, 401, "{method} {path}");
    }
}

#[tokio::test]
async fn an_id_token_is_rejected() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let message = ana.sends(&chat, "The one message").await;
    let login = json!({ "email": bruno.user.email, "password": bruno.user.password });
    let session = ana.post("/auth/login", login).await;
    let mut browser = bruno.clone();
    browser.token = session.text("idToken");
    let calls = calls(&chat, message["messageId"].as_str().unwrap(), ana.id());
    for (method, path, body) in &calls {
        let request = browser.request(method.clone(), path);
        let request = if let Some(body) = body { request.json(body) } else { request };
        let answer = Answer::to(request).await;
        assert_eq!(answer.status, 403, "{method} {path}: the gateway asks for a scope that id tokens do not have");
    }
    assert_eq!(bruno.history(&chat, "").await.len(), 1);
}

/// A token with the same claims, its times moved by some seconds, and a valid signature of the user pool.
pub(crate) async fn signed_again(token: &str, seconds: i64) -> String {
    signed_by(token, &World::get().await.description().user_pool_id, seconds).await
}

/// The same, signed by another user pool. The claims still name the original pool.
pub(crate) async fn signed_by(token: &str, pool: &str, seconds: i64) -> String {
    const SCRIPT: &str = "
import base64, json, sys
from ministack.services.cognito import _signed_jwt
token, pool, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3])
claims = token.split('.')[1]
claims = json.loads(base64.urlsafe_b64decode(claims + '=' * (-len(claims) % 4)))
claims |= {name: claims[name] + seconds for name in ('iat', 'auth_time', 'exp')}
print(_signed_jwt(claims, pool, 'access'))
";
    let world = World::get().await;
    let output = Command::new(world.stack.python())
        .args(["-c", SCRIPT, token, pool, &seconds.to_string()])
        // The engine keeps the keys of the pools there.
        .env("STATE_DIR", world.stack.description_path().with_file_name("temporary"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
