//! An account belongs to the owner of its mailbox. Others cannot take it over, and no answer shows whether it exists.

use aws_sdk_cognitoidentityprovider::types::ExplicitAuthFlowsType;
use paloma::domain::Secret;
use paloma::user_pool::LogIn;
use paloma_tests::{Person, World};
use serde_json::{Value, json};

use crate::people::{CODE, RESET_CODE, account, browser_without_login, log_in, new_address, with_code};

fn secret(text: &str) -> Secret {
    Secret::try_from(text.to_owned()).unwrap()
}

#[tokio::test]
async fn a_password_set_before_the_mailbox_was_verified_is_void() {
    let browser = browser_without_login().await;
    let email = new_address();
    let of_stranger = json!({ "email": email, "password": "Stranger-horse-1", "name": "Mallory" });
    assert_eq!(browser.post("/auth/register", of_stranger.clone()).await.status, 202);
    let of_owner = json!({ "email": email, "password": "Correct-horse-1" });
    assert_eq!(browser.post("/auth/register", of_owner.clone()).await.status, 202);
    for login in [&of_stranger, &of_owner] {
        assert_eq!(browser.post("/auth/login", login.clone()).await.status, 401, "no password is valid yet");
    }

    let confirmed = browser.post("/auth/confirm", with_code(&of_owner, CODE)).await;
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    assert_eq!(confirmed.text("name"), email.split('@').next().unwrap(), "the name of the stranger is ignored");
    log_in(&browser, &of_owner).await;
    assert_eq!(browser.post("/auth/login", of_stranger).await.status, 401);
}

#[tokio::test]
async fn a_stolen_access_token_has_no_rights_at_cognito() {
    let world = World::get().await;
    let browser = browser_without_login().await;
    let (login, user_id) = account(&browser).await;
    let (person, session) = log_in(&browser, &login).await;
    let refreshed = browser.post("/auth/refresh", json!({ "refreshToken": session.body["refreshToken"] })).await;
    for token in [person.token.clone(), refreshed.text("accessToken")] {
        let address = json!([{ "Name": "email", "Value": "mallory@example.com" }]);
        for (operation, body) in [
            ("GetUser", json!({ "AccessToken": token })),
            ("UpdateUserAttributes", json!({ "AccessToken": token, "UserAttributes": address })),
            (
                "ChangePassword",
                json!({
                    "AccessToken": token,
                    "PreviousPassword": login["password"],
                    "ProposedPassword": "Stolen-horse-1",
                }),
            ),
            ("AssociateSoftwareToken", json!({ "AccessToken": token })),
            ("DeleteUser", json!({ "AccessToken": token })),
        ] {
            assert_eq!(world.unsigned(operation, body).await, Err("NotAuthorizedException".to_owned()), "{operation}");
        }
    }
    let (_, session) = log_in(&browser, &login).await;
    assert_eq!((&session.body["user"]["userId"], &session.body["user"]["email"]), (&json!(user_id), &login["email"]));
}

