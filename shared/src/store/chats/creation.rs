//! The creation of chats, idempotent and complete.
//!
//! A chat exists once its own row is written. That happens last, in one transaction with the head and the first
//! members. Further members are written before. A crash in between leaves rows that no call shows, never a chat that
//! lacks a member.
//!
//! A request for a group with a `clientChatId` may be repeated, also while the first try runs. So each row is put only
//! if it does not exist: a late try changes no member's marks. Before these rows the digest of the request is stored in
//! a row of its own, so that all tries write the same rows, or none. The key of that row ends in `#wish`, its name in
//! earlier versions.

use std::collections::BTreeSet;
use std::time::Duration;

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem};
use serde::{Deserialize, Serialize};

use super::Chats;
use super::keys::{TABLE, chat_key, head_key, member_key};
use super::rows::{HeadRow, MemberRow, chat_of, chat_row};
use crate::call_error::{CallError, FailureKind};
use crate::domain::{Chat, ChatId, ChatRequestDigest, Head, Member, NewChat, Role, Timestamp, UserId};
use crate::store::{Blocks, PairBlocks, Row, StoreError, batch, from_row, number, text, unless_condition_failed};

/// DynamoDB's limit for the rows of one transaction.
const MAX_ROWS: usize = 100;

/// Members in the transaction that also puts the chat and its head.
const MEMBERS_WITH_CHAT: usize = MAX_ROWS - 2;

/// Tries of a transaction that conflicts with another one on the same rows.
const MAX_TRIES: u32 = 5;

const OPERATION: &str = "TransactWriteItems of a chat";

/// The request for a group: the row `chatId#wish`. It is never deleted, so a repetition is recognized at any time.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RequestRow {
    chat_id: String,
    digest: ChatRequestDigest,
    created_at: Timestamp,
}

/// The chat that an earlier request with the same ids created.
#[derive(Debug)]
pub enum ExistingChat {
    /// No chat, or an unfinished try of the same request.
    NotFound,
    /// The chat, with its head and the member row of its creator.
    Found(Box<(Chat, Head, Member)>),
    /// A group that was requested with the same `clientChatId`, but other participants or another name.
    OtherRequest,
}

/// The outcome of the creation of a chat.
#[derive(Debug)]
pub enum ChatCreation {
    /// This call created the chat.
    Created(Box<Chat>),
    /// Another try has created the chat meanwhile, or has stored another request: call [`Chats::find_existing`] again.
    Conflict,
}

/// The outcome of a transaction that puts new rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PutOutcome {
    Stored,
    AlreadyExist,
}

fn request_name(chat_id: ChatId) -> String {
    format!("{chat_id}#wish")
}

impl Chats {
    /// Finds the chat that the same request created before: one consistent read of up to four rows. No read for a
    /// request that is not repeatable.
    pub async fn find_existing(&self, new: &NewChat) -> Result<ExistingChat, StoreError> {
        if !new.is_repeatable() {
            return Ok(ExistingChat::NotFound);
        }
        let (chat_id, creator, digest) = (new.chat_id(), new.creator(), new.digest());
        let request_key = Row::from([("chatId".to_owned(), text(request_name(chat_id)))]);
        let mut keys = vec![chat_key(chat_id), head_key(chat_id), member_key(chat_id, creator)];
        keys.extend(digest.is_some().then_some(request_key));
        let (mut chat, mut head, mut member, mut request) = (None, None, None, None);
        for row in batch::get(&self.client, &self.table, keys).await? {
            let name = row.get("chatId").and_then(|name| name.as_s().ok()).cloned().unwrap_or_default();
            match name.split_once('#').map(|(_, rest)| rest) {
                None => chat = Some(chat_of(row)?),
                Some("head") => head = Some(HeadRow::head(row)?),
                Some("wish") => request = Some(from_row::<RequestRow>(row, TABLE, "a request for a chat")?),
                Some(_) => member = MemberRow::member(row)?,
            }
        }
        if request.is_some_and(|request| Some(request.digest) != digest) {
            return Ok(ExistingChat::OtherRequest);
        }
        match (chat, head, member) {
            (Some(chat), Some(head), Some(member)) => {
                let member = head.as_now(member);
                Ok(ExistingChat::Found(Box::new((chat, head, member))))
            }
            _ => Ok(ExistingChat::NotFound),
        }
    }

