//! People: how they arrive, log in, prove who they are, and find each other.

use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::types::AttributeValue;
use hmac::{Hmac, KeyInit, Mac};
use paloma_tests::{Answer, Person, World};
use reqwest::Method;
use serde_json::{Value, json};
use sha1::Sha1;

/// The code that the engine puts into every email.
const CODE: &str = "123456";

/// A browser in which nobody is logged in.
async fn nobody() -> Person {
    let [mut person] = World::get().await.people().await;
    person.token.clear();
    person
}

/// An address that nobody has, in lower case.
fn new_address() -> String {
    format!("new-{:016x}@example.com", fastrand::u64(..))
}

/// Registers somebody and confirms them; their email and password as `POST /auth/login` takes them, and their id.
async fn account(browser: &Person) -> (Value, String) {
    let login = json!({ "email": new_address(), "password": "Correct-horse-1" });
    let registered = browser.post("/auth/register", login.clone()).await;
    assert_eq!(registered.status, 201, "{registered:?}");
    let confirmed = browser.post("/auth/confirm", json!({ "email": login["email"], "code": CODE })).await;
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    (login, registered.text("userId"))
}

/// Logs in, in this browser.
async fn log_in(browser: &Person, login: &Value) -> (Person, Answer) {
    let session = browser.post("/auth/login", login.clone()).await;
    assert_eq!(session.status, 200, "{session:?}");
    let mut person = browser.clone();
    person.token = session.text("accessToken");
    (person, session)
}

/// The Users row of somebody, if they have one.
async fn row_of(user_id: &str) -> Option<std::collections::HashMap<String, AttributeValue>> {
    let world = World::get().await;
    let get = world.dynamodb().get_item().table_name(&world.description().tables["users"]);
    get.key("userId", AttributeValue::S(user_id.to_owned())).send().await.unwrap().item
}

#[tokio::test]
async fn a_person_registers_confirms_logs_in_and_is_known() {
    let browser = nobody().await;
    let email = new_address();
    // However it is written: an address has one spelling here.
    let spelt = email.to_uppercase();
    let new = json!({ "email": spelt, "password": "Correct-horse-1", "name": "Ana Beltrán" });
    let registered = browser.post("/auth/register", new).await;
    assert_eq!(registered.status, 201, "{registered:?}");
    let user_id = registered.text("userId");
    assert_eq!(registered.body, json!({ "userId": user_id, "email": email, "confirmed": false }));
    assert_eq!(row_of(&user_id).await, None, "an address that is not confirmed is nobody's");

    // Not before the code from the email is there.
    let login = json!({ "email": email, "password": "Correct-horse-1" });
    let early = browser.post("/auth/login", login.clone()).await;
    assert_eq!(early.problem(403), Vec::<String>::new());
    assert!(early.text("detail").contains("POST /auth/confirm"), "{early:?}");
    let wrong = browser.post("/auth/confirm", json!({ "email": email, "code": "654321" })).await;
    assert_eq!(wrong.problem(400), ["code"]);
    assert_eq!(row_of(&user_id).await, None);

    let confirmed = browser.post("/auth/confirm", json!({ "email": spelt, "code": CODE })).await;
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    assert_eq!(confirmed.body["userId"], json!(user_id));
    assert_eq!((&confirmed.body["email"], &confirmed.body["name"]), (&json!(email), &json!("Ana Beltrán")));
    assert!(row_of(&user_id).await.is_some(), "the confirmation makes the row");

    let (ana, session) = log_in(&browser, &login).await;
    assert_eq!(session.body["user"], confirmed.body, "the login finds the same person");
    assert_eq!(session.body["expiresIn"], 3_600);
    assert!(session.body["idToken"].is_string() && session.body["refreshToken"].is_string(), "{session:?}");
    let me = ana.get("/me").await;
    assert_eq!((me.status, &me.body), (200, &confirmed.body));
}

