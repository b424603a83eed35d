//! Another address: nothing changes before its mailbox is proved, and a crash anywhere is mended by trying again.

use account::Account;
use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use paloma_tests::{Answer, Calls, Person, World};
use serde_json::{Value, json};

use crate::durable::at_every_call;
use crate::people::new_address;
use crate::sessions::log_in;

/// The code that the engine mails to an address that signs up.
const CODE: &str = "123456";

/// The code that the engine mails for a forgotten password.
const RESET_CODE: &str = "654321";

async fn ask(user: &Person, email: &str) -> Answer {
    user.put("/me/email", json!({ "email": email, "password": user.user.password })).await
}

async fn confirm(user: &Person, code: &str) -> Answer {
    user.post("/me/email/confirm", json!({ "code": code })).await
}

async fn found(by: &Person, email: &str) -> Option<String> {
    let answer = by.get(&format!("/users?email={email}")).await;
    (answer.status == 200).then(|| answer.text("userId"))
}

fn with_address(user: &Person, email: &str) -> Person {
    let mut user = user.clone();
    email.clone_into(&mut user.user.email);
    user
}

#[tokio::test]
async fn an_address_changes_once_its_mailbox_is_proved() {
    let [user, other] = World::get().await.people().await;
    let (old, new) = (user.user.email.clone(), new_address());
    let wrong = user.put("/me/email", json!({ "email": new, "password": "Wrong-horse-1" })).await;
    assert_eq!(wrong.problem(403), Vec::<String>::new());
    assert_eq!(confirm(&user, CODE).await.problem(400), ["code"], "nothing was asked for");
    assert_eq!(ask(&user, &old).await.problem(400), ["email"]);
    let asked = ask(&user, &new.to_uppercase()).await;
    assert_eq!((asked.status, &asked.body["email"]), (202, &json!(new)), "{asked:?}");
    assert_eq!(confirm(&user, "000000").await.problem(400), ["code"]);
    assert_eq!((found(&other, &old).await, found(&other, &new).await), (Some(user.id().to_owned()), None));
    log_in(&user, &user.user.password).await.unwrap();

    let confirmed = confirm(&user, CODE).await;
    assert_eq!((confirmed.status, &confirmed.body["email"]), (200, &json!(new)), "{confirmed:?}");
    assert_eq!(user.get("/me").await.body, confirmed.body, "the session goes on");
    assert_eq!((found(&other, &old).await, found(&other, &new).await), (None, Some(user.id().to_owned())));
    log_in(&with_address(&user, &new), &user.user.password).await.unwrap();
    assert_eq!(log_in(&user, &user.user.password).await.unwrap_err().status, 401, "the old address opens nothing");
    assert_eq!(confirm(&user, CODE).await.problem(400), ["code"], "once");
    // And back, since the old address belongs to no user now.
    assert_eq!(ask(&user, &old).await.status, 202);
    assert_eq!(confirm(&user, CODE).await.body["email"], json!(old));
}

#[tokio::test]
async fn an_address_in_use_is_answered_alike_and_changes_nothing() {
    let [user, owner] = World::get().await.people().await;
    let (free, taken) = (ask(&user, &new_address()).await, ask(&user, &owner.user.email).await);
    assert_eq!((free.status, taken.status), (202, 202), "{taken:?}");
    for code in [CODE, RESET_CODE, "000000"] {
        assert_eq!(confirm(&user, code).await.problem(400), ["code"]);
    }
    log_in(&owner, &owner.user.password).await.unwrap();
    assert_eq!(found(&user, &owner.user.email).await, Some(owner.id().to_owned()));
    assert_eq!(user.get("/me").await.body["email"], json!(user.user.email));
}

