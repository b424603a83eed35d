//! Users: registration, login, profile, and search by address.

use aws_sdk_dynamodb::types::AttributeValue;
use paloma_tests::{Answer, Person, World};
use serde_json::{Value, json};

/// The engine mails this code for every sign-up.
pub(crate) const CODE: &str = "123456";

/// The engine mails this code for every forgotten password.
pub(crate) const RESET_CODE: &str = "654321";

/// A browser without a login.
pub(crate) async fn browser_without_login() -> Person {
    let [mut person] = World::get().await.people().await;
    person.token.clear();
    person
}

/// A new address in lower case.
pub(crate) fn new_address() -> String {
    format!("new-{:016x}@example.com", fastrand::u64(..))
}

/// Registers an address and confirms it. Returns the body for `POST /auth/login` and the user id.
pub(crate) async fn account(browser: &Person) -> (Value, String) {
    let login = json!({ "email": new_address(), "password": "Correct-horse-1" });
    let registered = browser.post("/auth/register", json!({ "email": login["email"] })).await;
    assert_eq!(registered.status, 202, "{registered:?}");
    let confirmed = browser.post("/auth/confirm", with_code(&login, CODE)).await;
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    (login, confirmed.text("userId"))
}

/// The body for `POST /auth/confirm` and `POST /auth/reset`.
pub(crate) fn with_code(login: &Value, code: &str) -> Value {
    let mut body = login.clone();
    body["code"] = json!(code);
    body
}

/// Logs in with this browser.
pub(crate) async fn log_in(browser: &Person, login: &Value) -> (Person, Answer) {
    let session = browser.post("/auth/login", login.clone()).await;
    assert_eq!(session.status, 200, "{session:?}");
    let mut person = browser.clone();
    person.token = session.text("accessToken");
    (person, session)
}

/// The row of a user in the Users table.
pub(crate) async fn row_of(user_id: &str) -> Option<std::collections::HashMap<String, AttributeValue>> {
    let world = World::get().await;
    let get = world.dynamodb().get_item().table_name(&world.description().tables["users"]);
    get.key("userId", AttributeValue::S(user_id.to_owned())).send().await.unwrap().item
}

#[tokio::test]
async fn a_user_registers_confirms_and_logs_in() {
    let browser = browser_without_login().await;
    let email = new_address();
    // The case of an address is ignored.
    let spelt = email.to_uppercase();
    let registered = browser.post("/auth/register", json!({ "email": spelt })).await;
    assert_eq!((registered.status, &registered.body), (202, &json!({ "status": "accepted" })));

    let confirm = json!({ "email": spelt, "code": CODE, "password": "Correct-horse-1", "name": "Ana Beltrán" });
    let mut wrong = confirm.clone();
    wrong["code"] = json!("000000");
    assert_eq!(browser.post("/auth/confirm", wrong).await.problem(400), ["code"]);
    let found = World::get().await.people::<1>().await[0].get(&format!("/users?email={email}")).await;
    assert_eq!(found.status, 404, "an address that is not confirmed belongs to no user");

    let confirmed = browser.post("/auth/confirm", confirm).await;
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    assert_eq!((&confirmed.body["email"], &confirmed.body["name"]), (&json!(email), &json!("Ana Beltrán")));
    assert!(row_of(&confirmed.text("userId")).await.is_some(), "the confirmation creates the row");

    let login = json!({ "email": email, "password": "Correct-horse-1" });
    let (ana, session) = log_in(&browser, &login).await;
    assert_eq!(session.body["user"], confirmed.body, "the login returns the same user");
    assert_eq!(session.body["expiresIn"], 900);
    assert!(session.body["idToken"].is_string() && session.body["refreshToken"].is_string(), "{session:?}");
    let me = ana.get("/me").await;
    assert_eq!((me.status, me.user()), (200, confirmed.body));
}

