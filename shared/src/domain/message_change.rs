//! Edits and deletions of messages. Each takes the next `changeSeq` of its chat (invariant 9).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::earlier_content::kept_after_edit;
use super::{
    Access, Actor, Body, ChangeSeq, ChatId, Content, DeletedCounts, Deletion, EarlierContent, Head, LastMessage,
    Member, Message, MessageId, MessagePast, Permission, Reason, Role, Seq, Status, Timestamp, UserId, Watermark,
};

/// Time after its acceptance in which a sender may edit a message.
pub const EDIT_TIME: Duration = Duration::from_secs(15 * 60);

/// Time after its acceptance in which a sender may delete a message. Admins of a group may at any time.
pub const DELETION_TIME: Duration = Duration::from_secs(60 * 3600);

/// A request to change a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeRequest {
    /// Replaces the content.
    Edit {
        /// The new content.
        content: Content,
        /// The version of the message that the caller edited.
        version: ChangeSeq,
    },
    /// Deletes the message for all members.
    Delete,
}

/// The reason why a message does not change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeRejection {
    /// For the caller the message does not exist.
    #[error("there is no such message, or the caller may not see it")]
    NotFound,
    /// The caller has left the chat.
    #[error("You are no longer a member of this chat.")]
    Left,
    /// Only admins may write to the group.
    #[error("Only admins of this group may write.")]
    AdminsOnly,
    /// The caller has blocked the other member of the direct chat.
    #[error("You have blocked this user: unblock them first.")]
    Blocking,
    /// The message reports a change of the group.
    #[error("A system message cannot be edited or deleted.")]
    System,
    /// Another user has sent the message.
    #[error("Only the sender can edit a message.")]
    NotEditor,
    /// Another user has sent the message, and the caller is no admin of the group.
    #[error("Only the sender and the admins of a group can delete a message.")]
    NotDeleter,
    /// The time of edits is over.
    #[error("A message can be edited for 15 minutes. Send a new message instead.")]
    TooLateToEdit,
    /// The time of the sender's deletions is over.
    #[error("A message can be deleted for 60 hours. Later, only admins of the group can delete it.")]
    TooLateToDelete,
    /// The message has another version by now. It may be deleted.
    #[error("the message has another version by now")]
    Outdated(Box<Message>),
}

/// The kind of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ChangeKind {
    /// The sender replaced the content.
    Edited,
    /// The sender, an admin or an operator deleted the message.
    Deleted,
    /// Members reacted to the message, or removed reactions.
    Reacted,
}

/// A change as its row stores it: which message changed, and not what it says. So no deleted content stays in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeRecord {
    /// The chat of the message.
    pub chat_id: ChatId,
    /// The number of the change in its chat.
    pub change_seq: ChangeSeq,
    /// The changed message.
    pub message_id: MessageId,
    /// The number of the message in its chat.
    pub seq: Seq,
    /// The user who sent the message.
    pub sender_id: UserId,
    /// The kind of the change.
    pub kind: ChangeKind,
    /// The user who made the change, or an operator. If it covers several reactions, the last of their users.
    pub actor_id: Actor,
    /// The time of the change, in epoch milliseconds.
    pub changed_at: Timestamp,
}

/// The effect of a change on the head's summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SummaryChange {
    /// The summary is this message: the new one replaces it, if the summary is not newer by then.
    Replace(Box<LastMessage>),
    /// The summary has not reached the message: the head's `changedSeq` lets the summary job read it again.
    Ahead,
    /// The summary is newer, and stays.
    None,
}

/// The members of the chat of a change, as they were read. Others may need the content before an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeMembers {
    /// Those of a group in this version.
    Group(u64),
    /// The other member of a direct chat, who blocks the actor or does not.
    Direct(UserId, bool),
    /// An operator's change depends on no member.
    Any,
}

/// A change of a message, to be stored as the next one of its chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageChange {
    /// The message after the change.
    pub message: Message,
    /// The version of the message before.
    pub version_before: ChangeSeq,
    /// The row of the change.
    pub record: ChangeRecord,
    /// The summary after the change.
    pub summary: SummaryChange,
    /// The newest message of the chat that was ever changed.
    pub changed_seq: Watermark,
    /// The deleted messages after the change.
    pub deleted: DeletedCounts,
    /// The members that the change was computed for.
    pub members: ChangeMembers,
    /// The contents before edits that members who left, or a blocker, may still see; `None` if they stay as they are.
    pub earlier: Option<Vec<EarlierContent>>,
    /// The reason of an operator's removal, which the message keeps.
    pub removed_for: Option<Reason>,
}

