//! The second factor: enrolment, login with a code, removal, and recovery codes for a lost phone.

use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use paloma::domain::RecoveryCode;
use paloma::second_factor::SecondFactor;
use paloma::user_pool::UserPool;
use paloma_tests::{Calls, Person, World};
use serde_json::{Value, json};
use sha1::Sha1;

use crate::durable::at_every_call;

/// A user with a second factor: the secret of the authenticator app, and the recovery codes.
struct Enrolled {
    user: Person,
    secret: String,
    recovery_codes: Vec<String>,
}

impl Enrolled {
    async fn new() -> Self {
        let [user] = World::get().await.people().await;
        let secret = associated(&user).await;
        let proof = json!({ "password": user.user.password, "code": one_time_code(&secret) });
        let confirmed = user.put("/me/totp", proof).await;
        assert_eq!(confirmed.status, 200, "{confirmed:?}");
        let codes = confirmed.body["recoveryCodes"].as_array().unwrap();
        let recovery_codes = codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect();
        Self { user, secret, recovery_codes }
    }

    /// Logs in with the password and these additional fields.
    async fn log_in(&self, more: Value) -> paloma_tests::Answer {
        let mut browser = self.user.clone();
        browser.token.clear();
        let mut login = json!({ "email": self.user.user.email, "password": self.user.user.password });
        login.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        browser.post("/auth/login", login).await
    }

    async fn is_asked_for_a_code(&self) -> bool {
        let answer = self.log_in(json!({})).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body["challenge"] == "SOFTWARE_TOKEN_MFA" && answer.body["accessToken"].is_null()
    }
}

async fn associated(user: &Person) -> String {
    let enrolment = user.post("/me/totp", json!({ "password": user.user.password })).await;
    assert_eq!(enrolment.status, 200, "{enrolment:?}");
    let secret = enrolment.text("secret");
    let label = user.user.email.replace('@', "%40");
    let uri = format!("otpauth://totp/Paloma:{label}?secret={secret}&issuer=Paloma");
    assert_eq!(enrolment.body, json!({ "secret": secret, "uri": uri }));
    secret
}

#[tokio::test]
async fn with_mfa_on_a_password_is_not_enough() {
    let enrolled = Enrolled::new().await;
    let (user, secret) = (&enrolled.user, &enrolled.secret);
    let asked = enrolled.log_in(json!({})).await;
    assert_eq!(asked.status, 200, "{asked:?}");
    let session = asked.text("session");
    assert_eq!(asked.body, json!({ "challenge": "SOFTWARE_TOKEN_MFA", "session": session }), "and no token");
    let mut answer = asked.body.clone();
    answer["email"] = json!(user.user.email);
    for wrong in [wrong_code(secret), "abcdef".to_owned()] {
        answer["code"] = json!(wrong);
        let refused = user.post("/auth/challenge", answer.clone()).await;
        assert_eq!(refused.problem(401), Vec::<String>::new(), "{wrong:?}");
    }
    answer["code"] = json!(one_time_code(secret));
    let session = user.post("/auth/challenge", answer).await;
    assert_eq!(session.status, 200, "{session:?}");
    let mut again = user.clone();
    again.token = session.text("accessToken");
    assert_eq!(again.get("/me").await.user(), session.body["user"]);
}

#[tokio::test]
async fn enrolling_asks_for_the_password_and_for_a_code_of_the_app() {
    let [user] = World::get().await.people().await;
    let password = &user.user.password;
    for wrong in ["Wrong-horse-1", "", " "] {
        let refused = user.post("/me/totp", json!({ "password": wrong })).await;
        assert!(matches!(refused.status, 400 | 403), "{wrong:?}: {refused:?}");
    }
    let unasked = user.put("/me/totp", json!({ "password": password, "code": "123456" })).await;
    assert_eq!(unasked.problem(400), ["code"], "no secret was given yet");
    let secret = associated(&user).await;
    let wrong = user.put("/me/totp", json!({ "password": password, "code": wrong_code(&secret) })).await;
    assert_eq!(wrong.problem(400), ["code"]);
    let stolen = json!({ "password": "Wrong-horse-1", "code": one_time_code(&secret) });
    assert_eq!(user.put("/me/totp", stolen).await.problem(403), Vec::<String>::new());
    let mut browser = user.clone();
    browser.token.clear();
    let login = json!({ "email": user.user.email, "password": password });
    assert_eq!(browser.post("/auth/login", login).await.body["challenge"], Value::Null, "nothing is on yet");
}

#[tokio::test]
async fn a_second_factor_is_switched_off_with_a_code_of_the_app() {
    let enrolled = Enrolled::new().await;
    let (user, password) = (&enrolled.user, &enrolled.user.user.password);
    assert_eq!(user.post("/me/totp", json!({ "password": password })).await.problem(409), Vec::<String>::new());
    let remove = async |password: &str, code: String| {
        let body = json!({ "password": password, "code": code });
        let request = user.request(reqwest::Method::DELETE, "/me/totp").json(&body);
        paloma_tests::Answer::to(request).await
    };
    assert_eq!(remove(password, wrong_code(&enrolled.secret)).await.problem(400), ["code"]);
    assert_eq!(remove("Wrong-horse-1", one_time_code(&enrolled.secret)).await.status, 403);
    assert!(enrolled.is_asked_for_a_code().await);
    assert_eq!(remove(password, one_time_code(&enrolled.secret)).await.status, 204);
    assert!(!enrolled.is_asked_for_a_code().await);
    assert_eq!(remove(password, one_time_code(&enrolled.secret)).await.status, 204, "a second removal changes nothing");
}

