//! Changes of a group: one transaction writes the head, the group's row, the system message, and the members' rows.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update,
};

use super::MessageLog;
use super::message_log::failed_row;
use super::rows::TABLE;
use crate::domain::{ChatId, GroupChange, Head, Member, Message, Role, UserId};
use crate::store::chats::keys::{chat_key, head_key, member_key};
use crate::store::chats::rows::{HeadRow, MemberRow, binary_set, chat_row};
use crate::store::{StoreError, from_row, number, text};

const OPERATION: &str = "TransactWriteItems of a group's change";

/// The attributes of a group's row that a change writes.
const CHANGING: [&str; 10] = [
    "name",
    "participants",
    "admins",
    "membershipVersion",
    "onlyAdminsWrite",
    "onlyAdminsAdd",
    "avatar",
    "joined",
    "former",
    "erased",
];

/// The outcome of a change of a group.
#[derive(Debug)]
pub enum GroupOutcome {
    /// It is stored.
    Changed,
    /// A message with the same id was stored before.
    Repeated(Box<Message>),
    /// A message of the chat was faster, and the group is unchanged: this is the head after it.
    Raced(Box<Head>),
    /// The group has changed, or another transaction was running on the same rows: read again.
    Conflicted,
}

impl MessageLog {
    /// Stores a change. Costs two write units for each KB of each row: 11 to 13 in a small group, and up to 160 in one
    /// of 1,024.
    pub async fn change_group(&self, change: &GroupChange) -> Result<GroupOutcome, StoreError> {
        let chat_id = change.chat.chat_id;
        let mut parts = vec![
            TransactWriteItem::builder().update(self.group_head_update(change)?).build(),
            TransactWriteItem::builder().update(self.group_update(change)?).build(),
            TransactWriteItem::builder().put(self.put(&change.message)?).build(),
        ];
        for member in &change.joining {
            parts.push(TransactWriteItem::builder().put(self.joining_put(chat_id, member)?).build());
        }
        if let Some(member) = &change.leaving {
            parts.push(TransactWriteItem::builder().update(self.leaving_update(chat_id, member)?).build());
        }
        for (user, role) in &change.roles {
            let has_row = !change.joining.iter().any(|member| member.user_id == *user);
            if has_row {
                parts.push(TransactWriteItem::builder().update(self.role_update(chat_id, *user, *role)?).build());
            }
        }
        match self.client.transact_write_items().set_transact_items(Some(parts)).send().await {
            Ok(_) => Ok(GroupOutcome::Changed),
            Err(error) => match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => {
                    match outcome_of(canceled.cancellation_reasons())? {
                        Some(outcome) => Ok(outcome),
                        None => Err(StoreError::call(OPERATION)(error)),
                    }
                }
                Some(TransactWriteItemsError::TransactionInProgressException(_)) => Ok(GroupOutcome::Conflicted),
                _ => Err(StoreError::call(OPERATION)(error)),
            },
        }
    }

    /// A leaving also takes the lowest marks from their holders: the next move of any member computes them again, even
    /// if the job that does so now is lost.
    fn group_head_update(&self, change: &GroupChange) -> Result<Update, StoreError> {
        let GroupChange { chat, message, leavers, .. } = change;
        let membership = &chat.membership;
        let mut set = "SET lastSeq = :seq, lastCount = :count, lastTimestamp = :time, lastSenderId = :sender, \
                       lastMessageId = :id, participantCount = :size, membershipVersion = :version, \
                       onlyAdminsWrite = :admins, moreLeft = :more"
            .to_owned();
        let mut removed = Vec::new();
        let mut update = Update::builder();
        let mut condition = "lastSeq = :before".to_owned();
        if change.leaving.is_some() {
            // The leaver sees messages as of this change.
            if change.head.change_seq.is_start() {
                condition.push_str(" AND attribute_not_exists(changeSeq)");
            } else {
                condition.push_str(" AND changeSeq = :change");
                set.push_str(", leftChange = :change");
                update = update.expression_attribute_values(":change", number(change.head.change_seq));
            }
            set.push_str(", deliveredHolder = :none, readHolder = :none");
            update = update.expression_attribute_values(":none", AttributeValue::Null(true));
        }
        match leavers.last_at {
            Some(at) => {
                set.push_str(", leftAt = :left");
                update = update.expression_attribute_values(":left", number(at.as_millis()));
            }
            None => removed.push("leftAt"),
        }
        if leavers.listed.is_empty() {
            removed.push("leavers");
        } else {
            set.push_str(", leavers = :leavers");
            update = update.expression_attribute_values(":leavers", binary_set(&leavers.listed));
        }
        if chat.membership.removal.is_some() {
            set.push_str(", removed = :removed");
            update = update.expression_attribute_values(":removed", AttributeValue::Bool(true));
        }
        let remove = if removed.is_empty() { String::new() } else { format!(" REMOVE {}", removed.join(", ")) };
        update
            .table_name(&self.chats)
            .set_key(Some(head_key(chat.chat_id)))
            .update_expression(set + &remove)
            .condition_expression(condition)
            .expression_attribute_values(":before", number(change.head.last_seq))
            .expression_attribute_values(":seq", number(message.seq))
            .expression_attribute_values(":count", number(change.head.count()))
            .expression_attribute_values(":time", number(message.timestamp.as_millis()))
            .expression_attribute_values(":sender", text(message.sender_id))
            .expression_attribute_values(":id", text(message.message_id))
            .expression_attribute_values(":size", number(chat.participants.len()))
            .expression_attribute_values(":version", number(membership.membership_version))
            .expression_attribute_values(":admins", AttributeValue::Bool(membership.only_admins_write))
            .expression_attribute_values(":more", AttributeValue::Bool(leavers.has_more))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .build()
            .map_err(StoreError::unbuilt(OPERATION))
    }

    /// All conditions of a change were checked on the group as it was read, so it must still have the same version.
    fn group_update(&self, change: &GroupChange) -> Result<Update, StoreError> {
        let mut row = chat_row(&change.chat)?;
        let (mut set, mut remove) = (Vec::new(), Vec::new());
        let mut update = Update::builder();
        for name in CHANGING {
            update = update.expression_attribute_names(format!("#{name}"), name);
            match row.remove(name) {
                Some(value) => {
                    set.push(format!("#{name} = :{name}"));
                    update = update.expression_attribute_values(format!(":{name}"), value);
                }
                None => remove.push(format!("#{name}")),
            }
        }
        // A removed group does not change any more, so no other change needs to leave this alone.
        if let Some(removal) = row.remove("removal") {
            set.push("removal = :removal".to_owned());
            update = update.expression_attribute_values(":removal", removal);
        }
        let remove = if remove.is_empty() { String::new() } else { format!(" REMOVE {}", remove.join(", ")) };
        let before = change.before.membership.membership_version;
        let unchanged = if before == 0 {
            "attribute_exists(chatId) AND attribute_not_exists(#membershipVersion)"
        } else {
            update = update.expression_attribute_values(":before", number(before));
            "#membershipVersion = :before"
        };
        update
            .table_name(&self.chats)
            .set_key(Some(chat_key(change.chat.chat_id)))
            .update_expression(format!("SET {}{remove}", set.join(", ")))
            .condition_expression(unchanged)
            .build()
            .map_err(StoreError::unbuilt(OPERATION))
    }

    /// The row of a user who joins, for the first time or again.
    fn joining_put(&self, chat_id: ChatId, member: &Member) -> Result<Put, StoreError> {
        Put::builder()
            .table_name(&self.chats)
            .set_item(Some(MemberRow::row(chat_id, member)?))
            .build()
            .map_err(StoreError::unbuilt(OPERATION))
    }

    fn leaving_update(&self, chat_id: ChatId, member: &Member) -> Result<Update, StoreError> {
        let mut row = MemberRow::row(chat_id, member)?;
        let mut value = |name: &str| row.remove(name).unwrap_or(AttributeValue::Null(true));
        let (windows, farewell) = (value("windows"), value("farewell"));
        Update::builder()
            .table_name(&self.chats)
            .set_key(Some(member_key(chat_id, member.user_id)))
            .update_expression("SET windows = :windows, farewell = :farewell REMOVE #role")
            .condition_expression("attribute_exists(chatId)")
            .expression_attribute_names("#role", "role")
            .expression_attribute_values(":windows", windows)
            .expression_attribute_values(":farewell", farewell)
            .build()
            .map_err(StoreError::unbuilt(OPERATION))
    }

    fn role_update(&self, chat_id: ChatId, user: UserId, role: Role) -> Result<Update, StoreError> {
        let update = Update::builder().table_name(&self.chats).set_key(Some(member_key(chat_id, user)));
        let update = match role {
            Role::Admin => {
                update.update_expression("SET #role = :role").expression_attribute_values(":role", text("admin"))
            }
            Role::Member => update.update_expression("REMOVE #role"),
        };
        update
            .condition_expression("attribute_exists(chatId)")
            .expression_attribute_names("#role", "role")
            .build()
            .map_err(StoreError::unbuilt(OPERATION))
    }
}

/// Reads the reasons of a cancelled transaction, which are in the order of its parts: head, group, message, members.
/// `None` for a failure that is neither a repetition nor a race.
fn outcome_of(reasons: &[CancellationReason]) -> Result<Option<GroupOutcome>, StoreError> {
    let [head, group, message, ..] = reasons else { return Ok(None) };
    if let Some(row) = failed_row(message) {
        return Ok(Some(GroupOutcome::Repeated(Box::new(from_row(row, TABLE, "a message")?))));
    }
    let failed = |reason: &CancellationReason| reason.code().is_some_and(|code| code != "None");
    if let Some(row) = failed_row(head).filter(|_| !failed(group)) {
        return Ok(Some(GroupOutcome::Raced(Box::new(HeadRow::head(row)?))));
    }
    let lost =
        |reason: &CancellationReason| matches!(reason.code(), Some("ConditionalCheckFailed" | "TransactionConflict"));
    Ok(reasons.iter().any(lost).then_some(GroupOutcome::Conflicted))
}
