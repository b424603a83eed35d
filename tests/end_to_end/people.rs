//! People: how they arrive, log in, prove who they are, and find each other.

use aws_sdk_dynamodb::types::AttributeValue;
use paloma_tests::{Answer, Person, World};
use serde_json::{Value, json};

/// The code that the engine puts into every email.
const CODE: &str = "123456";

/// A browser in which nobody is logged in.
pub(crate) async fn nobody() -> Person {
    let [mut person] = World::get().await.people().await;
    person.token.clear();
    person
}

/// An address that nobody has, in lower case.
pub(crate) fn new_address() -> String {
    format!("new-{:016x}@example.com", fastrand::u64(..))
}

/// Registers somebody and confirms them; their email and password as `POST /auth/login` takes them, and their id.
pub(crate) async fn account(browser: &Person) -> (Value, String) {
    let login = json!({ "email": new_address(), "password": "Correct-horse-1" });
    let registered = browser.post("/auth/register", login.clone()).await;
    assert_eq!(registered.status, 201, "{registered:?}");
    let confirmed = browser.post("/auth/confirm", json!({ "email": login["email"], "code": CODE })).await;
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    (login, registered.text("userId"))
}

/// Logs in, in this browser.
pub(crate) async fn log_in(browser: &Person, login: &Value) -> (Person, Answer) {
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
