//! The beginning and the end of a block: one transaction writes the block, the head of the direct chat, and the
//! blocker's member row. No message may be sent meanwhile, so the blocker's windows end and begin exactly between two
//! messages. Nor may a message be changed at the beginning: the blocker goes on to see messages as they are then.

use std::time::Instant;

use aws_sdk_dynamodb::types::{ConditionCheck, Delete, Put, TransactWriteItem, Update};

use super::table::{Blocks, key};
use crate::domain::{Block, ChatId, Head, Member, Seq, Timestamp, UserId, Watermark, Windows};
use crate::store::chats::keys::{head_key, head_name, member_key};
use crate::store::chats::rows::{HeadRow, MemberRow, binary, binary_set};
use crate::store::transaction::{is_lost, pause_before_retry};
use crate::store::{Row, StoreError, batch, number, text};

pub(super) const OPERATION: &str = "TransactWriteItems of a block";

/// The attributes of a member that a block changes.
const BLOCK: [&str; 3] = ["windows", "block", "askedId"];

/// Those that an answer to a request changes.
const ANSWER: [&str; 5] = ["windows", "block", "askedId", "requestedBy", "accepted"];

/// The beginning or the end of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockChange {
    /// The blocker blocks the other user. The blocker's last frame was at this time.
    Begin(Option<Timestamp>),
    /// The blocker unblocks the other user.
    End,
}

/// The rows of two users, as they were read.
pub(super) struct Pair {
    chat_id: ChatId,
    blocker: UserId,
    blocked: UserId,
    pub(super) is_blocked: bool,
    pub(super) head: Option<Head>,
    /// The blocker's row in the direct chat.
    pub(super) own: Option<Member>,
    /// The row of the other user.
    other: Option<Member>,
}

impl Pair {
    /// The last message before a block that begins now, and the chat as the blocker saw it last; `None` for a chat
    /// without a message.
    pub(super) fn closing(&self, head: &Head, last_seen: Option<Timestamp>) -> Option<(Seq, Block)> {
        let last = Seq::try_from(head.last_seq.as_u64()).ok()?;
        let marks = self.other.as_ref().map(|other| head.shared_marks(other));
        Some((last, Block { marks: marks.unwrap_or_default(), last_seen, change_seq: head.change_seq }))
    }
}

impl Blocks {
    /// Begins or ends the block of `blocked` by `blocker`, whether they have a direct chat or not. Returns whether
    /// something changed: a repetition costs one read. A change costs up to 6 write units.
    ///
    /// # Errors
    /// Also when other writes of the chat were faster for 8 s.
    pub async fn change(
        &self,
        blocker: UserId,
        blocked: UserId,
        change: BlockChange,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let started = Instant::now();
        loop {
            let pair = self.read(blocker, blocked).await?;
            if pair.is_blocked == matches!(change, BlockChange::Begin(_)) {
                return Ok(false);
            }
            let parts = match change {
                BlockChange::Begin(last_seen) => self.beginning(&pair, last_seen, now)?,
                BlockChange::End => self.end(&pair, now)?,
            };
            if self.write(parts).await? {
                return Ok(true);
            }
            pause_before_retry(OPERATION, started).await?;
        }
    }

    pub(super) async fn read(&self, blocker: UserId, blocked: UserId) -> Result<Pair, StoreError> {
        let chat_id = ChatId::direct(blocker, blocked);
        let chat_keys = vec![head_key(chat_id), member_key(chat_id, blocker), member_key(chat_id, blocked)];
        let keys = vec![(self.chats.clone(), chat_keys), (self.table.clone(), vec![key(blocker, blocked)])];
        let mut found = batch::get_at_once(&self.client, keys).await?;
        let head_name = text(head_name(chat_id));
        let rows = found.remove(&self.chats).unwrap_or_default();
        let (mut heads, members): (Vec<Row>, Vec<Row>) =
            rows.into_iter().partition(|row| row.get("chatId") == Some(&head_name));
        let members = MemberRow::members(members)?;
        let row_of = |user: UserId| members.iter().find(|member| member.user_id == user).cloned();
        Ok(Pair {
            chat_id,
            blocker,
            blocked,
            is_blocked: found.remove(&self.table).is_some_and(|rows| !rows.is_empty()),
            head: heads.pop().map(HeadRow::head).transpose()?,
            own: row_of(blocker),
            other: row_of(blocked),
        })
    }

