//! The address of a profile follows the login at Cognito, and belongs to one user.

use paloma::domain::Email;
use paloma_tests::World;
use serde_json::json;

use crate::people::{CODE, account, browser_without_login, log_in, new_address, with_code};

#[tokio::test]
async fn an_unverified_address_belongs_to_no_user() {
    let world = World::get().await;
    let browser = browser_without_login().await;
    let email = new_address();
    world.invite(&email, false, "Temporary-horse-1").await;
    let asked = browser.post("/auth/login", json!({ "email": email, "password": "Temporary-horse-1" })).await;
    let answer = json!({
        "email": email,
        "challenge": asked.text("challenge"),
        "session": asked.text("session"),
        "newPassword": "Correct-horse-1",
    });
    assert_eq!(browser.post("/auth/challenge", answer).await.problem(403), Vec::<String>::new());
    let [ana] = world.people().await;
    assert_eq!(ana.get(&format!("/users?email={email}")).await.status, 404);
}

#[tokio::test]
async fn a_login_updates_the_profile_to_the_address_verified_at_cognito() {
    let world = World::get().await;
    let browser = browser_without_login().await;
    let [ana] = world.people().await;
    let (login, user_id) = account(&browser).await;
    let (_, session) = log_in(&browser, &login).await;
    let (old, new) = (login["email"].as_str().unwrap(), new_address());
    world.set_attributes(old, &[("email", &new), ("email_verified", "true")]).await;
    let (person, _) = log_in(&browser, &json!({ "email": new, "password": login["password"] })).await;
    assert_eq!(person.get("/me").await.text("email"), new);
    assert_eq!(ana.get(&format!("/users?email={new}")).await.text("userId"), user_id);
    assert_eq!(ana.get(&format!("/users?email={old}")).await.status, 404);

    // The address of another user stays with that user, and the login succeeds.
    world.set_attributes(&user_id, &[("email", &ana.user.email), ("email_verified", "true")]).await;
    let refresh = json!({ "refreshToken": session.body["refreshToken"] });
    assert_eq!(browser.post("/auth/refresh", refresh).await.status, 200);
    assert_eq!(person.get("/me").await.text("email"), new);
    assert_eq!(person.get(&format!("/users?email={}", ana.user.email)).await.text("userId"), ana.id());
}

#[tokio::test]
async fn a_profile_without_a_login_loses_its_address_to_a_new_user() {
    let world = World::get().await;
    let browser = browser_without_login().await;
    let [ana] = world.people().await;
    let (login, old) = account(&browser).await;
    world.delete_login(login["email"].as_str().unwrap()).await;

    assert_eq!(browser.post("/auth/register", json!({ "email": login["email"] })).await.status, 202);
    let confirmed = browser.post("/auth/confirm", with_code(&login, CODE)).await;
    assert_eq!(confirmed.status, 200, "{confirmed:?}");
    let new = confirmed.text("userId");
    assert_ne!(new, old);
    let email = login["email"].as_str().unwrap();
    assert_eq!(ana.get(&format!("/users?email={email}")).await.text("userId"), new);
    let row = world.row("users", "userId", &old).await.unwrap();
    assert!(!row.contains_key("email") && row.contains_key("name"), "{row:?}");
    let (person, _) = log_in(&browser, &login).await;
    assert_eq!(person.get("/me").await.user(), confirmed.body);
    let shown = world.paloma(&["user", "show", &old]).await;
    assert_eq!(shown.code, 0, "{shown:?}");
}

#[tokio::test]
async fn an_address_in_two_profiles_belongs_to_its_verified_owner_or_to_none() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    // Deployments from before the claims of addresses may have such rows.
    let users = &world.description().tables["users"];
    let attribute = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.to_owned());
    let update = world.dynamodb().update_item().table_name(users).key("userId", attribute(bruno.id()));
    let update = update.update_expression("SET email = :email");
    update.expression_attribute_values(":email", attribute(&ana.user.email)).send().await.unwrap();

    let email = Email::try_from(ana.user.email.clone()).unwrap();
    let path = format!("/users?email={}", email.as_str());
    assert_eq!(ana.get(&path).await.body["userId"], ana.id(), "Ana has verified it");
    // An operator who wants to erase must not get one of two users.
    let shown = world.paloma(&["user", "show", email.as_str()]).await;
    assert_ne!(shown.code, 0, "{shown:?}");
    assert!(shown.stderr.contains("more than one user"), "{shown:?}");

    // Without a claim the address has no owner.
    let claim = attribute(&format!("email#{}", email.as_str()));
    let accounts = &world.description().tables["accounts"];
    world.dynamodb().delete_item().table_name(accounts).key("userId", claim).send().await.unwrap();
    assert_eq!(ana.get(&path).await.problem(404), Vec::<String>::new());
}

#[tokio::test]
async fn a_refresh_creates_a_missing_profile() {
    let world = World::get().await;
    let browser = browser_without_login().await;
    let (login, user_id) = account(&browser).await;
    let (mut person, session) = log_in(&browser, &login).await;
    for table in ["users", "accounts"] {
        let delete = world.dynamodb().delete_item().table_name(&world.description().tables[table]);
        let key = aws_sdk_dynamodb::types::AttributeValue::S(user_id.clone());
        delete.key("userId", key).send().await.unwrap();
    }
    assert_eq!(person.get("/me").await.problem(401), Vec::<String>::new(), "a token without a profile gives no access");
    let refresh = json!({ "refreshToken": session.body["refreshToken"] });
    let refreshed = browser.post("/auth/refresh", refresh).await;
    assert_eq!(refreshed.status, 200, "{refreshed:?}");
    person.token = refreshed.text("accessToken");
    assert_eq!(person.get("/me").await.text("userId"), user_id);
}
