//! A chat as the API and the events show it to one member.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    Account, ChangeSeq, Chat, ChatKind, Head, LastMessage, Member, Presence, Profile, Role, Timestamp, UserId,
    Watermark, Windows,
};

/// A chat as a member sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ChatView {
    /// The chat and its participants.
    #[serde(flatten)]
    pub chat: Chat,
    /// The erased users among the participants; absent without any.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub erased: BTreeSet<UserId>,
    /// The newest message; null in a new chat. It appears a moment after the message.
    pub last_message: Option<LastMessage>,
    /// The time of the newest message, or of the creation of the chat, in epoch milliseconds.
    pub last_message_time: Timestamp,
    /// The seq of the last message; 0 for a chat without messages.
    pub last_seq: Watermark,
    /// The last edit or deletion of a message; absent without any, and for a former member.
    #[serde(default, skip_serializing_if = "ChangeSeq::is_start")]
    pub change_seq: ChangeSeq,
    /// The last message that the member has read.
    pub read_seq: Watermark,
    /// The last message that the member's devices have received.
    pub delivered_seq: Watermark,
    /// The messages after `readSeq`. System messages and the member's own messages do not count.
    pub unread_count: u64,
    /// The caller's role in a group, or `former` for a caller who has left it; absent in a direct chat. A former member
    /// sees the group as it was, without its members.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<ViewRole>,
    /// The messages that the caller may see and has not cleared; absent if all.
    #[serde(default, skip_serializing_if = "Windows::is_unlimited")]
    pub windows: Windows,
    /// Rises whenever the caller hides a message: the next page of messages lists the hidden ones. Absent without any.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub hidden_version: u64,
    /// The stranger who brought the caller into the chat, while the caller has not accepted; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<UserId>,
    /// Whether the caller has blocked the other member of this direct chat; absent otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub blocked: bool,
    /// The end of the mute, in epoch milliseconds; absent for a chat that is not muted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<Timestamp>,
    /// Whether the caller has pinned the chat; absent if not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pinned: bool,
    /// Whether the caller has archived the chat, and no message has brought it back; absent if not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
    /// Whether the caller has marked the chat as unread, and has not read or written since; absent if not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub marked_unread: bool,
    /// The presence of the other member of a direct chat. Only the answer for one chat has it, not lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presence: Option<Presence>,
    /// The profiles of members: in lists that of the other member of a direct chat, in the answer for one chat those of
    /// all members. Erased users have no profile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Profile>,
}

/// The caller's part in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub enum ViewRole {
    /// May change the group and its members.
    Admin,
    /// May read and write.
    Member,
    /// Has left the group, or was removed.
    Former,
}

impl ChatView {
    /// The chat as `member` sees it.
    pub fn of(mut chat: Chat, head: &Head, member: &Member) -> Self {
        let (marks, last_seq) = (head.marks_of(member), member.windows.last_visible(head.last_seq));
        let mut last_message = head.last_message_for(member).cloned();
        // A late job may have moved the marks of a former member past the end.
        let (read_seq, delivered_seq) = if member.is_current() {
            (marks.read, marks.delivered)
        } else {
            (marks.read.min(last_seq), marks.delivered.min(last_seq))
        };
        let mut erased = head.roster.erased().clone();
        erased.extend(chat.membership.erased.iter().copied());
        if let Some(farewell) = member.farewell.as_ref().filter(|_| !member.is_current()) {
            last_message = Some(farewell.last_message.clone());
            erased.clear();
            chat = chat.as_left(farewell);
        }
        let time = last_message.as_ref().map(|last| last.timestamp);
        let last_message = last_message.filter(|last| !member.hiding.hides_last(last.seq));
        // A new member has the time of the joining, since the chat's last message may be older.
        let first_time = if member.windows.is_unlimited() { chat.created_at } else { member.last_message_time };
        Self {
            erased,
            last_message_time: time.unwrap_or(first_time),
            last_message,
            last_seq,
            change_seq: member.sees_changes_upto().unwrap_or(head.change_seq),
            read_seq,
            delivered_seq,
            unread_count: head.unread_of(member),
            role: ViewRole::of(&chat, member),
            windows: member.visible(),
            hidden_version: member.hiding.hidden_version,
            requested_by: member.requested_by,
            blocked: head.roster.blockers().contains(&member.user_id),
            muted_until: member.muted_until.filter(|until| *until > Timestamp::now()),
            pinned: false,
            archived: head.is_archived_by(member),
            marked_unread: head.is_marked_unread_by(member),
            presence: None,
            members: Vec::new(),
            chat,
        }
    }

    /// This view with the caller's pin, which is in the caller's account.
    #[must_use]
    pub fn with_pin(self, caller: &Account) -> Self {
        Self { pinned: caller.pins.contains(&self.chat.chat_id), ..self }
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl ViewRole {
    fn of(chat: &Chat, member: &Member) -> Option<Self> {
        match (&chat.kind, member.is_current(), member.role) {
            (ChatKind::Direct, _, _) => None,
            (_, false, _) => Some(Self::Former),
            (_, true, Role::Admin) => Some(Self::Admin),
            (_, true, Role::Member) => Some(Self::Member),
        }
    }
}
