//! The privacy settings in the rows of users. An absent attribute stands for everyone.

use std::collections::HashMap;

use serde::Deserialize;

use super::Users;
use super::rows::{TABLE, key, unless_erased, user_of};
use crate::domain::{Circle, Privacy, PrivacySettings, Timestamp, User, UserId};
use crate::store::{Row, StoreError, batch, from_row, get};

/// The attributes of a row with privacy settings.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PrivacyRow {
    user_id: UserId,
    #[serde(default)]
    presence_privacy: Circle,
    #[serde(default)]
    receipts_privacy: Circle,
    #[serde(default)]
    email_privacy: Circle,
    #[serde(default)]
    groups_privacy: Circle,
    #[serde(default)]
    privacy_changed_at: Option<Timestamp>,
}

impl PrivacyRow {
    fn of(row: Row) -> Result<Self, StoreError> {
        from_row(row, TABLE, "privacy settings")
    }

    fn privacy(&self) -> Privacy {
        Privacy {
            presence: self.presence_privacy,
            receipts: self.receipts_privacy,
            discoverable_by_email: self.email_privacy,
            groups: self.groups_privacy,
        }
    }
}

/// The user in a row, and the privacy settings.
pub(super) fn user_with_privacy(row: Row) -> Result<(User, PrivacySettings), StoreError> {
    let stored = PrivacyRow::of(row.clone())?;
    let user = user_of(row)?;
    let changed_at = stored.privacy_changed_at.unwrap_or(user.created_at);
    Ok((user, PrivacySettings { privacy: stored.privacy(), changed_at }))
}

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
