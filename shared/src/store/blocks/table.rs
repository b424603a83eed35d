//! The Blocks table, and reads of it. A row has the key `userId` (the blocker) and `blockedId`.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{ConditionCheck, TransactWriteItem};
use serde::{Deserialize, Serialize};

use crate::domain::{PageLimit, Timestamp, UserId};
use crate::store::{Row, StoreError, all_rows, batch, from_row, text};

pub(super) const TABLE: &str = "Blocks";

/// The Blocks table. A change of a block also writes the direct chat of the two users, in the Chats table.
#[derive(Debug, Clone)]
pub struct Blocks {
    pub(super) client: Client,
    pub(super) table: String,
    pub(super) chats: String,
}

/// A user that another user has blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BlockedUser {
    /// The blocked user.
    #[serde(rename = "blockedId")]
    pub user_id: UserId,
    /// The time of the block, in epoch milliseconds.
    pub blocked_at: Timestamp,
}

/// The blocks between two users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PairBlocks {
    /// The user who asks.
    pub user: UserId,
    /// The other user.
    pub other: UserId,
    /// Whether the user has blocked the other one.
    pub by_user: bool,
    /// Whether the other one has blocked the user.
    pub by_other: bool,
}

impl PairBlocks {
    /// The users who have blocked the other one.
    pub fn blockers(&self) -> impl Iterator<Item = UserId> + use<> {
        let by_user = self.by_user.then_some(self.user);
        by_user.into_iter().chain(self.by_other.then_some(self.other))
    }
}

impl Blocks {
    /// The table with this name, beside the Chats table with that name.
    pub fn new(client: Client, table: String, chats: String) -> Self {
        Self { client, table, chats }
    }

    /// The blocks between two users: one consistent read of two rows.
    pub async fn between(&self, user: UserId, other: UserId) -> Result<PairBlocks, StoreError> {
        let rows = batch::get(&self.client, &self.table, vec![key(user, other), key(other, user)]).await?;
        let is_stored = |blocker: UserId| rows.iter().any(|row| row.get("userId") == Some(&text(blocker)));
        Ok(PairBlocks { user, other, by_user: is_stored(user), by_other: is_stored(other) })
    }

    /// A page of the users that a user has blocked, in the order of their ids, and whether more follow.
    pub async fn page(
        &self,
        user: UserId,
        limit: PageLimit,
        after: Option<UserId>,
    ) -> Result<(Vec<BlockedUser>, bool), StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("userId = :user")
            .expression_attribute_values(":user", text(user))
            .limit(limit.get() as i32 + 1)
            .set_exclusive_start_key(after.map(|after| key(user, after)))
            .send()
            .await
            .map_err(StoreError::call("Query of blocks"))?;
        let rows = answer.items.unwrap_or_default();
        let has_more = rows.len() > limit.get();
        let page = rows.into_iter().take(limit.get()).map(blocked_user).collect::<Result<_, _>>()?;
        Ok((page, has_more))
    }

    /// All users that a user has blocked.
    pub async fn of_user(&self, user: UserId) -> Result<Vec<BlockedUser>, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .consistent_read(true)
            .key_condition_expression("userId = :user")
            .expression_attribute_values(":user", text(user));
        all_rows("Query of blocks", query).await?.into_iter().map(blocked_user).collect()
    }

    /// Deletes a block of a user who is being erased. The chat stays as it is, since the user is no member any more.
    pub async fn delete(&self, user: UserId, blocked: UserId) -> Result<(), StoreError> {
        let deleted = self.client.delete_item().table_name(&self.table).set_key(Some(key(user, blocked))).send().await;
        deleted.map_err(StoreError::call("DeleteItem of a block"))?;
        Ok(())
    }

    /// The part of a transaction that requires the blocks between two users to be still as they were read.
    ///
    /// # Errors
    /// When the SDK rejects the condition.
    pub fn unchanged(&self, blocks: &PairBlocks) -> Result<Vec<TransactWriteItem>, StoreError> {
        let PairBlocks { user, other, by_user, by_other } = *blocks;
        let check = |(blocker, blocked, exists)| {
            let condition = if exists { "attribute_exists(userId)" } else { "attribute_not_exists(userId)" };
            let check = ConditionCheck::builder().table_name(&self.table).set_key(Some(key(blocker, blocked)));
            let check = check.condition_expression(condition).build();
            Ok(TransactWriteItem::builder().condition_check(check.map_err(StoreError::unbuilt("a block"))?).build())
        };
        [(user, other, by_user), (other, user, by_other)].into_iter().map(check).collect()
    }
}

pub(super) fn key(user: UserId, blocked: UserId) -> Row {
    Row::from([("userId".to_owned(), text(user)), ("blockedId".to_owned(), text(blocked))])
}

fn blocked_user(row: Row) -> Result<BlockedUser, StoreError> {
    from_row(row, TABLE, "a block")
}