    fn beginning(
        &self,
        pair: &Pair,
        last_seen: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let mut row = key(pair.blocker, pair.blocked);
        row.insert("blockedAt".to_owned(), number(now.as_millis()));
        let put = Put::builder().table_name(&self.table).set_item(Some(row));
        let put = put.condition_expression("attribute_not_exists(userId)").build().map_err(unbuilt())?;
        let mut parts = vec![TransactWriteItem::builder().put(put).build()];
        let Some(head) = &pair.head else {
            parts.push(self.without_chat(pair)?);
            return Ok(parts);
        };
        parts.push(self.head_update(pair, head, true)?);
        let Some(own) = pair.own.clone() else { return Ok(parts) };
        parts.push(match pair.closing(head, last_seen) {
            Some((last, block)) => self.member_update(pair.chat_id, &own.blocking(last, block), &BLOCK)?,
            // A chat without a message leaves the blocker's list. The end of the block brings it back.
            None => self.member_delete(pair)?,
        });
        Ok(parts)
    }

    fn end(&self, pair: &Pair, now: Timestamp) -> Result<Vec<TransactWriteItem>, StoreError> {
        let delete = Delete::builder().table_name(&self.table).set_key(Some(key(pair.blocker, pair.blocked)));
        let delete = delete.condition_expression("attribute_exists(userId)").build().map_err(unbuilt())?;
        let mut parts = vec![TransactWriteItem::builder().delete(delete).build()];
        let Some(head) = &pair.head else {
            parts.push(self.without_chat(pair)?);
            return Ok(parts);
        };
        parts.push(self.head_update(pair, head, false)?);
        match pair.own.clone() {
            Some(own) => parts.push(self.member_update(pair.chat_id, &own.unblocking(head.last_seq), &BLOCK)?),
            None => parts.push(self.member_put(pair, head, now)?),
        }
        Ok(parts)
    }

    /// Requires that the two users have no direct chat yet. Its creation reads the blocks, and requires them unchanged.
    fn without_chat(&self, pair: &Pair) -> Result<TransactWriteItem, StoreError> {
        let check = ConditionCheck::builder().table_name(&self.chats).set_key(Some(head_key(pair.chat_id)));
        let check = check.condition_expression("attribute_not_exists(chatId)").build().map_err(unbuilt())?;
        Ok(TransactWriteItem::builder().condition_check(check).build())
    }

    /// Adds the blocker to the head's set, or deletes it there. At the beginning no message may have changed since the
    /// head was read. If the other user blocks already, the head keeps the change before that block.
    pub(super) fn head_update(&self, pair: &Pair, head: &Head, begins: bool) -> Result<TransactWriteItem, StoreError> {
        let (mut condition, mut update) = ("lastSeq = :last".to_owned(), Update::builder());
        let mut expression = if begins { "ADD blockers :self" } else { "DELETE blockers :self" }.to_owned();
        if begins && head.change_seq.is_start() {
            condition.push_str(" AND attribute_not_exists(changeSeq)");
        } else if begins {
            condition.push_str(" AND changeSeq = :change");
            update = update.expression_attribute_values(":change", number(head.change_seq));
            if !head.roster.is_blocked() {
                expression.push_str(" SET blockedChange = :change");
            }
        }
        let update = update
            .update_expression(expression)
            .condition_expression(condition)
            .table_name(&self.chats)
            .set_key(Some(head_key(pair.chat_id)))
            .expression_attribute_values(":self", binary_set([&pair.blocker]))
            .expression_attribute_values(":last", number(head.last_seq));
        Ok(TransactWriteItem::builder().update(update.build().map_err(unbuilt())?).build())
    }

