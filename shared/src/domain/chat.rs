//! A chat, its head, and its members: three kinds of row, so that what is written per message stays small.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    Body, ChatId, Content, DeviceId, DeviceMarks, LowestMarks, Marks, Message, MessageId, Name, Seq, Status, Timestamp,
    UserId, Watermark,
};

/// The largest chat, in people.
pub const MAX_PARTICIPANTS: usize = 1024;

/// How long after a frame that says that somebody is writing the next one is dropped.
pub const TYPING_INTERVAL: Duration = Duration::from_secs(3);

/// Two people, or a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum ChatKind {
    /// Two people; one chat per pair.
    Direct,
    /// Up to [`MAX_PARTICIPANTS`] people.
    Group {
        /// What the group calls itself.
        #[serde(default, deserialize_with = "Name::stored_if_any", skip_serializing_if = "Option::is_none")]
        name: Option<Name>,
    },
}

/// A chat: who is in it. Rarely written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Chat {
    /// Its id.
    pub chat_id: ChatId,
    /// Direct or group.
    #[serde(flatten)]
    pub kind: ChatKind,
    /// Everybody in it, its creator included; none twice.
    pub participants: Vec<UserId>,
    /// Who made it.
    pub created_by: UserId,
    /// When, in epoch milliseconds.
    pub created_at: Timestamp,
}

/// The newest message of a chat, for lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LastMessage {
    /// Its id.
    pub message_id: MessageId,
    /// Who wrote it.
    pub sender_id: UserId,
    /// Its place.
    pub seq: Seq,
    /// Its time, in epoch milliseconds.
    pub timestamp: Timestamp,
    /// Its beginning, at most 256 bytes and an ellipsis, as long as its sender has an account.
    #[serde(flatten)]
    pub body: Body<String>,
}

impl From<&Message> for LastMessage {
    fn from(message: &Message) -> Self {
        Self {
            message_id: message.message_id,
            sender_id: message.sender_id,
            seq: message.seq,
            timestamp: message.timestamp,
            body: message.body.map(Content::preview),
        }
    }
}

/// What moves with every message of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The place of the last message stored.
    pub last_seq: Watermark,
    /// The time of the last message stored, in epoch milliseconds.
    pub last_timestamp: Timestamp,
    /// Who wrote the last message stored; nobody yet in a new chat.
    pub last_sender: Option<UserId>,
    /// The newest message that has been summarised.
    pub last_message: Option<LastMessage>,
    /// How many people are in the chat.
    pub participant_count: usize,
    /// The two of a direct chat, whom nobody can join or leave: known with the head, they need not be read.
    pub pair: Option<[UserId; 2]>,
    /// What every participant has, and what every participant has read.
    pub lowest: LowestMarks,
    /// Participants whose accounts are being erased, or have been: they have no part in the chat any more. It is here,
    /// on the one row that every message writes, so that nothing of theirs can slip in beside it.
    pub erased: BTreeSet<UserId>,
    /// Whether the participants may not have been told of the chat yet: its creation may have ended before that.
    pub untold: bool,
}

impl Head {
    /// The head of a chat with nothing in it.
    pub fn new(participant_count: usize, created_at: Timestamp) -> Self {
        Self {
            last_seq: Watermark::START,
            last_timestamp: created_at,
            last_sender: None,
            last_message: None,
            participant_count,
            pair: None,
            lowest: LowestMarks::default(),
            erased: BTreeSet::new(),
            untold: false,
        }
    }

    /// The head of a chat that has just been made.
    pub fn of(chat: &Chat) -> Self {
        let pair = match (&chat.kind, chat.participants.as_slice()) {
            (ChatKind::Direct, [one, other]) => Some([*one, *other]),
            _ => None,
        };
        Self { pair, untold: true, ..Self::new(chat.participants.len(), chat.created_at) }
    }

    /// A member's marks as they count: who wrote last has come to the end, even before the summary says so.
    pub fn marks_of(&self, member: &Member) -> Marks {
        if self.last_sender == Some(member.user_id) {
            Marks { delivered: self.last_seq, read: self.last_seq }
        } else {
            member.marks
        }
    }

    /// Whether a member has taken part: has read or written. To have received is not enough, since devices
    /// acknowledge by themselves.
    pub fn has_taken_part(&self, member: &Member) -> bool {
        self.marks_of(member).read > Watermark::START
    }

    /// Those of these participants who still have an account.
    pub fn still_in(&self, participants: &[UserId]) -> Vec<UserId> {
        participants.iter().filter(|user| !self.erased.contains(user)).copied().collect()
    }

    /// The other one of a direct chat; nobody in a group.
    pub fn other_than(&self, user: UserId) -> Option<UserId> {
        self.pair.and_then(|pair| pair.into_iter().find(|one| *one != user))
    }

    /// What the message at `seq` is to all its recipients together.
    pub fn status_of(&self, seq: Seq) -> Status {
        self.lowest.marks().status_of(seq)
    }
}

