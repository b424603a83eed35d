//! The part of an account by which a user is reached: the open sockets, and whether there may be a phone.
//!
//! Both are copies, so that one BatchGetItem tells where to reach a hundred users. They may name too much and never too
//! little: a socket is listed before it opens, and is removed after its row; a phone is noted before its device is
//! stored. A row of Connections or Devices is the truth for everything else.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;

use super::accounts::rows::key;
use super::{Row, StoreError, batch, get, number, unless_condition_failed};
use crate::domain::{ConnectionId, Timestamp, UserId};

/// The open sockets: a set of texts, since DynamoDB adds to a set and removes from it without reading it.
const SOCKETS: &str = "sockets";

/// The time at which a phone was last registered, or [`NO_PHONE`]. Missing if it is unknown, in accounts of earlier
/// versions.
const PHONE_AT: &str = "phoneAt";

/// Since the user shares no read receipts at all: the time of that change.
const HIDDEN_AT: &str = "receiptsHiddenAt";

/// The value of [`PHONE_AT`] for a user without a phone.
pub(super) const NO_PHONE: u64 = 0;

/// Longer than a registration of a phone may take between its two writes: the timeout of its function is 20 s. The rest
/// is a margin for the clocks of two functions.
const REGISTRATION: Duration = Duration::from_secs(60);

/// Time after which a socket cannot be open: API Gateway closes it after 2 h, and 10 min are a margin.
pub(super) const CONNECTION_LIFE: Duration = Duration::from_secs(2 * 3600 + 600);

/// The attributes of accounts by which users are reached.
#[derive(Debug, Clone)]
pub struct Reachability {
    client: Client,
    table: String,
}

/// The sockets and phones of one user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// The user.
    pub user_id: UserId,
    /// The sockets that may be open.
    pub sockets: Vec<ListedSocket>,
    /// Whether the user may have a phone. `false` is certain.
    pub may_have_phone: bool,
    /// Whether the user sees what other users have read. A user who shares no read receipts does not.
    pub sees_reading: bool,
}

/// A socket in its user's account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedSocket {
    /// The id that API Gateway gave the socket.
    pub connection_id: ConnectionId,
    /// The time of its opening, in epoch milliseconds.
    pub connected_at: Timestamp,
}

impl Reachability {
    /// Uses the Accounts table of this name.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// The reach of these users, read consistently, so that a socket that is open gets each message. Users without an
    /// account are left out: they are erased. One call and 100 read units per 100 users.
    pub async fn of_users(&self, users: &[UserId], now: Timestamp) -> Result<Vec<Reach>, StoreError> {
        // DynamoDB rejects a call that names a key twice.
        let users: BTreeSet<_> = users.iter().collect();
        let keys = users.into_iter().map(|user| key(*user)).collect();
        let attributes = ["userId", SOCKETS, PHONE_AT, HIDDEN_AT];
        let rows = batch::get_attributes_consistently(&self.client, &self.table, keys, &attributes).await?;
        Ok(rows.iter().filter_map(|row| reach_of(row, now)).collect())
    }

    /// The sockets of a user, also those that are too old to be open. One read unit.
    pub async fn sockets_of(&self, user_id: UserId) -> Result<Vec<ListedSocket>, StoreError> {
        let operation = "GetItem of a user's sockets";
        let row = get::attributes(&self.client, &self.table, key(user_id), &[SOCKETS], operation).await?;
        Ok(row.map(|row| sockets_of(&row)).unwrap_or_default())
    }

    /// Adds a socket. `false` for a user without an account. One write unit.
    pub async fn add_socket(&self, user_id: UserId, socket: &ListedSocket) -> Result<bool, StoreError> {
        let update = self.update(user_id).update_expression("ADD sockets :sockets");
        let update = update.expression_attribute_values(":sockets", set_of([socket]));
        let added = update.condition_expression("attribute_exists(userId)").send().await;
        Ok(unless_condition_failed("UpdateItem of a user's sockets", added)?.is_some())
    }

    /// Removes sockets, if there are any. One write unit.
    pub async fn remove_sockets(&self, user_id: UserId, sockets: &[ListedSocket]) -> Result<(), StoreError> {
        if sockets.is_empty() {
            return Ok(());
        }
        let update = self.update(user_id).update_expression("DELETE sockets :sockets");
        let update = update.expression_attribute_values(":sockets", set_of(sockets));
        let removed = update.condition_expression("attribute_exists(userId)").send().await;
        unless_condition_failed("UpdateItem of a user's sockets", removed).map(drop)
    }

