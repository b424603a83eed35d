//! People, as others see them.

use serde::{Deserialize, Deserializer, Serialize};

use super::text::{is_mark, is_visible};
use super::{Avatar, Name, Timestamp, UserId};

/// Why a part of a profile is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// No address.
    #[error("must be an email address, such as ana@example.com")]
    Email,
}

/// An email address, in lower case: people do not remember how they wrote it.
///
/// Only its shape is looked at; whether it exists is what Cognito's confirmation finds out.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

impl Email {
    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Reads the address in a row. It stays as it is, although it may be older than the rules of today: it says where a
    /// mail would go.
    fn stored<'de, D: Deserializer<'de>>(row: D) -> Result<Option<Self>, D::Error> {
        Ok(Option::deserialize(row)?.map(Self))
    }

    /// What stands before the @, of 1 to 64 bytes.
    pub(super) fn local_part(&self) -> &str {
        self.0.split('@').next().unwrap_or(&self.0)
    }
}

impl TryFrom<String> for Email {
    type Error = ProfileError;

    fn try_from(text: String) -> Result<Self, ProfileError> {
        let parts = text.split_once('@');
        // RFC 5321, 4.5.3.1: 64 octets before the @, 254 in all.
        let fits = parts.is_some_and(|(local, domain)| {
            (1..=64).contains(&local.len()) && domain.contains('.') && !domain.contains('@')
        }) && text.len() <= 254
            // Two addresses that look alike would be two people: nothing that cannot be seen is in one.
            && text.chars().all(|character| is_visible(character) || is_mark(character));
        if fits { Ok(Self(text.to_lowercase())) } else { Err(ProfileError::Email) }
    }
}

impl From<Email> for String {
    fn from(email: Email) -> String {
        email.0
    }
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Who: Cognito's `sub`.
    pub user_id: UserId,
    /// The address at which others find them. A profile whose login is gone loses it to the next user who proves it.
    #[serde(default, deserialize_with = "Email::stored", skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// What they are called.
    #[serde(deserialize_with = "Name::stored")]
    pub name: Name,
    /// Their picture.
    #[serde(default, deserialize_with = "Avatar::stored", skip_serializing_if = "Option::is_none")]
    pub avatar: Option<Avatar>,
    /// Since when, in epoch milliseconds.
    pub created_at: Timestamp,
}

impl User {
    /// A person who has just arrived.
    pub fn new(user_id: UserId, email: Email, name: Option<Name>, now: Timestamp) -> Self {
        let name = name.unwrap_or_else(|| Name::from(&email));
        Self { user_id, email: Some(email), name, avatar: None, created_at: now }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_email_has_the_shape_of_one_and_is_kept_in_lower_case() {
        assert_eq!(Email::try_from("Ana@Example.com".to_owned()).unwrap().as_str(), "ana@example.com");
        assert_eq!(Email::try_from("e\u{301}va@example.com".to_owned()).unwrap().as_str(), "e\u{301}va@example.com");
        for bad in ["", "ana", "@example.com", "ana@example", "a b@example.com", "ana@b@example.com"] {
            assert_eq!(Email::try_from(bad.to_owned()), Err(ProfileError::Email), "{bad}");
        }
    }

    #[test]
    fn an_email_holds_nothing_that_cannot_be_seen() {
        for odd in [
            '\n', '\u{85}', '\u{a0}', '\u{ad}', '\u{200b}', '\u{2028}', '\u{202e}', '\u{2066}', '\u{3164}', '\u{feff}',
            '\u{ffff}',
        ] {
            for bad in
                [format!("an{odd}a@example.com"), format!("ana@exam{odd}ple.com"), format!("ana@example.com{odd}")]
            {
                assert_eq!(Email::try_from(bad.clone()), Err(ProfileError::Email), "{bad:?}");
            }
        }
    }

    /// Rows are older than today's rules, or another system's.
    #[test]
    fn a_row_of_other_rules_reads() {
        let user_id = UserId::random();
        let row = json!({
            "userId": user_id, "email": "an\u{200b}a@example.com", "name": "Ana\u{2028}\u{202e}", "createdAt": 7,
            "avatar": "https://ana@localhost/",
        });
        let user: User = serde_json::from_value(row).unwrap();
        assert_eq!(
            (user.email.as_ref().map(Email::as_str), String::from(user.name), user.avatar),
            (Some("an\u{200b}a@example.com"), "Ana".into(), None)
        );
        let row = json!({ "userId": user_id, "email": "ana@example.com", "name": "\u{200b}", "createdAt": 7 });
        let user: User = serde_json::from_value(row).unwrap();
        assert_eq!(String::from(user.name), "Somebody");
    }
}
