//! Keys and rows of the Users table.

use aws_sdk_dynamodb::types::AttributeValue;
use serde::Deserialize;

use crate::domain::{Circle, Presence, Privacy, PrivacySettings, Timestamp, User, UserId};
use crate::store::{Row, StoreError, from_row, number, text};

pub(super) const TABLE: &str = "Users";

/// The attribute that only the rows of erased users have.
pub(super) const ERASED_AT: &str = "erasedAt";

/// The presence in a row.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PresenceRow {
    pub(super) user_id: UserId,
    #[serde(flatten)]
    pub(super) presence: Presence,
    #[serde(default)]
    pub(super) presence_privacy: Circle,
}

/// The attributes of a row with privacy settings.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PrivacyRow {
    pub(super) user_id: UserId,
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
    pub(super) fn of(row: Row) -> Result<Self, StoreError> {
        from_row(row, TABLE, "privacy settings")
    }

    pub(super) fn privacy(&self) -> Privacy {
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

/// The row of an erased user.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ErasedRow {
    pub(super) user_id: UserId,
    pub(super) erased_at: Timestamp,
}

pub(in crate::store) fn key(user_id: UserId) -> Row {
    Row::from([("userId".to_owned(), text(user_id))])
}

/// The row of an erased user: the id and the time of the erasure, and nothing else. It stays for good, so that a token
/// that is still valid does not create the profile again, and so that erased users differ from unknown ones.
pub(in crate::store) fn tombstone(user_id: UserId, erased_at: Timestamp) -> Row {
    let mut row = key(user_id);
    row.insert(ERASED_AT.to_owned(), number(erased_at.as_millis()));
    row
}

/// The row, unless it is that of an erased user.
pub(super) fn unless_erased(row: Row) -> Option<Row> {
    (!row.contains_key(ERASED_AT)).then_some(row)
}

pub(super) fn user_of(row: Row) -> Result<User, StoreError> {
    from_row(row, TABLE, "a user")
}

pub(super) fn erasure_time(row: &Row) -> Option<Timestamp> {
    let millis = row.get(ERASED_AT).map(AttributeValue::as_n)?.ok()?.parse().ok()?;
    Some(Timestamp::from_millis(millis))
}
