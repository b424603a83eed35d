//! What a token says, when it came from Cognito itself in this very call.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::domain::{Email, Timestamp, UserId};

/// The claims of an id or access token. Cognito and administrators fill most of them, so everything but the user's id is
/// read leniently: a value that does not read is as if it were not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The user.
    pub user_id: UserId,
    /// The address, when it was verified; in id tokens only.
    pub verified_email: Option<Email>,
    /// When the user proved a password, in milliseconds since the epoch, to the second. A refresh does not move it.
    pub authenticated_at: Option<Timestamp>,
}

impl Claims {
    /// Reads a token that has just come from Cognito over TLS: its signature is not checked. Never give this a token that
    /// a client sent.
    pub fn of_fresh(token: &str) -> Option<Self> {
        let claims = token.split('.').nth(1)?.trim_end_matches('=');
        Self::of_value(&serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?)
    }

    fn of_value(claims: &Value) -> Option<Self> {
        // Tokens have a Boolean, and the attribute behind it is a text.
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
    fn claims_that_users_or_administrators_set_never_spoil_the_others() {
        for odd in [json!("two\nlines"), json!(""), json!(7), json!(null), json!("x".repeat(3_000))] {
            let claims = json!({ "sub": SUB, "name": odd, "email": odd, "email_verified": odd, "auth_time": odd });
            let claims = read(&claims).unwrap();
            assert_eq!((claims.user_id.to_string().as_str(), claims.verified_email), (SUB, None), "{odd}");
        }
        assert_eq!(read(&json!({ "email": "ana@example.com" })), None);
    }

    /// The engine says of every address in a token that it is verified.
    #[test]
    fn an_address_counts_when_it_is_verified() {
        let email = |verified: Value| {
            read(&json!({ "sub": SUB, "email": "Ana@example.com", "email_verified": verified })).unwrap().verified_email
        };
        let ana = Email::try_from("ana@example.com".to_owned()).ok();
        assert_eq!((email(json!(true)), email(json!("true"))), (ana.clone(), ana));
        assert_eq!((email(json!(false)), email(json!("false")), email(json!(null))), (None, None, None));
    }

    #[test]
    fn the_time_of_the_login_is_told_in_seconds_and_kept_in_milliseconds() {
        let at = read(&json!({ "sub": SUB, "auth_time": 1_700_000_000 })).unwrap().authenticated_at;
        assert_eq!(at, Some(Timestamp::from_millis(1_700_000_000_000)));
    }
}