#[tokio::test]
async fn cognito_accepts_sign_ups_and_logins_from_paloma_alone() {
    let world = World::get().await;
    let (client, email) = (&world.description().user_pool_client_id, new_address());
    let sign_up = json!({ "ClientId": client, "Username": email, "Password": "Correct-horse-1" });
    assert_eq!(
        world.unsigned("SignUp", sign_up.clone()).await,
        Err("NotAuthorizedException".to_owned()),
        "without the secret of the client"
    );
    let browser = browser_without_login().await;
    let (login, _) = account(&browser).await;
    let parameters = json!({ "USERNAME": login["email"], "PASSWORD": login["password"] });
    let log_in = json!({ "ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters });
    assert_eq!(world.unsigned("InitiateAuth", log_in).await, Err("NotAuthorizedException".to_owned()));

    // A client without a secret, like the parameter PublicClient creates.
    let public = world
        .cognito()
        .create_user_pool_client()
        .user_pool_id(&world.description().user_pool_id)
        .client_name("public")
        .explicit_auth_flows(ExplicitAuthFlowsType::AllowUserPasswordAuth)
        .send()
        .await
        .unwrap();
    let public = public.user_pool_client().and_then(|client| client.client_id()).unwrap();
    let mut through_public = sign_up.clone();
    through_public["ClientId"] = json!(public);
    let refused = world.unsigned("SignUp", through_public).await;
    assert_eq!(refused, Err("UserLambdaValidationException".to_owned()));
    // The secret of the frontends' client does not help.
    let mut with_secret = sign_up;
    with_secret["SecretHash"] = json!(world.frontends_client().hash(&email));
    assert_eq!(world.unsigned("SignUp", with_secret).await, Err("UserLambdaValidationException".to_owned()));
    assert_eq!(
        browser.post("/auth/register", json!({ "email": email })).await.status,
        202,
        "the address is still free"
    );
}

#[tokio::test]
async fn tokens_of_the_functions_client_give_no_access() {
    let world = World::get().await;
    let browser = browser_without_login().await;
    let (login, _) = account(&browser).await;
    let password = secret(login["password"].as_str().unwrap());
    let LogIn::Done(tokens) =
        world.functions_client().log_in(login["email"].as_str().unwrap(), &password).await.unwrap()
    else {
        panic!("a challenge");
    };
    let mut person = browser.clone();
    for token in [tokens.access_token, tokens.id_token] {
        person.token = token;
        let refused = person.get("/me").await;
        assert!([401, 403].contains(&refused.status), "{refused:?}");
    }
}

#[tokio::test]
async fn no_answer_shows_whether_an_address_has_an_account() {
    let browser = browser_without_login().await;
    let (known, _) = account(&browser).await;
    let waiting = json!({ "email": new_address(), "password": "Correct-horse-1" });
    assert_eq!(browser.post("/auth/register", json!({ "email": waiting["email"] })).await.status, 202);
    let unknown = json!({ "email": new_address(), "password": "Correct-horse-1" });
    for (call, body) in [
        ("register", json!({})),
        ("forgot", json!({})),
        ("login", json!({ "password": "Wrong-horse-1" })),
        ("confirm", json!({ "code": "000000", "password": "Correct-horse-2" })),
        ("reset", json!({ "code": "000000", "password": "Correct-horse-2" })),
    ] {
        let mut answers = Vec::new();
        for login in [&unknown, &waiting, &known] {
            let mut body = body.clone();
            body["email"] = login["email"].clone();
            answers.push(browser.post(&format!("/auth/{call}"), body).await.without_request_id());
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{call}: {answers:?}");
        assert!(answers[0].status < 500, "{call}: {answers:?}");
    }
}

#[tokio::test]
async fn a_password_reset_ends_every_session() {
    let browser = browser_without_login().await;
    let (login, _) = account(&browser).await;
    let (person, session) = log_in(&browser, &login).await;
    let forgot = browser.post("/auth/forgot", json!({ "email": login["email"] })).await;
    assert_eq!((forgot.status, &forgot.body), (202, &json!({ "status": "accepted" })));
    log_in(&browser, &login).await;

    let mut reset = with_code(&login, "000000");
    reset["password"] = json!("Another-horse-1");
    assert_eq!(browser.post("/auth/reset", reset.clone()).await.problem(400), ["code"]);
    reset["code"] = json!(RESET_CODE);
    assert_eq!(browser.post("/auth/reset", reset.clone()).await.status, 200);
    assert_eq!(browser.post("/auth/reset", reset.clone()).await.problem(400), ["code"], "a code is valid once");

    assert_eq!(person.get("/me").await.problem(401), Vec::<String>::new());
    let refresh = json!({ "refreshToken": session.body["refreshToken"] });
    assert_eq!(browser.post("/auth/refresh", refresh).await.problem(401), Vec::<String>::new());
    assert_eq!(browser.post("/auth/login", login.clone()).await.status, 401, "the old password");
    let (person, _) = log_in(&browser, &json!({ "email": login["email"], "password": "Another-horse-1" })).await;
    assert_eq!(person.get("/me").await.status, 200, "a login right after the reset is valid");
}

#[tokio::test]
async fn a_logout_ends_one_session_or_all() {
    let browser = browser_without_login().await;
    let (login, _) = account(&browser).await;
    let (laptop, of_laptop) = log_in(&browser, &login).await;
    let (phone, of_phone) = log_in(&browser, &login).await;
    let refresh = |session: &Value| json!({ "refreshToken": session["refreshToken"] });

    assert_eq!(
        browser.post("/auth/logout", refresh(&of_laptop.body)).await.status,
        401,
        "the session needs an access token"
    );
    assert_eq!(laptop.post("/auth/logout", refresh(&of_laptop.body)).await.status, 204);
    assert_eq!(browser.post("/auth/refresh", refresh(&of_laptop.body)).await.problem(401), Vec::<String>::new());
    assert_eq!(browser.post("/auth/refresh", refresh(&of_phone.body)).await.status, 200, "the other session stays");
    for again in [refresh(&of_laptop.body), json!({ "refreshToken": "not a token" }), json!({})] {
        assert_eq!(laptop.post("/auth/logout", again.clone()).await.status, 204, "{again}");
    }
    assert_eq!(laptop.post("/auth/logout", json!({ "everywhere": "yes" })).await.problem(400), ["everywhere"]);

    assert_eq!(phone.post("/auth/logout", json!({ "everywhere": true })).await.status, 204);
    for person in [&laptop, &phone] {
        assert_eq!(person.get("/me").await.problem(401), Vec::<String>::new());
        assert_eq!(person.post("/auth/logout", json!({})).await.problem(401), Vec::<String>::new());
    }
    assert_eq!(browser.post("/auth/refresh", refresh(&of_phone.body)).await.problem(401), Vec::<String>::new());
    let (person, _) = log_in(&browser, &login).await;
    assert_eq!(person.get("/me").await.status, 200, "a login right after is valid");
}

#[tokio::test]
async fn wrong_passwords_of_strangers_do_not_lock_the_owner_out() {
    let browser = browser_without_login().await;
    let (login, _) = account(&browser).await;
    let (_, session) = log_in(&browser, &login).await;
    let wrong = json!({ "email": login["email"], "password": "Wrong-horse-1" });
    let mut statuses = Vec::new();
    while statuses.last() != Some(&429) {
        assert!(statuses.len() < 100, "no limit by account: {statuses:?}");
        statuses.push(browser.post("/auth/login", wrong.clone()).await.status);
    }
    let limited = browser.post("/auth/login", wrong).await;
    assert_eq!(limited.problem(429), Vec::<String>::new());

    let refresh = json!({ "refreshToken": session.body["refreshToken"] });
    assert_eq!(browser.post("/auth/refresh", refresh).await.status, 200);
    assert_eq!(browser.post("/auth/forgot", json!({ "email": login["email"] })).await.status, 202);
    let mut reset = with_code(&login, RESET_CODE);
    reset["password"] = json!("Another-horse-1");
    assert_eq!(browser.post("/auth/reset", reset).await.status, 200);
    let (other, _) = account(&browser).await;
    log_in(&browser, &other).await;
}

#[tokio::test]
async fn mails_to_an_address_have_the_same_limit_for_known_and_unknown_addresses() {
    let browser = browser_without_login().await;
    let (known, _) = account(&browser).await;
    let unknown = json!({ "email": new_address() });
    for login in [known, unknown] {
        let mut sent = 0;
        while browser.post("/auth/forgot", json!({ "email": login["email"] })).await.status == 202 {
            sent += 1;
            assert!(sent < 100, "no limit by address");
        }
        let refused = browser.post("/auth/register", json!({ "email": login["email"] })).await;
        assert_eq!(refused.problem(429), Vec::<String>::new(), "one bucket for all mails to an address");
    }
}

#[tokio::test]
async fn an_invited_user_chooses_a_password_and_a_forced_reset_names_the_remedy() {
    let world = World::get().await;
    let browser = browser_without_login().await;
    let email = new_address();
    world.invite(&email, true, "Temporary-horse-1").await;
    // A name at Cognito may be any text, and is ignored.
    world.set_attributes(&email, &[("name", "two\nlines\u{202e}")]).await;
    let asked = browser.post("/auth/login", json!({ "email": email, "password": "Temporary-horse-1" })).await;
    assert_eq!((asked.status, asked.text("challenge").as_str()), (200, "NEW_PASSWORD_REQUIRED"));
    let mut answer = json!({ "email": email, "challenge": "NEW_PASSWORD_REQUIRED", "session": asked.text("session") });
    answer["newPassword"] = json!("weak");
    assert_eq!(browser.post("/auth/challenge", answer.clone()).await.problem(400), ["newPassword"]);
    answer["newPassword"] = json!("Correct-horse-1");
    let session = browser.post("/auth/challenge", answer).await;
    assert_eq!(session.status, 200, "{session:?}");
    assert_eq!(session.body["user"]["name"], json!(email.split('@').next()));
    let login = json!({ "email": email, "password": "Correct-horse-1" });
    log_in(&browser, &login).await;

    let reset = world.cognito().admin_reset_user_password().user_pool_id(&world.description().user_pool_id);
    reset.username(&email).send().await.unwrap();
    let rejected = browser.post("/auth/login", login.clone()).await;
    assert_eq!(rejected.problem(403), Vec::<String>::new());
    assert!(rejected.text("detail").contains("POST /auth/forgot"), "{rejected:?}");
    assert_eq!(browser.post("/auth/forgot", json!({ "email": email })).await.status, 202);
    assert_eq!(browser.post("/auth/reset", with_code(&login, RESET_CODE)).await.status, 200);
    log_in(&browser, &login).await;
}

#[tokio::test]
async fn a_name_set_at_cognito_never_breaks_a_login() {
    let world = World::get().await;
    let browser = browser_without_login().await;
    let (login, _) = account(&browser).await;
    let (_, session) = log_in(&browser, &login).await;
    let long = "x".repeat(101);
    for name in ["two\nlines", "a\ttab", " ", long.as_str(), "\u{202e}"] {
        world.set_attributes(login["email"].as_str().unwrap(), &[("name", name), ("locale", name)]).await;
        let (_, again) = log_in(&browser, &login).await;
        assert_eq!(again.body["user"], session.body["user"], "{name:?}");
        let refresh = json!({ "refreshToken": session.body["refreshToken"] });
        assert_eq!(browser.post("/auth/refresh", refresh).await.status, 200, "{name:?}");
    }
}

/// Whether this login succeeds.
pub(crate) async fn can_log_in(browser: &Person, login: &Value) -> bool {
    browser.post("/auth/login", login.clone()).await.status == 200
}
