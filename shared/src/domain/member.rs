//! A member of a chat: the member's watermarks, mute and pushes.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    Avatar, ChangeSeq, DeviceId, DeviceMarks, Hiding, LastMessage, Marks, Name, Role, Seq, Timestamp, UserId,
    Watermark, Windows,
};

/// The latest end of a mute: the end of the year 9999, which stands for "for ever". It is the last year that JavaScript
/// formats with four digits.
pub const LATEST_MUTE: Timestamp = Timestamp::from_millis(253_402_300_799_999);

/// Time after a `typing` frame during which further `typing` frames of the same member are dropped.
pub const TYPING_INTERVAL: Duration = Duration::from_secs(3);

/// The row of a user in one chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// The user who is the member.
    pub user_id: UserId,
    /// The last messages that the user has received and read.
    #[serde(flatten)]
    pub marks: Marks,
    /// The position of the chat in the member's list of chats, in epoch milliseconds: roughly the time of the last
    /// message.
    pub last_message_time: Timestamp,
    /// The last message that was pushed to the member's devices. Like every mark it only moves forward.
    #[serde(default)]
    pub pushed_seq: Watermark,
    /// The version of that message that was pushed. Absent for the message as it was sent.
    #[serde(default, skip_serializing_if = "ChangeSeq::is_start")]
    pub pushed_version: ChangeSeq,
    /// The last message for which a badge correction was pushed, after the member read it on another device.
    #[serde(default)]
    pub badge_seq: Watermark,
    /// The last messages that each device has received and read, for devices that send their id.
    #[serde(default, skip_serializing_if = "DeviceMarks::is_empty")]
    pub device_marks: DeviceMarks,
    /// The end of the time for which the member has muted the chat, in epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<Timestamp>,
    /// Since the member has archived the chat: the `count` of its last message at that time. A message with a higher
    /// count brings the chat back: [`Head::is_archived_by`](super::Head::is_archived_by).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived_count: Option<u64>,
    /// Since the member has marked the chat as unread: the member's `readSeq` at that time. A higher mark ends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread_seq: Option<Watermark>,
    /// The time of the last `typing` event of this member, in epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typing_at: Option<Timestamp>,
    /// The number of messages up to `readSeq` that count as unread. Absent where it is the same as `readSeq`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_count: Option<u64>,
    /// Since the member has acknowledged a message without sharing read receipts: the last message that others may see
    /// as read. A shared receipt that reaches `readSeq` removes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_read: Option<Watermark>,
    /// The role in a group. Absent for a member without rights.
    #[serde(default, skip_serializing_if = "Role::is_member")]
    pub role: Role,
    /// The messages that the user may see. Absent for a member who sees everything.
    #[serde(default, skip_serializing_if = "Windows::is_unlimited")]
    pub windows: Windows,
    /// The messages that the user has hidden.
    #[serde(flatten)]
    pub hiding: Hiding,
    /// The chat as the user left it. Absent for a member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub farewell: Option<Farewell>,
    /// The other member of a direct chat as this one saw them last, before blocking them. Absent without a block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub block: Option<Block>,
    /// The stranger who brought the member into the chat by a request. Absent once the member has accepted it, and for
    /// users who knew each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<UserId>,
    /// Whether the member has accepted such a request in a direct chat.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accepted: bool,
}

/// The state of a direct chat when one member blocked the other. Both see each other as they were then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Block {
    /// The marks of the blocked member: the blocker sees no later receipt.
    #[serde(flatten)]
    pub marks: Marks,
    /// The time of the blocker's last frame: the blocked member sees the blocker as offline since then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seen: Option<Timestamp>,
    /// The last change of a message before the block. The blocker sees messages as they were then.
    #[serde(default, skip_serializing_if = "ChangeSeq::is_start")]
    pub change_seq: ChangeSeq,
}

/// A group as a former member saw it last, for the member's list of chats.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Farewell {
    /// The message about the leaving.
    pub last_message: LastMessage,
    /// The last change of a message before the leaving. The member sees messages as they were then.
    #[serde(default, skip_serializing_if = "ChangeSeq::is_start")]
    pub change_seq: ChangeSeq,
    /// The group's name.
    #[serde(default, deserialize_with = "Name::stored_if_any", skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// The URL of the group's picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<Avatar>,
}

impl Member {
    /// A new member, who has received and read nothing.
    pub fn new(user_id: UserId, joined_at: Timestamp) -> Self {
        Self {
            user_id,
            marks: Marks::default(),
            last_message_time: joined_at,
            pushed_seq: Watermark::START,
            pushed_version: ChangeSeq::START,
            badge_seq: Watermark::START,
            device_marks: DeviceMarks::default(),
            muted_until: None,
            archived_count: None,
            unread_seq: None,
            typing_at: None,
            read_count: None,
            shared_read: None,
            role: Role::default(),
            windows: Windows::default(),
            hiding: Hiding::default(),
            farewell: None,
            block: None,
            requested_by: None,
            accepted: false,
        }
    }

