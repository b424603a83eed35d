//! A member's settings for a chat: mute, archive, and the mark as unread. Each write is one unit, since UserChatsIndex
//! has none of the attributes.

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;

use super::Chats;
use super::keys::member_key;
use crate::domain::{ChatId, Head, Member, Timestamp, UserId, Watermark};
use crate::store::{StoreError, number, unless_condition_failed};

impl Chats {
    /// Mutes a chat for a member until this time, or unmutes it. `head` and `member` were read before. `false` when
    /// the user is no member, or has changed since whether the chat is archived: the same write keeps an archived chat
    /// archived under the new mute.
    pub async fn mute(
        &self,
        chat_id: ChatId,
        (head, member): (&Head, &Member),
        until: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        let mut update = self.settings_of(chat_id, member.user_id);
        let (mut set, mut removed) = (Vec::new(), Vec::new());
        match until {
            Some(until) => {
                set.push("mutedUntil = :until");
                update = update.expression_attribute_values(":until", number(until.as_millis()));
            }
            None => removed.push("mutedUntil"),
        }
        let condition = match member.archived_count {
            Some(before) => {
                update = update.expression_attribute_values(":before", number(before));
                match head.archived_count_at_mute(member) {
                    Some(count) => {
                        set.push("archivedCount = :count");
                        update = update.expression_attribute_values(":count", number(count));
                    }
                    None => removed.push("archivedCount"),
                }
                "attribute_exists(chatId) AND archivedCount = :before"
            }
            None => "attribute_exists(chatId) AND attribute_not_exists(archivedCount)",
        };
        let clause = |verb: &str, parts: &[&str]| match parts {
            [] => String::new(),
            parts => format!("{verb} {} ", parts.join(", ")),
        };
        let expression = clause("SET", &set) + &clause("REMOVE", &removed);
        let muted = update.update_expression(expression.trim_end()).condition_expression(condition).send().await;
        Ok(unless_condition_failed("UpdateItem of a member's mute", muted)?.is_some())
    }

    /// Archives a chat with this `count` at its last message, or ends that with `None`; `false` when the user has no
    /// member row.
    pub async fn archive(&self, chat_id: ChatId, user: UserId, count: Option<u64>) -> Result<bool, StoreError> {
        let update = self.settings_of(chat_id, user);
        let update = match count {
            Some(count) => update
                .update_expression("SET archivedCount = :count")
                .expression_attribute_values(":count", number(count)),
            None => update.update_expression("REMOVE archivedCount"),
        };
        let archived = update.condition_expression("attribute_exists(chatId)").send().await;
        Ok(unless_condition_failed("UpdateItem of a member's archive", archived)?.is_some())
    }

    /// Marks a chat as unread for a member who has read up to `read`, or ends that with `None`; `false` when the user
    /// has no member row.
    pub async fn mark_unread(
        &self,
        chat_id: ChatId,
        user: UserId,
        read: Option<Watermark>,
    ) -> Result<bool, StoreError> {
        let update = self.settings_of(chat_id, user);
        let update = match read {
            Some(read) => {
                update.update_expression("SET unreadSeq = :read").expression_attribute_values(":read", number(read))
            }
            None => update.update_expression("REMOVE unreadSeq"),
        };
        let marked = update.condition_expression("attribute_exists(chatId)").send().await;
        Ok(unless_condition_failed("UpdateItem of a member's mark as unread", marked)?.is_some())
    }

    fn settings_of(&self, chat_id: ChatId, user: UserId) -> UpdateItemFluentBuilder {
        self.client.update_item().table_name(&self.table).set_key(Some(member_key(chat_id, user)))
    }
}