#[tokio::test]
async fn the_first_login_creates_a_missing_row() {
    let browser = browser_without_login().await;
    let (login, user_id) = account(&browser).await;
    // The row is missing for a user that an administrator created in Cognito, or after a crash of the confirmation.
    let world = World::get().await;
    let delete = world.dynamodb().delete_item().table_name(&world.description().tables["users"]);
    delete.key("userId", AttributeValue::S(user_id.clone())).send().await.unwrap();
    assert_eq!(row_of(&user_id).await, None);

    let (person, session) = log_in(&browser, &login).await;
    assert_eq!(session.body["user"]["userId"], json!(user_id));
    assert_eq!(person.get("/me").await.user(), session.body["user"]);
    // Later logins change nothing.
    let row = row_of(&user_id).await;
    assert!(row.is_some());
    log_in(&browser, &login).await;
    assert_eq!(row_of(&user_id).await, row);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_user_get_the_same_answer() {
    let browser = browser_without_login().await;
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
async fn a_weak_password_is_rejected_before_the_code_is_used_up() {
    let browser = browser_without_login().await;
    let login = json!({ "email": new_address(), "password": "Correct-horse-1" });
    assert_eq!(browser.post("/auth/register", json!({ "email": login["email"] })).await.status, 202);
    for weak in ["Short-1", "no-capitals-1", "NO-SMALL-ONES-1", "No-digits-here", " Correct-horse-1", ""] {
        let mut confirm = with_code(&login, CODE);
        confirm["password"] = json!(weak);
        for path in ["/auth/confirm", "/auth/reset"] {
            assert_eq!(browser.post(path, confirm.clone()).await.problem(400), ["password"], "{path} {weak:?}");
        }
    }
    assert_eq!(browser.post("/auth/confirm", with_code(&login, CODE)).await.status, 200);
}

#[tokio::test]
async fn a_lost_code_is_sent_again_to_an_address_that_registers_again() {
    let browser = browser_without_login().await;
    let login = json!({ "email": new_address(), "password": "Correct-horse-1" });
    for _ in 0..2 {
        assert_eq!(browser.post("/auth/register", json!({ "email": login["email"] })).await.status, 202);
    }
    let confirmed = browser.post("/auth/confirm", with_code(&login, CODE)).await;
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    // After a lost answer the retry fails, because the code is used up. The user can log in, or ask for a new code.
    assert_eq!(browser.post("/auth/confirm", with_code(&login, CODE)).await.problem(400), ["code"]);
    log_in(&browser, &login).await;
}

#[tokio::test]
async fn registering_an_address_in_use_mails_a_code_for_a_new_password() {
    let browser = browser_without_login().await;
    let (login, user_id) = account(&browser).await;
    let (person, _) = log_in(&browser, &login).await;
    person.put("/me", json!({ "name": "Ana" })).await;

    let again = json!({ "email": login["email"].as_str().unwrap().to_uppercase() });
    assert_eq!(browser.post("/auth/register", again).await.status, 202);
    log_in(&browser, &login).await;
    let mut forgotten = with_code(&login, CODE);
    forgotten["password"] = json!("Another-horse-1");
    forgotten["name"] = json!("Mallory");
    assert_eq!(browser.post("/auth/confirm", forgotten.clone()).await.problem(400), ["code"]);
    forgotten["code"] = json!(RESET_CODE);
    let confirmed = browser.post("/auth/confirm", forgotten.clone()).await;
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    assert_eq!((confirmed.text("userId"), confirmed.text("name")), (user_id, "Ana".to_owned()), "the name stays");

    assert_eq!(browser.post("/auth/login", login.clone()).await.status, 401, "the old password");
    log_in(&browser, &json!({ "email": login["email"], "password": "Another-horse-1" })).await;
    assert_eq!(person.get("/me").await.problem(401), Vec::<String>::new(), "the old sessions have ended");
}

#[tokio::test]
async fn invalid_credentials_are_rejected_by_field() {
    let browser = browser_without_login().await;
    let (email, password) = (new_address(), "Correct-horse-1");
    let cases = [
        ("/auth/login", json!({ "email": email }), "password"),
        ("/auth/login", json!({ "password": password }), "email"),
        ("/auth/login", json!({ "email": "ana", "password": password }), "email"),
        ("/auth/login", json!({ "email": 7, "password": password }), "email"),
        ("/auth/login", json!({ "email": email, "password": 7 }), "password"),
        ("/auth/register", json!({ "email": "a b@example.com", "password": password }), "email"),
        ("/auth/register", json!({}), "email"),
        ("/auth/confirm", json!({ "email": email, "password": password }), "code"),
        ("/auth/confirm", json!({ "code": CODE, "password": password }), "email"),
        ("/auth/confirm", json!({ "email": email, "code": CODE }), "password"),
        ("/auth/confirm", json!({ "email": email, "code": CODE, "password": password, "name": " " }), "name"),
        ("/auth/forgot", json!({ "email": "ana" }), "email"),
        ("/auth/reset", json!({ "email": email, "password": password }), "code"),
        ("/auth/reset", json!({ "email": email, "code": CODE }), "password"),
        ("/auth/refresh", json!({}), "refreshToken"),
        ("/auth/challenge", json!({ "email": email, "session": "s", "code": CODE }), "challenge"),
        ("/auth/challenge", json!({ "email": email, "challenge": "SOFTWARE_TOKEN_MFA", "session": "s" }), "code"),
        (
            "/auth/challenge",
            json!({ "email": email, "challenge": "NEW_PASSWORD_REQUIRED", "session": "s" }),
            "newPassword",
        ),
        (
            "/auth/challenge",
            json!({ "email": email, "challenge": "SMS_MFA", "session": "s", "code": CODE }),
            "challenge",
        ),
    ];
    for (path, body, field) in cases {
        let refused = browser.post(path, body).await;
        assert_eq!(refused.problem(400), [field], "{path}");
        // Problems never repeat a password or a code, because they are shown and logged.
        assert!(!refused.body.to_string().contains(password), "{refused:?}");
    }
    for call in ["login", "register", "confirm", "refresh", "challenge", "forgot", "reset"] {
        let path = &format!("/auth/{call}");
        assert_eq!(browser.post_bytes(path, b"password=1".to_vec()).await.problem(400), Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_refresh_token_gives_a_new_access_token() {
    let browser = browser_without_login().await;
    let (login, user_id) = account(&browser).await;
    let (mut person, session) = log_in(&browser, &login).await;
    let refreshed = browser.post("/auth/refresh", json!({ "refreshToken": session.body["refreshToken"] })).await;
    assert_eq!(refreshed.status, 200, "{refreshed:?}");
    assert_ne!(refreshed.body["accessToken"], session.body["accessToken"]);
    assert_eq!(refreshed.body["expiresIn"], 900);
    person.token = refreshed.text("accessToken");
    assert_eq!(person.get("/me").await.text("userId"), user_id);

    for bad in [json!("not-a-token"), session.body["accessToken"].clone()] {
        let refused = browser.post("/auth/refresh", json!({ "refreshToken": bad })).await;
        assert_eq!(refused.problem(401), Vec::<String>::new(), "{bad}");
    }
}

#[tokio::test]
async fn a_search_by_address_ignores_its_case() {
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
async fn a_user_changes_the_name_and_the_avatar() {
    let [ana, bruno] = World::get().await.people().await;
    let before = ana.get("/me").await.body;
    let picture = "https://example.com/ana.png";

    let changed = ana.put("/me", json!({ "name": "Ana Beltrán", "avatar": picture })).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    assert_eq!((&changed.body["name"], &changed.body["avatar"]), (&json!("Ana Beltrán"), &json!(picture)));
    assert_eq!(changed.body["createdAt"], before["createdAt"]);
    let seen = bruno.get(&format!("/users?email={}", ana.user.email)).await;
    assert_eq!(seen.body, changed.user(), "other users see the change");

    // Omitted fields stay, and unknown or read-only fields are ignored.
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
    assert_eq!(ana.get("/me").await.body, renamed.body, "a rejected change changes nothing");
}