    /// A user who joins a group with message `at`, after `count` messages that count as unread. The marks start there,
    /// so that no tick of an earlier message goes back. `before` is the user's row from an earlier membership.
    pub fn joining(
        (user_id, before): (UserId, Option<Self>),
        (at, count): (Seq, u64),
        (history, requested_by): (bool, Option<UserId>),
        now: Timestamp,
    ) -> Self {
        let start = Watermark::from(at);
        let new = Self {
            marks: Marks::at(start),
            // A request is pushed once: its member has no push yet.
            pushed_seq: if requested_by.is_some() { Watermark::START } else { start },
            badge_seq: start,
            requested_by,
            read_count: Some(count),
            windows: Windows::joining(at, history),
            ..Self::new(user_id, now)
        };
        match before {
            None => new,
            Some(before) => Self {
                windows: before.windows.leaving(at).rejoining(at, history),
                hiding: before.hiding,
                device_marks: before.device_marks,
                muted_until: before.muted_until,
                ..new
            },
        }
    }

    /// Whether the user is in the chat now. A former member has only closed windows.
    pub fn is_current(&self) -> bool {
        self.windows.is_open()
    }

    /// The last change of a message that a former member or a blocker sees; `None` for a member, who sees all.
    pub fn sees_changes_upto(&self) -> Option<ChangeSeq> {
        if self.is_current() {
            return None;
        }
        let farewell = self.farewell.as_ref().map(|farewell| farewell.change_seq);
        farewell.or(self.block.map(|block| block.change_seq))
    }

    /// The messages that the user may see and has not cleared.
    pub fn visible(&self) -> Windows {
        self.windows.clone().after(self.hiding.cleared_seq)
    }

    /// This member of a direct chat after blocking the other one, when this was the last message.
    #[must_use]
    pub fn blocking(self, last: Seq, block: Block) -> Self {
        Self { windows: self.windows.leaving(last), block: Some(block), ..self }
    }

    /// This member of a direct chat after the end of a block, when this was the last message.
    #[must_use]
    pub fn unblocking(self, last: Watermark) -> Self {
        Self { windows: self.windows.reopening(last.next()), block: None, ..self }
    }

    /// The last message that others may see as read by the member's receipts.
    pub fn shared_read(&self) -> Watermark {
        self.shared_read.unwrap_or(self.marks.read)
    }

    /// The number of messages up to the member's `readSeq` that count as unread.
    pub fn read_count(&self) -> u64 {
        self.read_count.unwrap_or(self.marks.read.as_u64())
    }

    /// Whether a `typing` event of this member was enqueued less than [`TYPING_INTERVAL`] ago.
    pub fn has_just_typed(&self, now: Timestamp) -> bool {
        self.typing_at.is_some_and(|last| last.plus(TYPING_INTERVAL) > now)
    }

    /// Whether the member wants a push for message `seq`: it is unread, and the chat is not muted (invariant 8). A
    /// request is pushed once.
    pub fn wants_push(&self, seq: Seq, now: Timestamp) -> bool {
        let muted = self.muted_until.is_some_and(|until| until > now);
        let is_first = self.pushed_seq.is_start() || self.pushed_seq == seq.into();
        let may_push = self.requested_by.is_none() || is_first;
        !muted && may_push && self.is_current() && self.visible().shows(seq) && !self.marks.read.covers(seq)
    }

    /// The last push to the member's devices: a message, and its version.
    pub fn pushed(&self) -> (Watermark, ChangeSeq) {
        (self.pushed_seq, self.pushed_version)
    }

    /// Whether this device itself has acknowledged message `seq`.
    pub fn has_acknowledged(&self, device: DeviceId, seq: Seq) -> bool {
        self.device_marks.of(device).delivered.covers(seq)
    }

    /// Whether the badge on this device may count messages that the member has since read on another device: the device
    /// got a push for a message that it did not read itself, and no badge correction since.
    pub fn needs_badge_correction(&self, device: DeviceId) -> bool {
        let known = self.badge_seq.max(self.device_marks.of(device).read);
        self.pushed_seq > known && self.marks.read > known
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Receipt;

    #[test]
    fn quiet_only_a_device_that_got_a_push_and_did_not_read_it_needs_a_badge_correction() {
        let (phone, tablet) = (DeviceId::random(), DeviceId::random());
        let mut member = Member::new(UserId::random(), Timestamp::from_millis(1));
        let seq = |seq: u64| Seq::try_from(seq).unwrap();
        let read = |member: &mut Member, upto| member.marks = member.marks.after(Receipt::Read, seq(upto));
        member.pushed_seq = Watermark::at(5);
        assert!(!member.needs_badge_correction(tablet), "the member has read nothing");
        read(&mut member, 5);
        member.device_marks = member.device_marks.after(phone, Receipt::Read, seq(5));
        assert!(!member.needs_badge_correction(phone), "this device has read it");
        assert!(member.needs_badge_correction(tablet));
        member.badge_seq = Watermark::at(5);
        assert!(!member.needs_badge_correction(tablet), "the correction was pushed");
        read(&mut member, 9);
        assert!(!member.needs_badge_correction(tablet), "read without a push in between");
        member.pushed_seq = Watermark::at(9);
        assert!(member.needs_badge_correction(tablet));
    }

    #[test]
    fn a_second_typing_frame_within_three_seconds_is_dropped() {
        let mut member = Member::new(UserId::random(), Timestamp::from_millis(1));
        assert!(!member.has_just_typed(Timestamp::from_millis(2)), "the first time");
        member.typing_at = Some(Timestamp::from_millis(10_000));
        assert!(member.has_just_typed(Timestamp::from_millis(12_999)));
        assert!(!member.has_just_typed(Timestamp::from_millis(13_000)));
    }
}