#[tokio::test]
async fn a_recovery_code_replaces_a_lost_phone_once() {
    let enrolled = Enrolled::new().await;
    let codes = &enrolled.recovery_codes;
    assert_eq!(codes.len(), 10);
    for wrong in [String::from(RecoveryCode::random()), "0000-0000-0000-0000".to_owned()] {
        let refused = enrolled.log_in(json!({ "recoveryCode": wrong })).await;
        assert_eq!(refused.problem(401), Vec::<String>::new(), "{wrong}");
    }
    assert_eq!(enrolled.log_in(json!({ "recoveryCode": "no code" })).await.problem(400), ["recoveryCode"]);
    let stolen = json!({ "recoveryCode": codes[0], "password": "Wrong-horse-1" });
    assert_eq!(
        enrolled.log_in(stolen).await.status,
        401,
        "a recovery code needs the right password, and is not used up by a wrong one"
    );
    assert!(enrolled.is_asked_for_a_code().await);

    let session = enrolled.log_in(json!({ "recoveryCode": codes[0].to_lowercase() })).await;
    assert_eq!(session.status, 200, "{session:?}");
    assert!(session.body["accessToken"].is_string(), "{session:?}");
    assert!(!enrolled.is_asked_for_a_code().await, "the second factor is off");
    let repeated = enrolled.log_in(json!({ "recoveryCode": codes[0] })).await;
    assert!(repeated.body["accessToken"].is_string(), "the first answer may have been lost: {repeated:?}");

    // A new enrolment voids the old recovery codes.
    let secret = associated(&enrolled.user).await;
    let proof = json!({ "password": enrolled.user.user.password, "code": one_time_code(&secret) });
    assert_eq!(enrolled.user.put("/me/totp", proof).await.status, 200);
    for code in &codes[..2] {
        assert_eq!(enrolled.log_in(json!({ "recoveryCode": code })).await.status, 401, "{code}");
    }
}

/// After a crash the used recovery code is lost, and the next one finishes the recovery.
#[tokio::test]
async fn durable_a_recovery_that_crashes_anywhere_is_finished_by_another_code() {
    let world = World::get().await;
    let enrolled = Enrolled::new().await;
    let user_id = enrolled.user.id().parse().unwrap();
    // Logins are limited, so the test asks Cognito.
    let pool = UserPool::new(&world.environment(&Calls::default())).unwrap();
    let is_on = async || pool.user(enrolled.user.id()).await.unwrap().unwrap().has_mfa;
    let recovered = async |calls: &Calls, code: &RecoveryCode| {
        SecondFactor::new(&world.environment(calls)).unwrap().recover(user_id, code).await
    };
    at_every_call(async |calls| {
        let codes = SecondFactor::new(&world.environment(&Calls::default())).unwrap().switch_on(user_id).await.unwrap();
        let first = recovered(&calls, &codes[0]).await;
        assert_eq!(first.is_err(), calls.crashed());
        if first.is_err() && is_on().await {
            let spent = recovered(&Calls::default(), &codes[0]).await.unwrap();
            assert!(spent || recovered(&Calls::default(), &codes[1]).await.unwrap());
        }
        assert!(!is_on().await);
        assert!(!recovered(&Calls::default(), &codes[0]).await.unwrap(), "a code is valid once");
    })
    .await;
}

#[tokio::test]
async fn one_of_many_concurrent_logins_uses_a_recovery_code() {
    let world = World::get().await;
    let [user] = world.people().await;
    let factor = SecondFactor::new(&world.environment(&Calls::default())).unwrap();
    let user_id = user.id().parse().unwrap();
    let codes = factor.switch_on(user_id).await.unwrap();
    let tries = futures::future::join_all((0..8).map(|_| factor.recover(user_id, &codes[0]))).await;
    assert_eq!(tries.into_iter().filter(|spent| *spent.as_ref().unwrap()).count(), 1);
}

#[tokio::test]
async fn an_operator_resets_the_second_factor_of_a_lost_phone() {
    let enrolled = Enrolled::new().await;
    let output = World::get().await.paloma(&["user", "reset-mfa", enrolled.user.id()]).await;
    assert_eq!(output.code, 0, "{output:?}");
    assert!(!enrolled.is_asked_for_a_code().await);
}

/// The current code of an authenticator app for a secret (RFC 6238: HMAC-SHA-1, steps of 30 s, six digits).
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

/// Six digits that are no code within 90 s.
fn wrong_code(secret: &str) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs() / 30;
    let near: Vec<_> = (now - 3..=now + 3).map(|step| code_at(secret, step)).collect();
    (0..).map(|number| format!("{number:06}")).find(|code| !near.contains(code)).unwrap()
}

#[test]
fn one_time_codes_are_those_of_rfc_6238() {
    // RFC 6238, appendix B: the secret "12345678901234567890" in base32, and the last six digits at 59 s and 1111111109
    // s.
    let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    assert_eq!(code_at(secret, 59 / 30), "287082");
    assert_eq!(code_at(secret, 1_111_111_109 / 30), "081804");
}
