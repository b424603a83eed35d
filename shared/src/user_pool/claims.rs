//! The claims of tokens that Cognito has just issued.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::domain::{Email, Timestamp, UserId};

/// The claims of an id token or access token. Administrators and users can set most claims, so an invalid value counts
/// as missing. Only the user id is required.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The user of the token: the claim `sub`.
    pub user_id: UserId,
    /// The address, if Cognito has verified it. Only id tokens have it.
    pub verified_email: Option<Email>,
    /// The time of the login, precise to a second. A refresh keeps it.
    pub authenticated_at: Option<Timestamp>,
}

impl Claims {
    /// Reads a token that Cognito has just returned over TLS. The signature is not checked: never use this for a token
    /// that a client sent.
    pub fn of_fresh(token: &str) -> Option<Self> {
        let claims = token.split('.').nth(1)?.trim_end_matches('=');
        Self::of_value(&serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?)
    }

    fn of_value(claims: &Value) -> Option<Self> {
        // Tokens have a Boolean. The attribute behind it is a text.
        let is_verified = claims["email_verified"] == true || claims["email_verified"] == "true";
        let email = claims["email"].as_str().and_then(|email| Email::try_from(email.to_owned()).ok());
        Some(Self {
            user_id: claims["sub"].as_str()?.parse().ok()?,
            verified_email: email.filter(|_| is_verified),
            authenticated_at: claims["auth_time"].as_u64().map(|s| Timestamp::from_millis(s.saturating_mul(1_000))),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SUB: &str = "6f1c1b9e-4f5e-4f0a-9d3c-2b7a5e8d9c10";

    fn read(claims: &Value) -> Option<Claims> {
        Claims::of_fresh(&format!("header.{}.signature", URL_SAFE_NO_PAD.encode(claims.to_string())))
    }

    #[test]
    fn an_invalid_claim_leaves_the_others_readable() {
        for odd in [json!("two\nlines"), json!(""), json!(7), json!(null), json!("x".repeat(3_000))] {
            let claims = json!({ "sub": SUB, "name": odd, "email": odd, "email_verified": odd, "auth_time": odd });
            let claims = read(&claims).unwrap();
            assert_eq!((claims.user_id.to_string().as_str(), claims.verified_email), (SUB, None), "{odd}");
        }
        assert_eq!(read(&json!({ "email": "ana@example.com" })), None);
    }

    /// The local engine marks every address in a token as verified.
    #[test]
    fn only_a_verified_address_counts() {
        let email = |verified: Value| {
            read(&json!({ "sub": SUB, "email": "Ana@example.com", "email_verified": verified })).unwrap().verified_email
        };
        let ana = Email::try_from("ana@example.com".to_owned()).ok();
        assert_eq!((email(json!(true)), email(json!("true"))), (ana.clone(), ana));
        assert_eq!((email(json!(false)), email(json!("false")), email(json!(null))), (None, None, None));
    }

    #[test]
    fn the_time_of_the_login_is_converted_from_seconds_to_milliseconds() {
        let at = read(&json!({ "sub": SUB, "auth_time": 1_700_000_000 })).unwrap().authenticated_at;
        assert_eq!(at, Some(Timestamp::from_millis(1_700_000_000_000)));
    }
}
