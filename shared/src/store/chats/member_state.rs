//! The state of a member that pushes and typing depend on: unread messages, the last push, the last typing.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{ReturnValue, ReturnValuesOnConditionCheckFailure};

use super::Chats;
use super::keys::{head_key, head_name, member_key, member_name};
use super::rows::{HeadRow, MemberRow};
use crate::domain::{ChangeSeq, ChatId, Head, Member, PageLimit, Seq, TYPING_INTERVAL, Timestamp, UserId, Watermark};
use crate::store::{Row, StoreError, batch, number, unless_condition_failed};

/// Pages of 100 chats that a badge counts, the latest chats first.
const MAX_PAGES_OF_BADGE: usize = 10;

/// The unread messages of a user in all chats that are not archived.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unread {
    /// Their number, which is the badge, without those in [`Self::uncounted`].
    pub count: u64,
    /// Chats of which the head does not list all deleted messages: see [`Changes::unread_of`](crate::store::Changes).
    pub uncounted: Vec<(ChatId, Head, Member)>,
    /// Chats with the user's member row, read together with the count. The badges on the user's devices may still count
    /// messages of these chats that the user has read.
    pub badge_corrections: Vec<(ChatId, Member)>,
}

impl Chats {
    /// Records a push of this version of message `seq` to a member's devices; the mark only moves forward. Returns the
    /// member before the write, which shows whether another push came in between, and whether the member has read
    /// meanwhile.
    ///
    /// # Errors
    /// Also when the user is not a member.
    pub async fn mark_pushed(
        &self,
        chat_id: ChatId,
        user: UserId,
        (seq, version): (Seq, ChangeSeq),
    ) -> Result<Member, StoreError> {
        let update = self.client.update_item().table_name(&self.table).set_key(Some(member_key(chat_id, user)));
        let (update, changed) = if version.is_start() {
            (update.update_expression("SET pushedSeq = :seq REMOVE pushedVersion"), "")
        } else {
            let update = update.update_expression("SET pushedSeq = :seq, pushedVersion = :version");
            let changed =
                " OR (pushedSeq = :seq AND (attribute_not_exists(pushedVersion) OR pushedVersion < :version))";
            (update.expression_attribute_values(":version", number(version)), changed)
        };
        let marked = update
            .condition_expression(format!(
                "attribute_exists(chatId) AND (attribute_not_exists(pushedSeq) OR pushedSeq < :seq{changed})"
            ))
            .expression_attribute_values(":seq", number(seq))
            .return_values(ReturnValue::AllOld)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let before = match marked {
            Ok(answer) => answer.attributes.unwrap_or_default(),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) if failed.item.is_some() => {
                    failed.item.clone().unwrap_or_default()
                }
                _ => return Err(StoreError::call("UpdateItem of a member's pushes")(error)),
            },
        };
        MemberRow::existing(before)
    }

    /// Records that the badges on a member's devices were corrected up to `read`; the mark only moves forward.
    pub async fn mark_badge_corrected(&self, chat_id: ChatId, user: UserId, read: Watermark) -> Result<(), StoreError> {
        let marked = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(member_key(chat_id, user)))
            .update_expression("SET badgeSeq = :read")
            .condition_expression("attribute_exists(chatId) AND (attribute_not_exists(badgeSeq) OR badgeSeq < :read)")
            .expression_attribute_values(":read", number(read))
            .send()
            .await;
        unless_condition_failed("UpdateItem of a member's badge", marked)?;
        Ok(())
    }

    /// Records that a member is typing; `false` when that was recorded less than [`TYPING_INTERVAL`] ago, or when the
    /// user is not a member. One write unit, since UserChatsIndex does not have the attribute.
    pub async fn record_typing(&self, chat_id: ChatId, user: UserId, now: Timestamp) -> Result<bool, StoreError> {
        let update = self.client.update_item().table_name(&self.table).set_key(Some(member_key(chat_id, user)));
        let typed = update
            .update_expression("SET typingAt = :now")
            .condition_expression(
                "attribute_exists(chatId) AND (attribute_not_exists(typingAt) OR typingAt <= :earlier)",
            )
            .expression_attribute_values(":now", number(now.as_millis()))
            .expression_attribute_values(":earlier", number(now.minus(TYPING_INTERVAL).as_millis()))
            .send()
            .await;
        Ok(unless_condition_failed("UpdateItem of a member's typing", typed)?.is_some())
    }

    /// The unread messages of a user in all chats, except archived ones. They are computed from marks and not counted
    /// with each message, so they cannot drift (invariant 8). Two rows are read per chat. `changed` is a chat that has
    /// just changed: UserChatsIndex may not show it yet. Messages before `oldest_shown` do not count if the chat has no
    /// later one; a chat with both is read in full.
    pub async fn unread_of(
        &self,
        user: UserId,
        changed: ChatId,
        oldest_shown: Option<Timestamp>,
    ) -> Result<Unread, StoreError> {
        let (mut unread, mut from) = (Unread::default(), None);
        self.add_unread(&mut unread, &[changed], (user, oldest_shown)).await?;
        for _ in 0..MAX_PAGES_OF_BADGE {
            let (mut chats, next) = self.of_user(user, PageLimit::MAX, from).await?;
            chats.retain(|chat_id| *chat_id != changed);
            self.add_unread(&mut unread, &chats, (user, oldest_shown)).await?;
            from = next;
            if from.is_none() {
                break;
            }
        }
        Ok(unread)
    }

    async fn add_unread(
        &self,
        unread: &mut Unread,
        chats: &[ChatId],
        (user, oldest_shown): (UserId, Option<Timestamp>),
    ) -> Result<(), StoreError> {
        let keys = chats.iter().flat_map(|chat_id| [head_key(*chat_id), member_key(*chat_id, user)]).collect();
        let rows = batch::get(&self.client, &self.table, keys).await?;
        let mut rows: HashMap<String, Row> =
            rows.into_iter().filter_map(|row| Some((row.get("chatId")?.as_s().ok()?.clone(), row))).collect();
        for chat_id in chats {
            let (head, member) = (rows.remove(&head_name(*chat_id)), rows.remove(&member_name(*chat_id, user)));
            let member = member.map(MemberRow::member).transpose()?.flatten();
            if let (Some(head), Some(member)) = (head, member) {
                let head = HeadRow::head(head)?;
                let member = head.as_now(member);
                if !member.is_current() || member.is_asked() {
                    continue;
                }
                let member = member.without_expired(head.expired(oldest_shown));
                if head.is_archived_by(&member) {
                } else if head.unlisted_after(&member).is_some() {
                    unread.uncounted.push((*chat_id, head, member.clone()));
                } else {
                    unread.count += head.unread_of(&member);
                }
                if member.pushed_seq.min(member.marks.read) > member.badge_seq {
                    unread.badge_corrections.push((*chat_id, member));
                }
            }
        }
        Ok(())
    }
}
