//! A member of a chat: the member's watermarks, mute and pushes.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{DeviceId, DeviceMarks, Marks, Seq, Timestamp, UserId, Watermark};

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
    /// The last message for which a badge correction was pushed, after the member read it on another device.
    #[serde(default)]
    pub badge_seq: Watermark,
    /// The last messages that each device has received and read, for devices that send their id.
    #[serde(default, skip_serializing_if = "DeviceMarks::is_empty")]
    pub device_marks: DeviceMarks,
    /// The end of the time for which the member has muted the chat, in epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<Timestamp>,
    /// The time of the last `typing` event of this member, in epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typing_at: Option<Timestamp>,
}

impl Member {
    /// A new member, who has received and read nothing.
    pub fn new(user_id: UserId, joined_at: Timestamp) -> Self {
        Self {
            user_id,
            marks: Marks::default(),
            last_message_time: joined_at,
            pushed_seq: Watermark::START,
            badge_seq: Watermark::START,
            device_marks: DeviceMarks::default(),
            muted_until: None,
            typing_at: None,
        }
    }

    /// Whether a `typing` event of this member was enqueued less than [`TYPING_INTERVAL`] ago.
    pub fn has_just_typed(&self, now: Timestamp) -> bool {
        self.typing_at.is_some_and(|last| last.plus(TYPING_INTERVAL) > now)
    }

    /// Whether the member wants a push for message `seq`: it is unread, and the chat is not muted (invariant 8).
    pub fn wants_push(&self, seq: Seq, now: Timestamp) -> bool {
        let muted = self.muted_until.is_some_and(|until| until > now);
        !muted && !self.marks.read.covers(seq)
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