/// The function died right after it had spent the code: the stand-in is confirmed, and nothing else was done.
#[tokio::test]
async fn a_code_that_was_spent_in_vain_is_followed_by_another() {
    let world = World::get().await;
    let [user] = world.people().await;
    let new = new_address();
    assert_eq!(ask(&user, &new).await.status, 202);
    let client = paloma::user_pool::PoolClient::of_functions(&world.environment(&Calls::default())).unwrap();
    let (email, code) = (new.clone().try_into().unwrap(), CODE.to_owned().try_into().unwrap());
    client.confirm_sign_up(&email, &code).await.unwrap();
    assert_eq!(confirm(&user, CODE).await.problem(400), ["code"]);
    assert_eq!(ask(&user, &new).await.status, 202);
    assert_eq!(confirm(&user, RESET_CODE).await.body["email"], json!(new));
    log_in(&with_address(&user, &new), &user.user.password).await.unwrap();
}

/// The owner of the mailbox registers while a stranger tries to move there.
#[tokio::test]
async fn a_stand_in_does_not_keep_the_owner_of_the_mailbox_out() {
    let [stranger] = World::get().await.people().await;
    let address = new_address();
    assert_eq!(ask(&stranger, &address).await.status, 202);
    let mut browser = stranger.clone();
    browser.token.clear();
    assert_eq!(browser.post("/auth/register", json!({ "email": address })).await.status, 202);
    let confirm_account = json!({ "email": address, "code": CODE, "password": "Correct-horse-1", "name": "Owner" });
    let confirmed = browser.post("/auth/confirm", confirm_account).await;
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    for code in [CODE, RESET_CODE] {
        assert_eq!(confirm(&stranger, code).await.problem(400), ["code"]);
    }
    let (owner, _) = log_in(&with_address(&stranger, &address), "Correct-horse-1").await.unwrap();
    assert_eq!(owner.get("/me").await.body["name"], json!("Owner"));
}

/// A request as the gateway gives it to the function.
fn request(user: &Person, route: &str, body: &Value) -> paloma::edge::Request {
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
async fn durable_a_change_of_address_that_dies_anywhere_is_finished_by_trying_again() {
    let world = World::get().await;
    let live = || Account::new(&world.environment(&Calls::default())).unwrap();
    at_every_call(async |calls| {
        let [user] = world.people().await;
        let new = new_address();
        let wish = json!({ "email": new, "password": user.user.password });
        live().answer(request(&user, "PUT /me/email", &wish)).await.unwrap();
        let confirmation = request(&user, "POST /me/email/confirm", &json!({ "code": CODE }));
        let first = Account::new(&world.environment(&calls)).unwrap().answer(confirmation.clone()).await;
        assert_eq!(first.is_err(), calls.crashed());
        if first.is_err() && live().answer(confirmation).await.is_err() {
            // The code was spent, or the change was done: a new wish tells.
            let asked = live().answer(request(&user, "PUT /me/email", &wish)).await;
            if asked.is_ok() {
                let another = request(&user, "POST /me/email/confirm", &json!({ "code": RESET_CODE }));
                live().answer(another).await.unwrap();
            }
        }
        assert_eq!(user.get("/me").await.body["email"], json!(new));
        log_in(&with_address(&user, &new), &user.user.password).await.unwrap();
        assert_eq!(found(&user, &user.user.email).await, None);
    })
    .await;
}

#[tokio::test]
async fn durable_a_wish_for_another_address_that_dies_anywhere_may_be_made_again() {
    let world = World::get().await;
    at_every_call(async |calls| {
        let [user] = world.people().await;
        let new = new_address();
        let wish = request(&user, "PUT /me/email", &json!({ "email": new, "password": user.user.password }));
        let first = Account::new(&world.environment(&calls)).unwrap().answer(wish.clone()).await;
        assert_eq!(first.is_err(), calls.crashed());
        Account::new(&world.environment(&Calls::default())).unwrap().answer(wish).await.unwrap();
        assert_eq!(confirm(&user, CODE).await.body["email"], json!(new));
    })
    .await;
}