    /// Notes that a phone registers. The caller stores the device after this. One write unit.
    pub async fn note_phone(&self, user_id: UserId, now: Timestamp) -> Result<(), StoreError> {
        let update = self.update(user_id).update_expression("SET phoneAt = :at");
        let update = update.expression_attribute_values(":at", number(now.as_millis()));
        let noted = update.condition_expression("attribute_exists(userId)").send().await;
        unless_condition_failed("UpdateItem of a user's phones", noted).map(drop)
    }

    /// Notes that a user has no phone: a consistent read at `looked_up_at` found none. Changes nothing if a phone has
    /// registered shortly before, since its device may have been stored after that read. One write unit.
    pub async fn note_no_phone(&self, user_id: UserId, looked_up_at: Timestamp) -> Result<(), StoreError> {
        let before = looked_up_at.as_millis().saturating_sub(REGISTRATION.as_millis() as u64);
        let update = self.update(user_id).update_expression("SET phoneAt = :none");
        let noted = update
            .condition_expression("attribute_exists(userId) AND (attribute_not_exists(phoneAt) OR phoneAt < :before)")
            .expression_attribute_values(":none", number(NO_PHONE))
            .expression_attribute_values(":before", number(before))
            .send()
            .await;
        unless_condition_failed("UpdateItem of a user's phones", noted).map(drop)
    }

    fn update(&self, user_id: UserId) -> UpdateItemFluentBuilder {
        self.client.update_item().table_name(&self.table).set_key(Some(key(user_id)))
    }
}

impl ListedSocket {
    /// Whether API Gateway has closed it for its age.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.connected_at.plus(CONNECTION_LIFE) <= now
    }

    /// The text in the set, such as `L0SM9cOFvHcCIhw=#1800000480000`. The time in it is that of the socket's row, so
    /// the function that deletes the row can name the text.
    fn text(&self) -> String {
        format!("{}#{}", self.connection_id.as_str(), self.connected_at.as_millis())
    }

    fn of_text(text: &str) -> Option<Self> {
        let (id, connected_at) = text.rsplit_once('#')?;
        let connected_at = Timestamp::from_millis(connected_at.parse().ok()?);
        Some(Self { connection_id: ConnectionId::new(id), connected_at })
    }
}

fn set_of<'a>(sockets: impl IntoIterator<Item = &'a ListedSocket>) -> AttributeValue {
    AttributeValue::Ss(sockets.into_iter().map(ListedSocket::text).collect())
}

/// `None` for a row without a user id. A text that cannot be parsed is skipped, since one user's row must not stop the
/// deliveries to all others.
fn reach_of(row: &Row, now: Timestamp) -> Option<Reach> {
    let user_id = row.get("userId")?.as_s().ok()?.parse().ok()?;
    let mut sockets = sockets_of(row);
    sockets.retain(|socket| !socket.is_expired(now));
    let phone_at = row.get(PHONE_AT).and_then(|value| value.as_n().ok());
    let (may_have_phone, sees_reading) = (phone_at != Some(&NO_PHONE.to_string()), !row.contains_key(HIDDEN_AT));
    Some(Reach { user_id, sockets, may_have_phone, sees_reading })
}

fn sockets_of(row: &Row) -> Vec<ListedSocket> {
    let texts = row.get(SOCKETS).and_then(|value| value.as_ss().ok());
    texts.into_iter().flatten().filter_map(|text| ListedSocket::of_text(text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reach_leaves_out_sockets_that_are_too_old_and_texts_that_it_cannot_read() {
        let (user_id, now) = (UserId::random(), Timestamp::from_millis(1_800_000_000_000));
        let socket = |id: &str, connected_at| ListedSocket { connection_id: ConnectionId::new(id), connected_at };
        let open = socket("a#b=", now);
        let old = socket("old", Timestamp::from_millis(now.as_millis() - CONNECTION_LIFE.as_millis() as u64));
        let mut row = key(user_id);
        row.insert(SOCKETS.to_owned(), set_of([&open, &old]));
        assert_eq!(
            reach_of(&row, now),
            Some(Reach { user_id, sockets: vec![open.clone()], may_have_phone: true, sees_reading: true })
        );
        assert_eq!(sockets_of(&row), [open, old]);
        row.insert(SOCKETS.to_owned(), AttributeValue::Ss(vec!["x".to_owned(), "x#y".to_owned()]));
        row.insert(PHONE_AT.to_owned(), number(NO_PHONE));
        assert_eq!(
            reach_of(&row, now),
            Some(Reach { user_id, sockets: vec![], may_have_phone: false, sees_reading: true })
        );
        row.insert(PHONE_AT.to_owned(), number(now.as_millis()));
        assert!(reach_of(&row, now).unwrap().may_have_phone);
    }
}
