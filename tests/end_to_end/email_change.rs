//! A change of the email address takes effect once its mailbox is verified. A retry finishes a change that crashed.

use account::Account;
use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use paloma_tests::{Answer, Calls, Person, World};
use serde_json::{Value, json};

use crate::durable::at_every_call;
use crate::people::new_address;
use crate::sessions::log_in;

/// The engine mails this code for every sign-up.
const CODE: &str = "123456";

/// The engine mails this code for every forgotten password.
const RESET_CODE: &str = "654321";

async fn request_change(user: &Person, email: &str) -> Answer {
    user.put("/me/email", json!({ "email": email, "password": user.user.password })).await
}

async fn confirm_change(user: &Person, code: &str) -> Answer {
    user.post("/me/email/confirm", json!({ "code": code })).await
}

async fn find_user(by: &Person, email: &str) -> Option<String> {
    let answer = by.get(&format!("/users?email={email}")).await;
    (answer.status == 200).then(|| answer.text("userId"))
}

fn with_address(user: &Person, email: &str) -> Person {
    let mut user = user.clone();
    email.clone_into(&mut user.user.email);
    user
}

#[tokio::test]
async fn an_address_changes_once_its_mailbox_is_verified() {
    let [user, other] = World::get().await.people().await;
    let (old, new) = (user.user.email.clone(), new_address());
    let wrong = user.put("/me/email", json!({ "email": new, "password": "Wrong-horse-1" })).await;
    assert_eq!(wrong.problem(403), Vec::<String>::new());
    assert_eq!(confirm_change(&user, CODE).await.problem(400), ["code"], "there is no change to confirm");
    assert_eq!(request_change(&user, &old).await.problem(400), ["email"]);
    let asked = request_change(&user, &new.to_uppercase()).await;
    assert_eq!((asked.status, &asked.body["email"]), (202, &json!(new)), "{asked:?}");
    assert_eq!(confirm_change(&user, "000000").await.problem(400), ["code"]);
    assert_eq!((find_user(&other, &old).await, find_user(&other, &new).await), (Some(user.id().to_owned()), None));
    log_in(&user, &user.user.password).await.unwrap();

    let confirmed = confirm_change(&user, CODE).await;
    assert_eq!((confirmed.status, &confirmed.body["email"]), (200, &json!(new)), "{confirmed:?}");
    assert_eq!(user.get("/me").await.user(), confirmed.body, "the session stays valid");
    assert_eq!((find_user(&other, &old).await, find_user(&other, &new).await), (None, Some(user.id().to_owned())));
    log_in(&with_address(&user, &new), &user.user.password).await.unwrap();
    assert_eq!(log_in(&user, &user.user.password).await.unwrap_err().status, 401, "the old address cannot log in");
    assert_eq!(confirm_change(&user, CODE).await.problem(400), ["code"], "a change is confirmed once");
    // The old address belongs to no user now, so the user can change back.
    assert_eq!(request_change(&user, &old).await.status, 202);
    assert_eq!(confirm_change(&user, CODE).await.body["email"], json!(old));
}

#[tokio::test]
async fn an_address_in_use_gets_the_same_answer_and_does_not_change() {
    let [user, owner] = World::get().await.people().await;
    let (free, taken) = (request_change(&user, &new_address()).await, request_change(&user, &owner.user.email).await);
    assert_eq!((free.status, taken.status), (202, 202), "{taken:?}");
    for code in [CODE, RESET_CODE, "000000"] {
        assert_eq!(confirm_change(&user, code).await.problem(400), ["code"]);
    }
    log_in(&owner, &owner.user.password).await.unwrap();
    assert_eq!(find_user(&user, &owner.user.email).await, Some(owner.id().to_owned()));
    assert_eq!(user.get("/me").await.body["email"], json!(user.user.email));
}

