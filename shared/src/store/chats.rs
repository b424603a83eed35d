//! The Chats table: the chat itself. Its head is in `heads`, its members are in `members`.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::error::TransactionCanceledException;
use aws_sdk_dynamodb::types::{Put, TransactWriteItem};

use super::heads::{self, HeadRow};
use super::members::{self, MemberRow};
use super::{Row, StoreError, batch, from_row, from_stream, text, to_row};
use crate::domain::{Chat, ChatId, Head, Member};

pub(super) const TABLE: &str = "Chats";

/// A transaction takes at most 100 rows (DynamoDB's limit).
const ROWS_IN_TRANSACTION: usize = 100;

/// Two of the rows that make a chat are the chat and its head.
const MEMBERS_IN_TRANSACTION: usize = ROWS_IN_TRANSACTION - 2;

/// How often a chat is tried to be made while somebody else seems to be making it.
const MOST_TRIES: u32 = 5;

const OPERATION: &str = "TransactWriteItems of a chat";

/// The Chats table: chats, heads and members.
#[derive(Debug, Clone)]
pub struct Chats {
    pub(super) client: Client,
    pub(super) table: String,
}

/// What became of a wish for a chat.
#[derive(Debug)]
pub enum Created {
    /// It was made.
    New(Chat),
    /// It was there already, as a direct chat may be.
    Existing(Chat),
}

impl Chats {
    /// The table of this name.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Reads the row of a chat, as the table's stream has it.
    ///
    /// # Errors
    /// When it is no chat.
    pub fn from_stream(row: &serde_dynamo::Item) -> Result<Chat, StoreError> {
        from_stream(row, TABLE, "a chat")
    }

    /// The chat of this id.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or the row is not a chat.
    pub async fn chat(&self, chat_id: ChatId) -> Result<Option<Chat>, StoreError> {
        self.read(chat_id, false).await
    }

    async fn read(&self, chat_id: ChatId, consistent: bool) -> Result<Option<Chat>, StoreError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .key("chatId", text(chat_id))
            .consistent_read(consistent)
            .send()
            .await
            .map_err(StoreError::call("GetItem of a chat"))?;
        answer.item.map(chat_of).transpose()
    }

    /// Makes a chat with its head and its members, or finds it.
    ///
    /// A chat exists once its own row does. That row comes last, in one transaction with the head and the first 98
    /// members; members beyond those are written before it, so that a crash leaves rows that nobody can see, and
    /// never a chat with somebody missing.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn create(&self, chat: Chat) -> Result<Created, StoreError> {
        let rows = |members: &[_]| -> Result<Vec<Row>, StoreError> {
            members.iter().map(|user| MemberRow::row(chat.chat_id, &Member::new(*user, chat.created_at))).collect()
        };
        let (first, beyond) = chat.participants.split_at(chat.participants.len().min(MEMBERS_IN_TRANSACTION));
        for members in beyond.chunks(ROWS_IN_TRANSACTION) {
            self.put_beyond(rows(members)?).await?;
        }

        let mut all = rows(first)?;
        all.push(HeadRow::row(chat.chat_id, &Head::of(&chat))?);
        all.push(to_row(&chat, TABLE, "a chat")?);
        let puts = all.into_iter().map(|row| self.put_new(row)).collect::<Result<Vec<_>, _>>()?;
        for _ in 0..MOST_TRIES {
            let stored = self.client.transact_write_items().set_transact_items(Some(puts.clone())).send().await;
            let Err(error) = stored else { return Ok(Created::New(chat)) };
            if !error.as_service_error().is_some_and(TransactWriteItemsError::is_transaction_canceled_exception) {
                return Err(StoreError::call(OPERATION)(error));
            }
            // Somebody else has made it, or is making it right now.
            if let Some(existing) = self.read(chat.chat_id, true).await? {
                return Ok(Created::Existing(existing));
            }
            tokio::time::sleep(Duration::from_millis(fastrand::u64(10..=50))).await;
        }
        Err(StoreError::Call { operation: OPERATION, cause: "other transactions kept being in the way".to_owned() })
    }

    /// Writes members beyond the first 98, unless an earlier try has written them. BatchWriteItem would cost half as many
    /// write units, but whoever may put by it may also delete by it, and it would overwrite marks.
    async fn put_beyond(&self, rows: Vec<Row>) -> Result<(), StoreError> {
        let puts = rows.into_iter().map(|row| self.put_new(row)).collect::<Result<Vec<_>, _>>()?;
        for _ in 0..MOST_TRIES {
            let stored = self.client.transact_write_items().set_transact_items(Some(puts.clone())).send().await;
            let Err(error) = stored else { return Ok(()) };
            match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(canceled)) if are_there(canceled) => {
                    return Ok(());
                }
                Some(
                    TransactWriteItemsError::TransactionCanceledException(_)
                    | TransactWriteItemsError::TransactionInProgressException(_),
                ) => tokio::time::sleep(Duration::from_millis(fastrand::u64(10..=50))).await,
                _ => return Err(StoreError::call(OPERATION)(error)),
            }
        }
        Err(StoreError::Call { operation: OPERATION, cause: "other transactions kept being in the way".to_owned() })
    }

    /// The chat, its head and the member that `user` is, for each of these chats; chats that do not exist, or are
    /// not theirs, are left out. One call for 33 chats.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or a row is unreadable.
    pub async fn views(
        &self,
        chat_ids: &[ChatId],
        user: crate::domain::UserId,
    ) -> Result<Vec<(Chat, Head, Member)>, StoreError> {
        let keys = chat_ids
            .iter()
            .flat_map(|chat_id| [chat_key(*chat_id), heads::key(*chat_id), members::key(*chat_id, user)]);
        let rows = batch::get(&self.client, &self.table, keys.collect()).await?;
        let mut rows: std::collections::HashMap<String, Row> =
            rows.into_iter().filter_map(|row| Some((row.get("chatId")?.as_s().ok()?.clone(), row))).collect();
        let mut views = Vec::with_capacity(chat_ids.len());
        for chat_id in chat_ids {
            let chat = rows.remove(&chat_id.to_string());
            let head = rows.remove(&heads::name(*chat_id));
            let member = rows.remove(&members::name(*chat_id, user));
            let member = member.map(MemberRow::member).transpose()?.flatten();
            if let (Some(chat), Some(head), Some(member)) = (chat, head, member) {
                let head = HeadRow::head(head)?;
                if !head.erased.contains(&user) {
                    views.push((chat_of(chat)?, head, member));
                }
            }
        }
        Ok(views)
    }

    fn put_new(&self, row: Row) -> Result<TransactWriteItem, StoreError> {
        // A row under a member's key without userId is no member, and is in nobody's way.
        let new = if row.contains_key("userId") { "userId" } else { "chatId" };
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(row))
            .condition_expression(format!("attribute_not_exists({new})"))
            .build()
            .map_err(|error| StoreError::Call { operation: OPERATION, cause: error.to_string() })?;
        Ok(TransactWriteItem::builder().put(put).build())
    }
}

/// Whether rows were not put because they are there: all of one transaction are, or none is.
fn are_there(canceled: &TransactionCanceledException) -> bool {
    canceled.cancellation_reasons().iter().any(|reason| reason.code() == Some("ConditionalCheckFailed"))
}

fn chat_key(chat_id: ChatId) -> Row {
    Row::from([("chatId".to_owned(), text(chat_id))])
}

fn chat_of(row: Row) -> Result<Chat, StoreError> {
    from_row(row, TABLE, "a chat")
}
