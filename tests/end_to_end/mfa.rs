//! A second factor: what it asks, and whom it keeps out.

use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use paloma_tests::World;
use serde_json::{Value, json};
use sha1::Sha1;

use crate::people::{account, log_in, nobody};

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