/// The function crashed after Cognito had accepted the code: the login of the new address is confirmed, and nothing
/// else.
#[tokio::test]
async fn a_code_that_a_crash_used_up_is_replaced_by_a_new_request() {
    let world = World::get().await;
    let [user] = world.people().await;
    let new = new_address();
    assert_eq!(request_change(&user, &new).await.status, 202);
    let client = paloma::user_pool::PoolClient::of_functions(&world.environment(&Calls::default())).unwrap();
    let (email, code) = (new.clone().try_into().unwrap(), CODE.to_owned().try_into().unwrap());
    client.confirm_sign_up(&email, &code).await.unwrap();
    assert_eq!(confirm_change(&user, CODE).await.problem(400), ["code"]);
    assert_eq!(request_change(&user, &new).await.status, 202);
    assert_eq!(confirm_change(&user, RESET_CODE).await.body["email"], json!(new));
    log_in(&with_address(&user, &new), &user.user.password).await.unwrap();
}

/// The owner of the mailbox registers while a stranger has asked to change to the same address.
#[tokio::test]
async fn a_pending_change_does_not_keep_the_owner_of_the_mailbox_out() {
    let [stranger] = World::get().await.people().await;
    let address = new_address();
    assert_eq!(request_change(&stranger, &address).await.status, 202);
    let mut browser = stranger.clone();
    browser.token.clear();
    assert_eq!(browser.post("/auth/register", json!({ "email": address })).await.status, 202);
    let confirm_account = json!({ "email": address, "code": CODE, "password": "Correct-horse-1", "name": "Owner" });
    let confirmed = browser.post("/auth/confirm", confirm_account).await;
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    for code in [CODE, RESET_CODE] {
        assert_eq!(confirm_change(&stranger, code).await.problem(400), ["code"]);
    }
    let (owner, _) = log_in(&with_address(&stranger, &address), "Correct-horse-1").await.unwrap();
    assert_eq!(owner.get("/me").await.body["name"], json!("Owner"));
}

/// A request as API Gateway sends it to the function.
fn gateway_request(user: &Person, route: &str, body: &Value) -> paloma::edge::Request {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let claims = json!({ "sub": user.id(), "auth_time": now.to_string() });
    let event = json!({
        "version": "2.0", "routeKey": route, "rawPath": "/me/email", "headers": {}, "isBase64Encoded": false,
        "requestContext": {
            "requestId": "1", "routeKey": route, "http": { "method": "POST", "path": "/me/email" },
            "authorizer": { "jwt": { "claims": claims } },
        },
        "body": body.to_string(),
    });
    serde_json::from_value::<ApiGatewayV2httpRequest>(event).unwrap().into()
}

#[tokio::test]
async fn durable_a_change_of_address_that_crashes_anywhere_is_finished_by_a_retry() {
    let world = World::get().await;
    let live = || Account::new(&world.environment(&Calls::default())).unwrap();
    at_every_call(async |calls| {
        let [user] = world.people().await;
        let new = new_address();
        let change = json!({ "email": new, "password": user.user.password });
        live().answer(gateway_request(&user, "PUT /me/email", &change)).await.unwrap();
        let confirmation = gateway_request(&user, "POST /me/email/confirm", &json!({ "code": CODE }));
        let first = Account::new(&world.environment(&calls)).unwrap().answer(confirmation.clone()).await;
        assert_eq!(first.is_err(), calls.crashed());
        if first.is_err() && live().answer(confirmation).await.is_err() {
            // The code is used up, or the change is done. A new request shows which.
            let asked = live().answer(gateway_request(&user, "PUT /me/email", &change)).await;
            if asked.is_ok() {
                let another = gateway_request(&user, "POST /me/email/confirm", &json!({ "code": RESET_CODE }));
                live().answer(another).await.unwrap();
            }
        }
        assert_eq!(user.get("/me").await.body["email"], json!(new));
        log_in(&with_address(&user, &new), &user.user.password).await.unwrap();
        assert_eq!(find_user(&user, &user.user.email).await, None);
    })
    .await;
}

#[tokio::test]
async fn durable_a_request_for_another_address_that_crashes_anywhere_can_be_repeated() {
    let world = World::get().await;
    at_every_call(async |calls| {
        let [user] = world.people().await;
        let new = new_address();
        let change = gateway_request(&user, "PUT /me/email", &json!({ "email": new, "password": user.user.password }));
        let first = Account::new(&world.environment(&calls)).unwrap().answer(change.clone()).await;
        assert_eq!(first.is_err(), calls.crashed());
        Account::new(&world.environment(&Calls::default())).unwrap().answer(change).await.unwrap();
        assert_eq!(confirm_change(&user, CODE).await.body["email"], json!(new));
    })
    .await;
}