    /// Creates a chat with its head and its members. A member costs two write units and one for the index; the row of
    /// the request costs one. In a direct chat, `blocks` are those between the two: a user who has blocked the creator
    /// gets no row, so the chat does not exist for them; and the transaction requires the blocks unchanged. The chat
    /// is a request to `strangers`, the members who do not know the creator.
    ///
    /// # Errors
    /// Some rows may be stored. A repetition of the request continues after them.
    pub async fn create(
        &self,
        new: NewChat,
        blocks: Option<(&Blocks, PairBlocks)>,
        strangers: &[UserId],
        now: Timestamp,
    ) -> Result<ChatCreation, StoreError> {
        let (chat_id, mut order) = (new.chat_id(), new.members_in_order());
        let blockers: BTreeSet<_> = blocks.iter().flat_map(|(_, blocks)| blocks.blockers()).collect();
        order.retain(|member| !blockers.contains(member));
        let created_at = match new.digest() {
            None => now,
            Some(digest) => {
                let request = self.store_request(chat_id, digest.clone(), now).await?;
                if request.digest != digest {
                    return Ok(ChatCreation::Conflict);
                }
                request.created_at
            }
        };
        let (admin, creator) = (new.admin(), new.creator());
        let member = |user: &UserId| {
            let role = if admin == Some(*user) { Role::Admin } else { Role::Member };
            let requested_by = strangers.contains(user).then_some(creator);
            MemberRow::row(chat_id, &Member { role, requested_by, ..Member::new(*user, created_at) })
        };
        let rows = |members: &[UserId]| members.iter().map(member).collect::<Result<Vec<Row>, StoreError>>();
        let (first, beyond) = order.split_at(order.len().min(MEMBERS_WITH_CHAT));
        for members in beyond.chunks(MAX_ROWS) {
            // Every try has the same order, so either all of these rows exist or none.
            self.put_new(rows(members)?, Vec::new()).await?;
        }
        let chat = new.into_chat(created_at);
        let mut head = Head::of(&chat);
        let asked = strangers.first().copied().filter(|_| head.roster.is_direct());
        head.roster = head.roster.blocked_by(blockers).asking(asked);
        let mut last = rows(first)?;
        last.push(HeadRow::row(chat_id, &head)?);
        last.push(chat_row(&chat)?);
        let checks = blocks.map(|(table, blocks)| table.unchanged(&blocks)).transpose()?.unwrap_or_default();
        match self.put_new(last, checks).await? {
            PutOutcome::Stored => Ok(ChatCreation::Created(Box::new(chat))),
            PutOutcome::AlreadyExist => Ok(ChatCreation::Conflict),
        }
    }

    /// Records that the `chat` event was enqueued, by removing the head's attribute `untold`. One write unit.
    pub async fn mark_chat_event_enqueued(&self, chat_id: ChatId) -> Result<(), StoreError> {
        let update = self.client.update_item().table_name(&self.table).set_key(Some(head_key(chat_id)));
        let update = update.update_expression("REMOVE untold").condition_expression("attribute_exists(chatId)");
        unless_condition_failed("UpdateItem of a head's pending chat event", update.send().await)?;
        Ok(())
    }

    /// Stores the request for a group, unless an earlier one is stored. Returns the stored one.
    async fn store_request(
        &self,
        chat_id: ChatId,
        digest: ChatRequestDigest,
        now: Timestamp,
    ) -> Result<RequestRow, StoreError> {
        let request = RequestRow { chat_id: request_name(chat_id), digest, created_at: now };
        // An update and no put, since the role may put only in transactions.
        let written = self
            .client
            .update_item()
            .table_name(&self.table)
            .key("chatId", text(&request.chat_id))
            .update_expression("SET digest = :digest, createdAt = :now")
            .condition_expression("attribute_not_exists(chatId)")
            .expression_attribute_values(":digest", text(request.digest.as_str()))
            .expression_attribute_values(":now", number(now.as_millis()))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = written else { return Ok(request) };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(failed)) if failed.item.is_some() => {
                from_row(failed.item.clone().unwrap_or_default(), TABLE, "a request for a chat")
            }
            _ => Err(StoreError::call("UpdateItem of a request for a chat")(error)),
        }
    }

    /// Puts all of these rows, or none if one of them exists or a check fails.
    async fn put_new(&self, rows: Vec<Row>, checks: Vec<TransactWriteItem>) -> Result<PutOutcome, StoreError> {
        let put = |row: Row| {
            // A row with a member's key but without userId is no member, and may be replaced.
            let new = if row.contains_key("userId") { "userId" } else { "chatId" };
            let put = Put::builder().table_name(&self.table).set_item(Some(row));
            put.condition_expression(format!("attribute_not_exists({new})")).build()
        };
        let puts = rows.into_iter().map(|row| Ok(TransactWriteItem::builder().put(put(row)?).build()));
        let mut puts: Vec<_> = puts.collect::<Result<_, _>>().map_err(StoreError::unbuilt(OPERATION))?;
        puts.extend(checks);
        for _ in 0..MAX_TRIES {
            let stored = self.client.transact_write_items().set_transact_items(Some(puts.clone())).send().await;
            let Err(error) = stored else { return Ok(PutOutcome::Stored) };
            match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => {
                    let has_reason =
                        |code| canceled.cancellation_reasons().iter().any(|reason| reason.code() == Some(code));
                    if has_reason("ConditionalCheckFailed") {
                        return Ok(PutOutcome::AlreadyExist);
                    }
                    if !has_reason("TransactionConflict") {
                        return Err(StoreError::call(OPERATION)(error));
                    }
                }
                Some(TransactWriteItemsError::TransactionInProgressException(_)) => {}
                _ => return Err(StoreError::call(OPERATION)(error)),
            }
            tokio::time::sleep(Duration::from_millis(fastrand::u64(10..=50))).await;
        }
        let reason = "every try conflicted with another transaction on the same rows";
        Err(CallError::because(OPERATION, FailureKind::Unavailable, reason).into())
    }
}
