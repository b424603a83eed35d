//! After a crash between any two calls, the owner of the mailbox alone can finish the sign-up or the reset.

use authenticate::Authenticate;
use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use paloma::edge::{Problem, Request, Response};
use paloma_tests::{Calls, World};
use serde_json::{Value, json};

use crate::durable::at_every_call;
use crate::identity::can_log_in;
use crate::people::{CODE, RESET_CODE, account, browser_without_login, log_in, new_address, with_code};

/// Calls authenticate in this process; `calls` may crash it.
async fn call(calls: &Calls, route: &str, body: &Value) -> Result<Response, Problem> {
    let event = json!({
        "version": "2.0",
        "routeKey": route,
        "headers": {},
        "requestContext": { "requestId": "crash", "http": { "method": "POST" } },
        "body": body.to_string(),
        "isBase64Encoded": false,
    });
    let event: ApiGatewayV2httpRequest = serde_json::from_value(event).unwrap();
    let environment = World::get().await.environment(calls);
    Authenticate::new(&environment).unwrap().answer(Request::from(event)).await
}

#[tokio::test]
async fn after_a_crash_while_registering_only_the_mailbox_owner_can_finish() {
    let browser = browser_without_login().await;
    at_every_call(async |calls| {
        let login = json!({ "email": new_address(), "password": "Correct-horse-1", "name": "Mallory" });
        let first = call(&calls, "POST /auth/register", &login).await;
        assert_eq!(first.is_err(), calls.crashed(), "a crash is an error");
        assert!(!can_log_in(&browser, &login).await, "the password of the registration is ignored");
        assert_eq!(browser.post("/auth/register", json!({ "email": login["email"] })).await.status, 202);
        let mut confirm = with_code(&login, CODE);
        confirm["name"] = json!("Ana");
        let confirmed = browser.post("/auth/confirm", confirm).await;
        assert_eq!((confirmed.status, confirmed.text("name").as_str()), (200, "Ana"), "{confirmed:?}");
        assert!(can_log_in(&browser, &login).await);
    })
    .await;
}

#[tokio::test]
async fn after_a_crash_while_confirming_only_the_mailbox_owner_can_finish() {
    let browser = browser_without_login().await;
    at_every_call(async |calls| {
        let login = json!({ "email": new_address(), "password": "Correct-horse-1" });
        let mut of_stranger = login.clone();
        of_stranger["password"] = json!("Stranger-horse-1");
        assert_eq!(browser.post("/auth/register", of_stranger.clone()).await.status, 202);
        let first = call(&calls, "POST /auth/confirm", &with_code(&login, CODE)).await;
        assert_eq!(first.is_err(), calls.crashed());
        assert!(!can_log_in(&browser, &of_stranger).await);

        // The owner retries with the same code. If it is used up, another registration mails a new one.
        let mut confirmed = browser.post("/auth/confirm", with_code(&login, CODE)).await;
        if confirmed.status != 200 {
            assert_eq!(confirmed.problem(400), ["code"]);
            assert_eq!(browser.post("/auth/register", json!({ "email": login["email"] })).await.status, 202);
            confirmed = browser.post("/auth/confirm", with_code(&login, RESET_CODE)).await;
        }
        assert_eq!(confirmed.status, 200, "{confirmed:?}");
        let (person, _) = log_in(&browser, &login).await;
        assert_eq!(person.get("/me").await.user(), confirmed.body);
        assert!(!can_log_in(&browser, &of_stranger).await);
    })
    .await;
}

#[tokio::test]
async fn after_a_crash_while_resetting_the_mailbox_owner_can_finish() {
    let browser = browser_without_login().await;
    at_every_call(async |calls| {
        let (login, _) = account(&browser).await;
        let (old, _) = log_in(&browser, &login).await;
        assert_eq!(browser.post("/auth/forgot", json!({ "email": login["email"] })).await.status, 202);
        let mut reset = with_code(&login, RESET_CODE);
        reset["password"] = json!("Another-horse-1");
        let first = call(&calls, "POST /auth/reset", &reset).await;
        assert_eq!(first.is_err(), calls.crashed());

        let mut again = browser.post("/auth/reset", reset.clone()).await;
        if again.status != 200 {
            assert_eq!(browser.post("/auth/forgot", json!({ "email": login["email"] })).await.status, 202);
            again = browser.post("/auth/reset", reset.clone()).await;
        }
        assert_eq!(again.status, 200, "{again:?}");
        assert_eq!(old.get("/me").await.status, 401, "the old sessions have ended");
        assert!(!can_log_in(&browser, &login).await, "the old password");
        assert!(can_log_in(&browser, &json!({ "email": login["email"], "password": "Another-horse-1" })).await);
    })
    .await;
}
