//! Email addresses.

use serde::{Deserialize, Deserializer, Serialize};

use super::text::{is_mark, is_visible};

/// The error for a text that is not an email address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be an email address, such as ana@example.com")]
pub struct EmailError;

/// An email address, in lower case, since users do not remember the case in which they wrote it.
///
/// Only the format is checked. The code that Cognito mails to the address proves that the mailbox exists.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(
    feature = "schemas",
    derive(schemars::JsonSchema),
    schemars(extend("maxLength" = 254, "pattern" = "^[^@]{1,64}@[^@.]+([.][^@.]+)+$"))
)]
pub struct Email(String);

impl Email {
    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads the address in a row without a check: it may be older than the rules of today, and mails go to it.
    pub(super) fn stored<'de, D: Deserializer<'de>>(row: D) -> Result<Option<Self>, D::Error> {
        Ok(Option::deserialize(row)?.map(Self))
    }

    /// The part before the @: 1 to 64 bytes.
    pub(super) fn local_part(&self) -> &str {
        self.0.split('@').next().unwrap_or(&self.0)
    }
}

impl TryFrom<String> for Email {
    type Error = EmailError;

    fn try_from(text: String) -> Result<Self, EmailError> {
        let parts = text.split_once('@');
        // RFC 5321, 4.5.3.1: 64 octets before the @, 254 in all.
        let fits = parts.is_some_and(|(local, domain)| {
            let labels = || domain.split('.');
            let is_domain = labels().count() > 1 && labels().all(|label| !label.is_empty()) && !domain.contains('@');
            (1..=64).contains(&local.len()) && is_domain
        }) && text.len() <= 254
            // Invisible characters are rejected: two addresses that look alike would be two users.
            && text.chars().all(|character| is_visible(character) || is_mark(character));
        if fits { Ok(Self(text.to_lowercase())) } else { Err(EmailError) }
    }
}

impl From<Email> for String {
    fn from(email: Email) -> String {
        email.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_address_is_checked_and_kept_in_lower_case() {
        assert_eq!(Email::try_from("Ana@Example.com".to_owned()).unwrap().as_str(), "ana@example.com");
        assert_eq!(Email::try_from("e\u{301}va@example.com".to_owned()).unwrap().as_str(), "e\u{301}va@example.com");
        for bad in [
            "",
            "ana",
            "@example.com",
            "ana@example",
            "a b@example.com",
            "ana@b@example.com",
            "ana@.",
            "ana@.com",
            "ana@example..com",
            "ana@example.",
        ] {
            assert_eq!(Email::try_from(bad.to_owned()), Err(EmailError), "{bad}");
        }
    }

    #[test]
    fn an_email_address_with_an_invisible_character_is_rejected() {
        for odd in [
            '\n', '\u{85}', '\u{a0}', '\u{ad}', '\u{200b}', '\u{2028}', '\u{202e}', '\u{2066}', '\u{3164}', '\u{feff}',
            '\u{ffff}',
        ] {
            for bad in
                [format!("an{odd}a@example.com"), format!("ana@exam{odd}ple.com"), format!("ana@example.com{odd}")]
            {
                assert_eq!(Email::try_from(bad.clone()), Err(EmailError), "{bad:?}");
            }
        }
    }
}
