//! Texts that must not be logged: passwords, codes, tokens.

use std::fmt;

use serde::Deserialize;

/// A password, a code, a token or a client secret from a client or from AWS: never empty, and never in a log.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema), schemars(extend("minLength" = 1, "writeOnly" = true)))]
pub struct Secret(String);

/// The error for an empty secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must not be empty")]
pub struct SecretError;

impl Secret {
    /// The secret as text, for the call that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Secret {
    type Error = SecretError;

    fn try_from(text: String) -> Result<Self, SecretError> {
        if text.is_empty() { Err(SecretError) } else { Ok(Self(text)) }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

/// The minimum of characters in a password, as in the user pool's policy in `template.yaml`.
pub const MIN_PASSWORD_LENGTH: usize = 10;

/// The maximum of characters in a password: Cognito's limit.
pub const MAX_PASSWORD_LENGTH: usize = 256;

/// A new password that the user pool accepts. It is checked before a mailed code is used for it, so a user with a weak
/// password needs no second mail.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(
    feature = "schemas",
    derive(schemars::JsonSchema),
    schemars(extend("minLength" = MIN_PASSWORD_LENGTH, "maxLength" = MAX_PASSWORD_LENGTH))
)]
pub struct Password(Secret);

/// The error for a text that the user pool would reject as a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "must have 10 to 256 characters, among them a lower-case letter, an upper-case letter and a digit (a–z, A–Z, 0–9), \
     no control characters, and no space at its beginning or end"
)]
pub struct PasswordError;

impl Password {
    /// A password of 244 random bits, which is not stored anywhere.
    pub fn random() -> Self {
        // The random bits of two UUIDs of version 4. The end satisfies the policy.
        Self(Secret(format!("{}{}Aa1", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple())))
    }

    /// The password as text, for the call that needs it.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl TryFrom<String> for Password {
    type Error = PasswordError;

    fn try_from(text: String) -> Result<Self, PasswordError> {
        // Cognito measures in UTF-16 and knows the letters and digits of ASCII; its pattern is `[\S]+.*[\S]+`.
        let fits = text.chars().count() >= MIN_PASSWORD_LENGTH
            && text.encode_utf16().count() <= MAX_PASSWORD_LENGTH
            && text.contains(|character: char| character.is_ascii_lowercase())
            && text.contains(|character: char| character.is_ascii_uppercase())
            && text.contains(|character: char| character.is_ascii_digit())
            && !text.contains(|character: char| character.is_control() || matches!(character, '\u{2028}' | '\u{2029}'))
            && text.trim().len() == text.len();
        if fits { Ok(Self(Secret(text))) } else { Err(PasswordError) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_fulfils_the_policy_of_the_pool() {
        for good in ["Correct-horse-1", "Abcdefghi1", "пароль ABCabc1", &format!("Aa1{}", "x".repeat(253))] {
            assert!(Password::try_from(good.to_owned()).is_ok(), "{good}");
        }
        let long = format!("Aa1{}", "x".repeat(254));
        for bad in [
            "",
            "Short-1aA",
            "no-capitals-1",
            "NO-SMALL-ONES-1",
            "No-digits-here",
            " Correct-horse-1",
            "Line\nbreak-1",
            "Line\u{2028}break-1",
            &long,
        ] {
            assert_eq!(Password::try_from(bad.to_owned()), Err(PasswordError), "{bad:?}");
        }
    }

    #[test]
    fn random_passwords_are_valid_and_differ() {
        let (one, other) = (Password::random(), Password::random());
        assert_ne!(one, other);
        assert_eq!(Password::try_from(one.expose().to_owned()), Ok(one));
    }

    #[test]
    fn a_secret_is_not_printed() {
        let secret = Secret::try_from("hunter2".to_owned()).unwrap();
        let password = Password::try_from("Correct-horse-1".to_owned()).unwrap();
        let printed = format!("{secret:?} {password:?}");
        assert!(!printed.contains("hunter2") && !printed.contains("horse"), "{printed}");
        assert_eq!(Secret::try_from(String::new()), Err(SecretError));
    }
}
