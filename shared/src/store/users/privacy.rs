//! The privacy settings in the rows of users. An absent attribute stands for everyone.

use std::collections::HashMap;

use super::Users;
use super::rows::{PrivacyRow, key, unless_erased, user_with_privacy};
use crate::domain::{Privacy, PrivacySettings, User, UserId};
use crate::store::{StoreError, batch, get};

impl Users {
    /// A user with the privacy settings and the time of their last change, read consistently; `None` for an unknown or
    /// erased user.
    pub async fn with_privacy(&self, user_id: UserId) -> Result<Option<(User, PrivacySettings)>, StoreError> {
        let row = get::row(&self.client, &self.table, key(user_id), "GetItem of a user").await?;
        row.and_then(unless_erased).map(user_with_privacy).transpose()
    }

    /// The privacy settings of those of these users who are known and not erased. One call per 100 users.
    pub async fn privacy_among(&self, users: &[UserId]) -> Result<HashMap<UserId, Privacy>, StoreError> {
        let rows = batch::get(&self.client, &self.table, users.iter().map(|user| key(*user)).collect()).await?;
        let settings = rows.into_iter().filter_map(unless_erased).map(|row| {
            let stored = PrivacyRow::of(row)?;
            Ok((stored.user_id, stored.privacy()))
        });
        settings.collect()
    }
}