#[tokio::test]
async fn the_first_login_makes_the_row_when_there_is_none() {
    let browser = nobody().await;
    let (login, user_id) = account(&browser).await;
    // As for somebody whom an administrator made in Cognito, or whose confirmation died half way.
    let world = World::get().await;
    let delete = world.dynamodb().delete_item().table_name(&world.description().tables["users"]);
    delete.key("userId", AttributeValue::S(user_id.clone())).send().await.unwrap();
    assert_eq!(row_of(&user_id).await, None);

    let (person, session) = log_in(&browser, &login).await;
    assert_eq!(session.body["user"]["userId"], json!(user_id));
    assert_eq!(person.get("/me").await.body, session.body["user"]);
    // Later ones change nothing.
    let row = row_of(&user_id).await;
    assert!(row.is_some());
    log_in(&browser, &login).await;
    assert_eq!(row_of(&user_id).await, row);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_person_look_alike() {
    let browser = nobody().await;
    let (login, _) = account(&browser).await;
    let wrong = json!({ "email": login["email"], "password": "Correct-horse-2" });
    let unknown = json!({ "email": new_address(), "password": "Correct-horse-1" });
    let wrong = browser.post("/auth/login", wrong).await;
    let unknown = browser.post("/auth/login", unknown).await;
    assert_eq!(wrong.problem(401), Vec::<String>::new());
    assert_ne!(wrong.body["requestId"], unknown.body["requestId"]);
    assert_eq!(wrong.without_request_id(), unknown.without_request_id());
    log_in(&browser, &login).await;
}

#[tokio::test]
async fn a_wrong_code_and_an_unknown_person_look_alike_when_confirming() {
    let browser = nobody().await;
    let new = json!({ "email": new_address(), "password": "Correct-horse-1" });
    assert_eq!(browser.post("/auth/register", new.clone()).await.status, 201);
    let wrong = browser.post("/auth/confirm", json!({ "email": new["email"], "code": "654321" })).await;
    let unknown = browser.post("/auth/confirm", json!({ "email": new_address(), "code": CODE })).await;
    assert_eq!(wrong.problem(400), ["code"]);
    assert_eq!(wrong.without_request_id(), unknown.without_request_id());
}

#[tokio::test]
async fn a_weak_password_is_refused_and_nobody_is_registered_by_it() {
    let browser = nobody().await;
    let email = new_address();
    for weak in ["Short-1", "no-capitals-1", "NO-SMALL-ONES-1", "No-digits-here", ""] {
        let refused = browser.post("/auth/register", json!({ "email": email, "password": weak })).await;
        assert_eq!(refused.problem(400), ["password"], "{weak:?}");
    }
    let strong = json!({ "email": email, "password": "Correct-horse-1" });
    assert_eq!(browser.post("/auth/register", strong).await.status, 201);
}

#[tokio::test]
async fn a_person_registers_once() {
    let browser = nobody().await;
    let (login, _) = account(&browser).await;
    let mut again = login.clone();
    again["email"] = json!(login["email"].as_str().unwrap().to_uppercase());
    again["password"] = json!("Another-horse-1");
    assert_eq!(browser.post("/auth/register", again.clone()).await.problem(409), Vec::<String>::new());
    assert_eq!(browser.post("/auth/login", again).await.status, 401, "the second try changes no password");
    log_in(&browser, &login).await;

    // A confirmation whose answer was lost is tried again: it is told that all is well, and nothing about the person.
    let confirm = json!({ "email": login["email"], "code": CODE });
    assert_eq!(browser.post("/auth/confirm", confirm).await.problem(409), Vec::<String>::new());
}

#[tokio::test]
async fn a_lost_code_is_sent_again_to_who_registers_again() {
    let browser = nobody().await;
    let login = json!({ "email": new_address(), "password": "Correct-horse-1" });
    assert_eq!(browser.post("/auth/register", login.clone()).await.status, 201);
    let again = browser.post("/auth/register", login.clone()).await;
    assert_eq!(again.problem(409), Vec::<String>::new());
    assert!(again.text("detail").contains("code just sent"), "{again:?}");
    let confirmed = browser.post("/auth/confirm", json!({ "email": login["email"], "code": CODE })).await;
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
}

#[tokio::test]
async fn bad_credentials_are_named() {
    let browser = nobody().await;
    let (email, password) = (new_address(), "Correct-horse-1");
    let cases = [
        ("/auth/login", json!({ "email": email }), "password"),
        ("/auth/login", json!({ "password": password }), "email"),
        ("/auth/login", json!({ "email": "ana", "password": password }), "email"),
        ("/auth/login", json!({ "email": 7, "password": password }), "email"),
        ("/auth/login", json!({ "email": email, "password": 7 }), "password"),
        ("/auth/register", json!({ "email": "a b@example.com", "password": password }), "email"),
        ("/auth/register", json!({ "email": email }), "password"),
        ("/auth/register", json!({ "email": email, "password": password, "name": " " }), "name"),
        ("/auth/confirm", json!({ "email": email }), "code"),
        ("/auth/confirm", json!({ "code": CODE }), "email"),
        ("/auth/refresh", json!({}), "refreshToken"),
        ("/auth/challenge", json!({ "email": email, "session": "s", "code": CODE }), "challenge"),
        (
            "/auth/challenge",
            json!({ "email": email, "challenge": "SMS_MFA", "session": "s", "code": CODE }),
            "challenge",
        ),
    ];
    for (path, body, field) in cases {
        let refused = browser.post(path, body).await;
        assert_eq!(refused.problem(400), [field], "{path}");
        // What was typed as a password or a code is not said back to whoever looks over a shoulder, or into a log.
        assert!(!refused.body.to_string().contains(password), "{refused:?}");
    }
    for path in ["/auth/login", "/auth/register", "/auth/confirm", "/auth/refresh", "/auth/challenge"] {
        assert_eq!(browser.post_bytes(path, b"password=1".to_vec()).await.problem(400), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_refresh_token_gives_a_new_access_token() {
    let browser = nobody().await;
    let (login, user_id) = account(&browser).await;
    let (mut person, session) = log_in(&browser, &login).await;
    let refreshed = browser.post("/auth/refresh", json!({ "refreshToken": session.body["refreshToken"] })).await;
    assert_eq!(refreshed.status, 200, "{refreshed:?}");
    assert_ne!(refreshed.body["accessToken"], session.body["accessToken"]);
    assert_eq!(refreshed.body["expiresIn"], 3_600);
    person.token = refreshed.text("accessToken");
    assert_eq!(person.get("/me").await.text("userId"), user_id);

    for bad in [json!("not-a-token"), session.body["accessToken"].clone()] {
        let refused = browser.post("/auth/refresh", json!({ "refreshToken": bad })).await;
        assert_eq!(refused.problem(401), Vec::<String>::new(), "{bad}");
    }
}

#[tokio::test]
async fn with_mfa_on_a_password_is_not_enough() {
    let browser = nobody().await;
    let (login, user_id) = account(&browser).await;
    let (person, _) = log_in(&browser, &login).await;

    // The person's frontend enrols an authenticator app with Cognito itself, by their access token.
    let associated = cognito("AssociateSoftwareToken", json!({ "AccessToken": person.token })).await;
    let secret = associated["SecretCode"].as_str().expect("a secret").to_owned();
    let code = json!({ "AccessToken": person.token, "UserCode": one_time_code(&secret) });
    assert_eq!(cognito("VerifySoftwareToken", code).await["Status"], "SUCCESS");
    let settings = json!({ "Enabled": true, "PreferredMfa": true });
    cognito("SetUserMFAPreference", json!({ "AccessToken": person.token, "SoftwareTokenMfaSettings": settings })).await;

    let asked = browser.post("/auth/login", login.clone()).await;
    assert_eq!(asked.status, 200, "{asked:?}");
    let session = asked.text("session");
    assert_eq!(asked.body, json!({ "challenge": "SOFTWARE_TOKEN_MFA", "session": session }), "and no token");
    let mut answer = asked.body.clone();
    answer["email"] = login["email"].clone();

    for wrong in [wrong_code(&secret), "abcdef".to_owned()] {
        answer["code"] = json!(wrong);
        let refused = browser.post("/auth/challenge", answer.clone()).await;
        assert_eq!(refused.problem(401), Vec::<String>::new(), "{wrong:?}");
    }
    answer["code"] = json!(one_time_code(&secret));
    let session = browser.post("/auth/challenge", answer).await;
    assert_eq!(session.status, 200, "{session:?}");
    assert_eq!(session.body["user"]["userId"], json!(user_id));
    let mut person = browser.clone();
    person.token = session.text("accessToken");
    assert_eq!(person.get("/me").await.body, session.body["user"]);
}

/// Calls Cognito as a frontend does: unsigned, since the access token says who it is.
async fn cognito(operation: &str, body: Value) -> Value {
    let world = World::get().await;
    let request = reqwest::Client::new()
        .post(&world.description().endpoint_url)
        .header("x-amz-target", format!("AWSCognitoIdentityProviderService.{operation}"))
        .header("content-type", "application/x-amz-json-1.1")
        .body(body.to_string());
    let response = request.send().await.unwrap();
    let status = response.status();
    let answer = response.text().await.unwrap();
    assert_eq!(status, 200, "{operation}: {answer}");
    serde_json::from_str(&answer).unwrap()
}

/// What an authenticator app shows now for a secret (RFC 6238: HMAC-SHA-1, steps of 30 s, six digits).
fn one_time_code(secret: &str) -> String {
    code_at(secret, SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() / 30)
}

fn code_at(secret: &str, step: u64) -> String {
    let key = data_encoding::BASE32_NOPAD.decode(secret.trim_end_matches('=').as_bytes()).unwrap();
    let mut mac = Hmac::<Sha1>::new_from_slice(&key).unwrap();
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest[19] & 15);
    let number = u32::from_be_bytes(digest[offset..offset + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// Six digits that the app shows neither now nor around now.
fn wrong_code(secret: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() / 30;
    let near: Vec<_> = (now - 3..=now + 3).map(|step| code_at(secret, step)).collect();
    (0..).map(|number| format!("{number:06}")).find(|code| !near.contains(code)).unwrap()
}

#[test]
fn one_time_codes_are_those_of_rfc_6238() {
    // Appendix B's secret, "12345678901234567890", in base32; its codes' last six digits at 59 s and at 1111111109 s.
    let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    assert_eq!(code_at(secret, 59 / 30), "287082");
    assert_eq!(code_at(secret, 1_111_111_109 / 30), "081804");
}

/// Every call that needs a login. The message and the chat are there, and the caller has a part in them.
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
    ]
}

#[tokio::test]
async fn without_a_good_token_nothing_is_answered_and_nothing_is_done() {
    let [ana, bruno] = World::get().await.people().await;
    let chat = ana.chat_with(&bruno).await;
    let message = ana.say(&chat, "The one message").await;
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
        // Somebody else's claims over one's own signature, no signature at all, and a good one of an hour ago.
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
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), 401, "{method} {path} with {authorization:?}");
            // The gateway's own words: it refuses before any function runs, and an HTTP API has no way to change
            // them into problem+json.
            let body: Value = response.json().await.unwrap();
            assert_eq!(body, json!({ "message": "Unauthorized" }), "{method} {path} with {authorization:?}");
        }
    }

    // Nothing was done; and each of these calls is one that a good token can make, so it was the token.
    assert_eq!(bruno.get("/me").await.body, before);
    assert_eq!(bruno.get("/chats").await.body["chats"].as_array().map(Vec::len), Some(1));
    assert_eq!(bruno.history(&chat, "").await.len(), 1);
    assert_eq!(bruno.listed(&chat).await["unreadCount"], 1);
    browser.token = signed_again(&bruno.token, 0).await;
    for (method, path, body) in calls {
        let request = browser.request(method.clone(), &path);
        let response = if let Some(body) = body { request.json(&body) } else { request }.send().await.unwrap();
        assert_ne!(response.status(), 401, "{method} {path}");
    }
}