impl MessageChange {
    /// The change that a member requests of this message, which was read with its past, and with the head or later.
    /// `None` if the requested state holds already.
    ///
    /// # Errors
    /// When the member may not make the change, or the message has another version.
    pub fn new(
        request: &ChangeRequest,
        (head, member): (&Head, &Member),
        (message, past): (&Message, &MessagePast),
        now: Timestamp,
    ) -> Result<Option<Self>, ChangeRejection> {
        if !member.windows.shows(message.seq) {
            return Err(ChangeRejection::NotFound);
        }
        let permission = match request {
            ChangeRequest::Edit { .. } => Permission::Send,
            ChangeRequest::Delete => Permission::Delete,
        };
        match head.roster.access(member, permission) {
            Access::Granted => {}
            Access::Erased => return Err(ChangeRejection::NotFound),
            Access::Left => return Err(ChangeRejection::Left),
            Access::AdminsOnly => return Err(ChangeRejection::AdminsOnly),
            Access::Asked | Access::Declined => return Err(ChangeRejection::Left),
            Access::Blocking => return Err(ChangeRejection::Blocking),
        }
        if message.body.notice().is_some() {
            return Err(ChangeRejection::System);
        }
        let change_seq = head.change_seq.next();
        let changed = match request {
            ChangeRequest::Edit { content, version } => edited((message, past), member, (content, *version), now)?,
            ChangeRequest::Delete => deleted(message, member, now)?,
        };
        Ok(changed.map(|(kind, changed)| {
            let after = Message { version: change_seq, ..changed };
            let earlier = if kind == ChangeKind::Edited { kept_after_edit(message, past, head) } else { None };
            Self { earlier, ..Self::of(after, message, (head, kind, member.user_id.into()), now) }
        }))
    }

    pub(super) fn of(
        message: Message,
        before: &Message,
        (head, kind, actor_id): (&Head, ChangeKind, Actor),
        changed_at: Timestamp,
    ) -> Self {
        let Message { chat_id, message_id, seq, sender_id, version, .. } = message;
        let summarised = head.last_message.as_ref().map(|last| last.seq);
        let summary = match summarised {
            Some(last) if last == seq => SummaryChange::Replace(Box::new(LastMessage::from(&message))),
            Some(last) if last > seq => SummaryChange::None,
            _ => SummaryChange::Ahead,
        };
        // A message that all members have read is in no unread count.
        let deleted = if kind == ChangeKind::Deleted && before.status != Status::Read {
            head.deleted.clone().with(before.count.unwrap_or(seq.into()))
        } else {
            head.deleted.clone()
        };
        let record =
            ChangeRecord { chat_id, change_seq: version, message_id, seq, sender_id, kind, actor_id, changed_at };
        let changed_seq = head.changed_seq.max(seq.into());
        let members = match actor_id {
            Actor::User(actor) => match head.roster.other_participant(actor) {
                None => ChangeMembers::Group(head.roster.version()),
                Some(other) => ChangeMembers::Direct(other, head.roster.blockers().contains(&other)),
            },
            Actor::Operator => ChangeMembers::Any,
        };
        let version_before = before.version;
        let (earlier, removed_for) = (None, None);
        Self { message, version_before, record, summary, changed_seq, deleted, members, earlier, removed_for }
    }
}

type Changed = Result<Option<(ChangeKind, Message)>, ChangeRejection>;

fn edited(
    (message, past): (&Message, &MessagePast),
    editor: &Member,
    (content, version): (&Content, ChangeSeq),
    now: Timestamp,
) -> Changed {
    if message.sender_id != editor.user_id {
        return Err(ChangeRejection::NotEditor);
    }
    let Some(current) = message.body.content() else {
        return Err(ChangeRejection::Outdated(Box::new(message.clone())));
    };
    // A repetition of an edit has an old version, and may come late.
    if current == content {
        return Ok(None);
    }
    // Reactions change the version, too. They make no edit outdated.
    if !(past.content_version_of(message)..=message.version).contains(&version) {
        return Err(ChangeRejection::Outdated(Box::new(message.clone())));
    }
    if message.created_at.plus(EDIT_TIME) < now {
        return Err(ChangeRejection::TooLateToEdit);
    }
    let body = Body::Content(content.clone());
    Ok(Some((ChangeKind::Edited, Message { body, edited_at: Some(now), ..message.clone() })))
}

fn deleted(message: &Message, deleter: &Member, now: Timestamp) -> Changed {
    let is_admin = deleter.role == Role::Admin;
    if message.sender_id != deleter.user_id && !is_admin {
        return Err(ChangeRejection::NotDeleter);
    }
    if message.body.content().is_none() {
        return Ok(None);
    }
    if message.created_at.plus(DELETION_TIME) < now && !is_admin {
        return Err(ChangeRejection::TooLateToDelete);
    }
    Ok(Some((ChangeKind::Deleted, tombstone(message, Deletion { at: now, by: deleter.user_id.into() }))))
}

/// The message without content and all that belongs to it.
pub(super) fn tombstone(message: &Message, deletion: Deletion) -> Message {
    let body = Body::Deleted(deletion);
    Message { body, edited_at: None, reply_to: None, reactions: None, ..message.clone() }
}

#[cfg(test)]
#[path = "message_change_tests.rs"]
mod tests;
