//! Making a chat: once, whole, and however often it is asked for.
//!
//! A chat exists once its own row does. That row comes last, in one transaction with the head and the first members;
//! members beyond those are written before it, so that a crash leaves rows that no call shows, and never a chat with
//! a member missing.
//!
//! A group that its creator has named may be asked for again, also while the first try is still under way. So each row
//! is written only if it is not there: a late try changes no mark of a member. A row of its own, the wish, comes first
//! and says what the group was asked to be: all tries write the same rows, or none.

use std::time::Duration;

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use serde::{Deserialize, Serialize};

use super::Chats;
use super::keys::{TABLE, chat_key, head_key, member_key};
use super::rows::{HeadRow, MemberRow, chat_of};
use crate::call_error::{CallError, FailureKind};
use crate::domain::{Chat, ChatId, ChatRequestDigest, Head, Member, NewChat, Timestamp, UserId};
use crate::store::{Row, StoreError, batch, from_row, number, text, to_row, unless_refused};

/// A transaction takes at most 100 rows (DynamoDB's limit).
const ROWS_IN_TRANSACTION: usize = 100;

/// The transaction that makes the chat has two rows besides members: the chat and its head.
const MEMBERS_WITH_CHAT: usize = ROWS_IN_TRANSACTION - 2;

/// How often a transaction is tried while another one is under way on the same rows.
const MOST_TRIES: u32 = 5;

const OPERATION: &str = "TransactWriteItems of a chat";

/// What a group was asked to be, `chatId#wish`. It stays, so that a repetition is known as one for ever.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WishRow {
    chat_id: String,
    digest: ChatRequestDigest,
    created_at: Timestamp,
}

/// What is there of a chat that is asked for.
#[derive(Debug)]
pub enum ExistingChat {
    /// Nothing, or an unfinished try of the same request.
    New,
    /// The chat, as its creator sees it.
    There(Box<(Chat, Head, Member)>),
    /// A group that was asked for by the same name with other participants, or another name.
    Different,
}

/// What came of making a chat.
#[derive(Debug)]
pub enum ChatCreation {
    /// It was made.
    New(Chat),
    /// Another try has made it meanwhile, or has begun to make a different one: look again.
    Overtaken,
}

/// What came of a transaction of new rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stored {
    Now,
    Before,
}

fn wish_name(chat_id: ChatId) -> String {
    format!("{chat_id}#wish")
}

impl Chats {
    /// Looks whether a chat was asked for before: one consistent read of up to four rows; none where every request
    /// is for another chat.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or a row is unreadable.
    pub async fn asked(&self, new: &NewChat) -> Result<ExistingChat, StoreError> {
        if !new.is_repeatable() {
            return Ok(ExistingChat::New);
        }
        let (chat_id, creator, digest) = (new.chat_id(), new.creator(), new.digest());
        let wish_key = Row::from([("chatId".to_owned(), text(wish_name(chat_id)))]);
        let mut keys = vec![chat_key(chat_id), head_key(chat_id), member_key(chat_id, creator)];
        keys.extend(digest.is_some().then_some(wish_key));
        let (mut chat, mut head, mut member, mut wish) = (None, None, None, None);
        for row in batch::get(&self.client, &self.table, keys).await? {
            let name = row.get("chatId").and_then(|name| name.as_s().ok()).cloned().unwrap_or_default();
            match name.split_once('#').map(|(_, rest)| rest) {
                None => chat = Some(chat_of(row)?),
                Some("head") => head = Some(HeadRow::head(row)?),
                Some("wish") => wish = Some(from_row::<WishRow>(row, TABLE, "a wish")?),
                Some(_) => member = MemberRow::member(row)?,
            }
        }
        if wish.is_some_and(|wish| Some(wish.digest) != digest) {
            return Ok(ExistingChat::Different);
        }
        match (chat, head, member) {
            (Some(chat), Some(head), Some(member)) => Ok(ExistingChat::There(Box::new((chat, head, member)))),
            _ => Ok(ExistingChat::New),
        }
    }