    /// Removes the request from the head of a direct chat, and with it the decline. Whether the user had declined must
    /// be as it was read.
    pub(super) fn acceptance_of_head(
        &self,
        pair: &Pair,
        head: &Head,
        declined: bool,
    ) -> Result<TransactWriteItem, StoreError> {
        let update = Update::builder().table_name(&self.chats).set_key(Some(head_key(pair.chat_id)));
        let update = update.expression_attribute_values(":blocker", binary(pair.blocker));
        let update = match declined {
            false => update
                .update_expression("REMOVE asked")
                .condition_expression("attribute_exists(chatId) AND NOT contains(blockers, :blocker)"),
            true => update
                .update_expression("REMOVE asked DELETE blockers :self")
                .condition_expression("lastSeq = :last AND contains(blockers, :blocker)")
                .expression_attribute_values(":self", binary_set([&pair.blocker]))
                .expression_attribute_values(":last", number(head.last_seq)),
        };
        Ok(TransactWriteItem::builder().update(update.build().map_err(unbuilt())?).build())
    }

    /// The row of a user who answers a request.
    pub(super) fn answered_member(&self, pair: &Pair, member: &Member) -> Result<TransactWriteItem, StoreError> {
        self.member_update(pair.chat_id, member, &ANSWER)
    }

    /// Writes these attributes of a member. Those of an answer require that the request waits for one.
    fn member_update(
        &self,
        chat_id: ChatId,
        member: &Member,
        attributes: &[&'static str],
    ) -> Result<TransactWriteItem, StoreError> {
        let mut update = Update::builder().table_name(&self.chats).set_key(Some(member_key(chat_id, member.user_id)));
        let (mut set, mut remove) = (Vec::new(), Vec::new());
        let mut row = MemberRow::row(chat_id, member)?;
        for &name in attributes {
            match row.remove(name) {
                Some(value) => {
                    set.push(format!("#{name} = :{name}"));
                    update = update.expression_attribute_values(format!(":{name}"), value);
                }
                None => remove.push(format!("#{name}")),
            }
            update = update.expression_attribute_names(format!("#{name}"), name);
        }
        let clause = |verb: &str, names: Vec<String>| match names.is_empty() {
            true => String::new(),
            false => format!("{verb} {} ", names.join(", ")),
        };
        let update = update.update_expression(clause("SET", set) + &clause("REMOVE", remove)).condition_expression(
            match attributes.contains(&"requestedBy") {
                true => "attribute_exists(requestedBy)",
                false => "attribute_exists(chatId)",
            },
        );
        Ok(TransactWriteItem::builder().update(update.build().map_err(unbuilt())?).build())
    }

    fn member_delete(&self, pair: &Pair) -> Result<TransactWriteItem, StoreError> {
        let key = member_key(pair.chat_id, pair.blocker);
        let delete = Delete::builder().table_name(&self.chats).set_key(Some(key)).build().map_err(unbuilt())?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    /// The blocker's row in a chat that began during the block, or had no message before it.
    fn member_put(&self, pair: &Pair, head: &Head, now: Timestamp) -> Result<TransactWriteItem, StoreError> {
        let (new, last) = (Member::new(pair.blocker, now), head.last_seq);
        let windows = Windows::joining(last.next(), last == Watermark::START);
        let requested_by = head.roster.asked().filter(|asked| *asked == pair.blocker).map(|_| pair.blocked);
        let row = MemberRow::row(pair.chat_id, &Member { windows, requested_by, ..new })?;
        let put = Put::builder().table_name(&self.chats).set_item(Some(row));
        let put = put.condition_expression("attribute_not_exists(userId)").build().map_err(unbuilt())?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    /// Writes all parts; `false` if a row has changed since it was read, or another transaction runs on it.
    pub(super) async fn write(&self, parts: Vec<TransactWriteItem>) -> Result<bool, StoreError> {
        let Err(error) = self.client.transact_write_items().set_transact_items(Some(parts)).send().await else {
            return Ok(true);
        };
        if is_lost(&error) { Ok(false) } else { Err(StoreError::call(OPERATION)(error)) }
    }
}

fn unbuilt() -> impl Fn(aws_sdk_dynamodb::error::BuildError) -> StoreError {
    StoreError::unbuilt(OPERATION)
}
