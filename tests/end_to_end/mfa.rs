//! A second factor: what it asks, and whom it keeps out.

use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use paloma::domain::Secret;
use paloma::user_pool::LogIn;
use paloma_tests::World;
use serde_json::json;
use sha1::Sha1;

use crate::people::{account, log_in, nobody};

#[tokio::test]
async fn with_mfa_on_a_password_is_not_enough() {
    let browser = nobody().await;
    let (login, user_id) = account(&browser).await;
    log_in(&browser, &login).await;

    // As the function does that enrols people: a token of the functions' own client may do that at Cognito.
    let world = World::get().await;
    let password = Secret::try_from(login["password"].as_str().unwrap().to_owned()).unwrap();
    let enrolled = world.functions_client().log_in(&user_id, &password).await.unwrap();
    let LogIn::Done(tokens) = enrolled else { panic!("a challenge before there is a second factor") };
    let token = json!(tokens.access_token);
    let associated = world.unsigned("AssociateSoftwareToken", json!({ "AccessToken": token })).await.unwrap();
    let secret = associated["SecretCode"].as_str().expect("a secret").to_owned();
    let code = json!({ "AccessToken": token, "UserCode": one_time_code(&secret) });
    assert_eq!(world.unsigned("VerifySoftwareToken", code).await.unwrap()["Status"], "SUCCESS");
    let settings = json!({ "Enabled": true, "PreferredMfa": true });
    let settings = json!({ "AccessToken": token, "SoftwareTokenMfaSettings": settings });
    world.unsigned("SetUserMFAPreference", settings).await.unwrap();

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