/// A person in a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// Who.
    pub user_id: UserId,
    /// How far they have come.
    #[serde(flatten)]
    pub marks: Marks,
    /// When the chat last moved, in epoch milliseconds: the order of the list of chats.
    pub last_message_time: Timestamp,
    /// Up to where their devices have been pushed to; like every mark it only moves forward.
    #[serde(default)]
    pub pushed_seq: Watermark,
    /// Up to which message read elsewhere their phones have had their badge corrected.
    #[serde(default)]
    pub badge_seq: Watermark,
    /// How far each of their devices has come, as far as devices name themselves.
    #[serde(default, skip_serializing_if = "DeviceMarks::is_empty")]
    pub device_marks: DeviceMarks,
    /// Until when they want no push from here, in epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<Timestamp>,
    /// When the others were last told that they are writing, in epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typing_at: Option<Timestamp>,
}

impl Member {
    /// A member who has seen nothing yet.
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

    /// Whether the others have been told within [`TYPING_INTERVAL`] that they are writing.
    pub fn has_just_typed(&self, now: Timestamp) -> bool {
        self.typing_at.is_some_and(|last| last.plus(TYPING_INTERVAL) > now)
    }

    /// Whether the message at `seq` wants their attention: they have not read it, and they have not muted the chat
    /// (invariant 8).
    pub fn is_to_notice(&self, seq: Seq, now: Timestamp) -> bool {
        let muted = self.muted_until.is_some_and(|until| until > now);
        !muted && !self.marks.read.covers(seq)
    }

    /// Whether this device has itself acknowledged the message at `seq`.
    pub fn has_acknowledged(&self, device: DeviceId, seq: Seq) -> bool {
        self.device_marks.of(device).delivered.covers(seq)
    }

    /// Whether this device may show a badge that counts what they have read on another device: it was pushed to for a
    /// message that it has not read itself, and no correction has come since they read.
    pub fn owes_badge(&self, device: DeviceId) -> bool {
        let known = self.badge_seq.max(self.device_marks.of(device).read);
        self.pushed_seq > known && self.marks.read > known
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Receipt;

    #[test]
    fn a_group_whose_name_is_of_other_rules_reads() {
        let kind = |name: &str| serde_json::from_value(serde_json::json!({ "type": "group", "name": name })).unwrap();
        let named = |name: &str| ChatKind::Group { name: Some(Name::try_from(name.to_owned()).unwrap()) };
        assert_eq!(
            (kind("Us\u{202e}\u{2028}all"), kind("\u{3164}")),
            (named("Us all"), ChatKind::Group { name: None })
        );
    }

    #[test]
    fn who_wrote_last_has_nothing_unread() {
        let (ana, bruno) = (UserId::random(), UserId::random());
        let mut head = Head::new(2, Timestamp::from_millis(1));
        head.last_seq = Watermark::at(2);
        head.last_sender = Some(ana);
        let unread = |user| {
            let member = Member::new(user, Timestamp::from_millis(1));
            head.marks_of(&member).read.missing_to(head.last_seq)
        };
        assert_eq!((unread(ana), unread(bruno)), (0, 2));
    }

    #[test]
    fn quiet_a_badge_is_owed_to_a_phone_that_was_pushed_to_and_has_not_read_itself() {
        let (phone, tablet) = (DeviceId::random(), DeviceId::random());
        let mut member = Member::new(UserId::random(), Timestamp::from_millis(1));
        let seq = |place| Seq::try_from(place).unwrap();
        let read = |member: &mut Member, place| member.marks = member.marks.after(Receipt::Read, seq(place));
        member.pushed_seq = Watermark::at(5);
        assert!(!member.owes_badge(tablet), "nothing was read");
        read(&mut member, 5);
        member.device_marks = member.device_marks.after(phone, Receipt::Read, seq(5));
        assert!(!member.owes_badge(phone), "it has read itself");
        assert!(member.owes_badge(tablet));
        member.badge_seq = Watermark::at(5);
        assert!(!member.owes_badge(tablet), "it was told");
        read(&mut member, 9);
        assert!(!member.owes_badge(tablet), "read without a push in between");
        member.pushed_seq = Watermark::at(9);
        assert!(member.owes_badge(tablet));
    }

    #[test]
    fn who_has_read_or_written_has_taken_part_and_who_has_received_has_not() {
        let (ana, bruno) = (UserId::random(), UserId::random());
        let mut head = Head::new(2, Timestamp::from_millis(1));
        let mut member = Member::new(bruno, Timestamp::from_millis(1));
        assert!(!head.has_taken_part(&member), "nothing is there to be read");
        head.last_seq = Watermark::at(1);
        head.last_sender = Some(ana);
        member.marks.delivered = Watermark::at(1);
        assert!(!head.has_taken_part(&member), "a device has received it");
        head.last_sender = Some(bruno);
        assert!(head.has_taken_part(&member), "they wrote, and no summary says so yet");
        head.last_sender = Some(ana);
        member.marks.read = Watermark::at(1);
        assert!(head.has_taken_part(&member));
    }

    #[test]
    fn typing_is_told_once_in_three_seconds() {
        let mut member = Member::new(UserId::random(), Timestamp::from_millis(1));
        assert!(!member.has_just_typed(Timestamp::from_millis(2)), "the first time");
        member.typing_at = Some(Timestamp::from_millis(10_000));
        assert!(member.has_just_typed(Timestamp::from_millis(12_999)));
        assert!(!member.has_just_typed(Timestamp::from_millis(13_000)));
    }
}
