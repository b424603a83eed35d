//! People, as others see them.

use serde::{Deserialize, Serialize};

use super::{Name, Timestamp, UserId};

/// Why a part of a profile is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// No address.
    #[error("must be an email address, such as ana@example.com")]
    Email,
    /// No picture.
    #[error("must be an https address of at most 2,048 characters")]
    Avatar,
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

    /// What stands before the @, of 1 to 64 characters.
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
            && text.chars().all(|character| !character.is_whitespace() && !character.is_control());
        if fits { Ok(Self(text.to_lowercase())) } else { Err(ProfileError::Email) }
    }
}

impl From<Email> for String {
    fn from(email: Email) -> String {
        email.0
    }
}

/// The address of a picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Avatar(String);

impl TryFrom<String> for Avatar {
    type Error = ProfileError;

    fn try_from(text: String) -> Result<Self, ProfileError> {
        let fits =
            text.starts_with("https://") && (9..=2048).contains(&text.len()) && !text.contains(char::is_whitespace);
        if fits { Ok(Self(text)) } else { Err(ProfileError::Avatar) }
    }
}

impl From<Avatar> for String {
    fn from(avatar: Avatar) -> String {
        avatar.0
    }
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Who: Cognito's `sub`.
    pub user_id: UserId,
    /// The address at which others find them. A profile whose login is gone loses it to the next user who proves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// What they are called.
    pub name: Name,
    /// Their picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
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
    use super::*;

    #[test]
    fn an_email_has_the_shape_of_one_and_is_kept_in_lower_case() {
        assert_eq!(Email::try_from("Ana@Example.com".to_owned()).unwrap().as_str(), "ana@example.com");
        for bad in ["", "ana", "@example.com", "ana@example", "a b@example.com", "ana@b@example.com"] {
            assert_eq!(Email::try_from(bad.to_owned()), Err(ProfileError::Email), "{bad}");
        }
    }

    #[test]
    fn a_picture_is_an_https_address() {
        assert!(Avatar::try_from("https://example.com/a.png".to_owned()).is_ok());
        assert!(Avatar::try_from("javascript:alert(1)".to_owned()).is_err());
    }
}