    /// Makes a chat with its head and its members. A member costs two write units and one for the index, the wish of a
    /// named group one; transactions have up to 100 rows.
    ///
    /// # Errors
    /// When DynamoDB does not answer. The same request made again goes on where this one has ended.
    pub async fn create(&self, new: NewChat, now: Timestamp) -> Result<ChatCreation, StoreError> {
        let (chat_id, order) = (new.chat_id(), new.members_in_order());
        let created_at = match new.digest() {
            None => now,
            Some(digest) => {
                let wish = self.wish(chat_id, digest.clone(), now).await?;
                if wish.digest != digest {
                    return Ok(ChatCreation::Overtaken);
                }
                wish.created_at
            }
        };
        let rows = |members: &[UserId]| -> Result<Vec<Row>, StoreError> {
            members.iter().map(|user| MemberRow::row(chat_id, &Member::new(*user, created_at))).collect()
        };
        let (first, beyond) = order.split_at(order.len().min(MEMBERS_WITH_CHAT));
        for members in beyond.chunks(ROWS_IN_TRANSACTION) {
            // Every try has the same order, so what is there of these rows is all of them.
            self.put_new(rows(members)?).await?;
        }
        let chat = new.into_chat(created_at);
        let mut last = rows(first)?;
        last.push(HeadRow::row(chat_id, &Head::of(&chat))?);
        last.push(to_row(&chat, TABLE, "a chat")?);
        match self.put_new(last).await? {
            Stored::Now => Ok(ChatCreation::New(chat)),
            Stored::Before => Ok(ChatCreation::Overtaken),
        }
    }

    /// Notes that the participants have been told of their chat: one write unit.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn mark_chat_event_enqueued(&self, chat_id: ChatId) -> Result<(), StoreError> {
        let update = self.client.update_item().table_name(&self.table).set_key(Some(head_key(chat_id)));
        let update = update.update_expression("REMOVE untold").condition_expression("attribute_exists(chatId)");
        unless_refused("UpdateItem of a head's untold", update.send().await)?;
        Ok(())
    }

    /// Writes down what a group is asked to be, unless it was asked for before; what counts.
    async fn wish(&self, chat_id: ChatId, digest: ChatRequestDigest, now: Timestamp) -> Result<WishRow, StoreError> {
        let wish = WishRow { chat_id: wish_name(chat_id), digest, created_at: now };
        // An update, since the role puts in transactions alone.
        let written = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("chatId", text(&wish.chat_id))
            .update_expression("SET digest = :digest, createdAt = :now")
            .condition_expression("attribute_not_exists(chatId)")
            .expression_attribute_values(":digest", text(wish.digest.as_str()))
            .expression_attribute_values(":now", number(now.as_millis()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = written else { return Ok(wish) };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(failed)) if failed.item.is_some() => {
                from_row(failed.item.clone().unwrap_or_default(), TABLE, "a wish")
            }
            _ => Err(StoreError::call("UpdateItem of a wish")(error)),
        }
    }

    /// Puts rows, all or none: none if any of them is there.
    async fn put_new(&self, rows: Vec<Row>) -> Result<Stored, StoreError> {
        let put = |row: Row| {
            // A row under a member's key without userId is no member, and is in nobody's way.
            let new = if row.contains_key("userId") { "userId" } else { "chatId" };
            let put = Put::builder().table_name(&self.table).set_item(Some(row));
            put.condition_expression(format!("attribute_not_exists({new})")).build()
        };
        let puts = rows.into_iter().map(|row| Ok(TransactWriteItem::builder().put(put(row)?).build()));
        let puts: Vec<_> = puts.collect::<Result<_, _>>().map_err(StoreError::unbuilt(OPERATION))?;
        for _ in 0..MOST_TRIES {
            let stored = self.client.transact_write_items().set_transact_items(Some(puts.clone())).send().await;
            let Err(error) = stored else { return Ok(Stored::Now) };
            match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => {
                    let because = |code| canceled.cancellation_reasons().iter().any(|why| why.code() == Some(code));
                    if because("ConditionalCheckFailed") {
                        return Ok(Stored::Before);
                    }
                    if !because("TransactionConflict") {
                        return Err(StoreError::call(OPERATION)(error));
                    }
                }
                Some(TransactWriteItemsError::TransactionInProgressException(_)) => {}
                _ => return Err(StoreError::call(OPERATION)(error)),
            }
            tokio::time::sleep(Duration::from_millis(fastrand::u64(10..=50))).await;
        }
        let reason = "other transactions kept being in the way";
        Err(CallError::because(OPERATION, FailureKind::Unavailable, reason).into())
    }
}
