//! Users.

use serde::{Deserialize, Serialize};

use super::{Avatar, Email, Name, Timestamp, UserId};

/// The profile of a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct User {
    /// The `sub` of Cognito.
    pub user_id: UserId,
    /// The address by which other users find this one. `None` when the login is gone and another user has proved the
    /// address.
    #[serde(default, deserialize_with = "Email::stored", skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// The name that other users see.
    #[serde(deserialize_with = "Name::stored")]
    pub name: Name,
    /// The URL of the picture.
    #[serde(default, deserialize_with = "Avatar::stored", skip_serializing_if = "Option::is_none")]
    pub avatar: Option<Avatar>,
    /// The time of the registration, in epoch milliseconds.
    pub created_at: Timestamp,
}

impl User {
    /// A user who registers now.
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
    fn a_stored_profile_that_breaks_the_rules_of_today_still_reads() {
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