#[tokio::test]
async fn people_find_each_other_by_address_however_it_is_written() {
    let [ana, bruno] = World::get().await.people().await;
    let email = bruno.user.email.clone();
    for spelt in [email.clone(), email.to_uppercase(), email.replace("user", "UsEr")] {
        let found = ana.get(&format!("/users?email={spelt}")).await;
        assert_eq!((found.status, found.text("userId")), (200, bruno.id().to_owned()), "{spelt}");
        assert_eq!(found.text("email"), email);
    }
    let missing = ana.get(&format!("/users?email={}", new_address())).await;
    assert_eq!(missing.problem(404), Vec::<String>::new());
    for query in ["", "?email=", "?email=bruno", "?mail=bruno@example.com"] {
        assert_eq!(ana.get(&format!("/users{query}")).await.problem(400), ["email"], "{query}");
    }
}

#[tokio::test]
async fn a_person_changes_their_name_and_their_picture() {
    let [ana, bruno] = World::get().await.people().await;
    let before = ana.get("/me").await.body;
    let picture = "https://example.com/ana.png";

    let changed = ana.put("/me", json!({ "name": "Ana Beltrán", "avatar": picture })).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    assert_eq!((&changed.body["name"], &changed.body["avatar"]), (&json!("Ana Beltrán"), &json!(picture)));
    assert_eq!(changed.body["createdAt"], before["createdAt"]);
    let seen = bruno.get(&format!("/users?email={}", ana.user.email)).await;
    assert_eq!(seen.body, changed.body, "others see it");

    // What is left out stays, and so does what nobody may change.
    let renamed = ana.put("/me", json!({ "name": "Ana" })).await;
    assert_eq!((&renamed.body["name"], &renamed.body["avatar"]), (&json!("Ana"), &json!(picture)));
    let nothing = ana.put("/me", json!({ "email": "other@example.com", "userId": bruno.id() })).await;
    assert_eq!((nothing.status, &nothing.body), (200, &renamed.body));
    assert_eq!(bruno.get("/me").await.body["name"], json!(bruno.user.email.split('@').next()));

    for (body, field) in [
        (json!({ "avatar": "http://example.com/ana.png" }), "avatar"),
        (json!({ "avatar": "javascript:alert(1)" }), "avatar"),
        (json!({ "avatar": "https://example.com/a b.png" }), "avatar"),
        (json!({ "avatar": format!("https://example.com/{}", "a".repeat(2_048)) }), "avatar"),
        (json!({ "avatar": "" }), "avatar"),
        (json!({ "avatar": 7 }), "avatar"),
        (json!({ "name": "" }), "name"),
        (json!({ "name": "   " }), "name"),
        (json!({ "name": "a".repeat(101) }), "name"),
        (json!({ "name": "two\nlines" }), "name"),
        (json!({ "name": "Good", "avatar": "bad" }), "avatar"),
    ] {
        assert_eq!(ana.put("/me", body).await.problem(400), [field]);
    }
    assert_eq!(ana.get("/me").await.body, renamed.body, "a change that is refused changes nothing");
}

/// A token with the claims of another, its times moved by so many seconds, with the user pool's own signature:
/// nothing is wrong with it but its age.
async fn signed_again(token: &str, seconds: i64) -> String {
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
        .args(["-c", SCRIPT, token, &world.description().user_pool_id, &seconds.to_string()])
        // Where the engine keeps the pool's keys.
        .env("STATE_DIR", world.stack.description_path().with_file_name("temporary"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
