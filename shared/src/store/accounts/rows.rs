//! Keys and rows of the Accounts table.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::domain::{Account, ChatId, Circle, OwnPrivacy, SendLimit, Timestamp, UserId};
use crate::store::{Row, StoreError, from_row, text};

pub(super) const TABLE: &str = "Accounts";

/// The row of an account, without its buckets.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AccountRow {
    user_id: UserId,
    #[serde(default)]
    void_before: Option<Timestamp>,
    #[serde(default)]
    suspended_at: Option<Timestamp>,
    #[serde(default)]
    grant: Option<SendLimit>,
    /// A string set, since DynamoDB can add to a set, and count it, without a read.
    #[serde(default)]
    pins: BTreeSet<ChatId>,
    #[serde(default)]
    presence_privacy: Circle,
    #[serde(default)]
    receipts_privacy: Circle,
    #[serde(default)]
    receipts_hidden_at: Option<Timestamp>,
}

pub(in crate::store) fn key(user_id: UserId) -> Row {
    key_named(user_id.to_string())
}

pub(in crate::store) fn key_named(name: String) -> Row {
    Row::from([("userId".to_owned(), text(name))])
}

pub(in crate::store) fn account_of(row: Row) -> Result<Account, StoreError> {
    let buckets = buckets_of(&row);
    let row: AccountRow = from_row(row, TABLE, "an account")?;
    let AccountRow { user_id, void_before, suspended_at, grant, pins, .. } = row;
    let privacy = OwnPrivacy {
        presence: row.presence_privacy,
        receipts: row.receipts_privacy,
        receipts_hidden_at: row.receipts_hidden_at,
    };
    Ok(Account { user_id, void_before, suspended_at, grant, buckets, pins, privacy })
}

/// The buckets of a row: the numbers with a name that ends in `FullAt`.
pub(in crate::store) fn buckets_of(row: &Row) -> BTreeMap<String, Timestamp> {
    let buckets = row.iter().filter(|(name, _)| name.ends_with("FullAt"));
    buckets
        .filter_map(|(name, value)| Some((name.clone(), Timestamp::from_millis(value.as_n().ok()?.parse().ok()?))))
        .collect()
}
