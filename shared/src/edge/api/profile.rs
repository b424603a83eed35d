//! Profiles of users.

use serde::{Deserialize, Serialize};

use crate::domain::{Avatar, Name, Patch, PrivacySettings, Profile, User};
use crate::edge::Cursor;
use crate::store::ChatCursor;

/// The answer to `GET /users?ids=`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ProfilesView {
    /// The profiles.
    pub users: Vec<Profile>,
    /// Continues the search for the missing users. Present if not all chats of the caller have been searched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<Cursor<ChatCursor>>,
}

/// The answer to `GET /me` and `PUT /me`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct MeView {
    /// The caller.
    #[serde(flatten)]
    pub user: User,
    /// The caller's privacy settings.
    pub privacy: PrivacySettings,
}

/// `PUT /me`. An omitted field keeps its value; `null` removes the avatar.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ChangeProfileRequest {
    /// The name.
    #[serde(default)]
    pub name: Option<Name>,
    /// The URL of the picture; `null` removes it.
    #[serde(default)]
    #[cfg_attr(feature = "schemas", schemars(with = "Option<Avatar>"))]
    pub avatar: Patch<Avatar>,
}

/// The answer to `GET /users`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum FoundUsers {
    /// The user with the address, for `email`.
    User(User),
    /// The profiles, for `ids`.
    Profiles(ProfilesView),
}
