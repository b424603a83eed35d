//! Names and pictures for users who share a chat. No other attribute is read.

use std::collections::HashMap;

use super::Users;
use super::rows::{ERASED_AT, TABLE, key, unless_erased};
use crate::domain::{Profile, UserId};
use crate::store::{StoreError, batch, from_row};

impl Users {
    /// The profiles of these users, in this order; erased and unknown users are left out. Half a read unit per user,
    /// one call per 100.
    pub async fn profiles(&self, users: &[UserId]) -> Result<Vec<Profile>, StoreError> {
        let keys = users.iter().map(|user| key(*user)).collect();
        let rows =
            batch::get_attributes(&self.client, &self.table, keys, &["userId", "name", "avatar", ERASED_AT]).await?;
        let profiles = rows.into_iter().filter_map(unless_erased).filter_map(|row| {
            let profile = from_row::<Profile>(row, TABLE, "a profile");
            // One unreadable row must not hide the other members of a chat.
            let read = profile.inspect_err(|error| tracing::error!(outcome = "profile left out", cause = %error));
            read.ok().map(|profile| (profile.user_id, profile))
        });
        let mut profiles: HashMap<_, _> = profiles.collect();
        Ok(users.iter().filter_map(|user| profiles.remove(user)).collect())
    }
}
