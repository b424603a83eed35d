//! The head of a chat.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Chat, ChatId, LastMessage, LowestMarks, Marks, Member, MessageId, MessageRef, Roster, Seq, Ticks, Timestamp,
    UserId, Watermark,
};

/// The state of a chat that changes with every message: one small row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The seq of the last message stored; 0 for a chat without messages.
    pub last_seq: Watermark,
    /// The timestamp of the last message stored, in epoch milliseconds. In a new chat, the time of its creation.
    pub last_timestamp: Timestamp,
    /// The sender of the last message stored; `None` for a chat without messages.
    pub last_sender: Option<UserId>,
    /// The id of the last message stored; `None` for a chat without messages.
    pub last_message_id: Option<MessageId>,
    /// In a direct chat, the last message that each member has sent; empty in a group. Sending is reading, so a member
    /// has read everything before it. The marks of a group's senders are moved by update-summaries.
    pub sent: BTreeMap<UserId, Watermark>,
    /// The newest message that update-summaries has put here, which may be older than the last one stored.
    pub last_message: Option<LastMessage>,
    /// The members. They are on the row that every message writes, so that a write can check that its sender is still a
    /// member.
    pub roster: Roster,
    /// In a group, the lowest marks of all members: the messages that all have received, and that all have read. In a
    /// direct chat, the marks that an erased member had.
    pub lowest: LowestMarks,
    /// Whether the `chat` event of a new chat may not have been enqueued yet: create-chat can stop before that.
    pub chat_event_pending: bool,
}

impl Head {
    /// The head of a group of this size without messages.
    pub fn new(size: usize, created_at: Timestamp) -> Self {
        Self {
            last_seq: Watermark::START,
            last_timestamp: created_at,
            last_sender: None,
            last_message_id: None,
            sent: BTreeMap::new(),
            last_message: None,
            roster: Roster::stored(size, None, BTreeSet::new()),
            lowest: LowestMarks::default(),
            chat_event_pending: false,
        }
    }

    /// The head of a new chat.
    pub fn of(chat: &Chat) -> Self {
        let head = Self::new(chat.participants.len(), chat.created_at);
        Self { roster: Roster::of(chat), chat_event_pending: true, ..head }
    }

    /// The effective marks of a member: the sender of the last message has read everything, also before
    /// update-summaries has moved their marks.
    pub fn marks_of(&self, member: &Member) -> Marks {
        if self.last_sender == Some(member.user_id) {
            Marks::at(self.last_seq)
        } else {
            self.acknowledged_by(member.user_id, member.marks)
        }
    }

    /// The marks in a member's row, moved past the messages that the member has sent to a direct chat. In a group those
    /// do not count before update-summaries has moved the marks, which makes the ticks of other messages.
    pub fn acknowledged_by(&self, user: UserId, marks: Marks) -> Marks {
        self.sent.get(&user).map_or(marks, |sent| marks.max(Marks::at(*sent)))
    }

    /// Whether sending message `seq` may also read messages of others, so that the sender's marks have to move. The
    /// head and the member are as read before. In a direct chat most sends read nothing, since the app has sent a
    /// receipt for each message that it shows.
    pub fn sending_reads(&self, member: &Member, seq: Seq) -> bool {
        let Some(other) = self.roster.other_participant(member.user_id) else { return true };
        let last_of_other = self.sent.get(&other).copied().unwrap_or_default();
        self.last_seq.next() != seq || member.marks.read < last_of_other
    }

    /// Whether a member has read or written a message. A delivery is not enough, since devices acknowledge deliveries
    /// without the user.
    pub fn has_taken_part(&self, member: &Member) -> bool {
        self.marks_of(member).read > Watermark::START
    }

    /// The last message stored; `None` for a chat without messages.
    pub fn last_stored(&self, chat_id: ChatId) -> Option<MessageRef> {
        let seq = self.last_seq.as_u64().try_into().ok()?;
        Some(MessageRef { message_id: self.last_message_id?, chat_id, seq, sender_id: self.last_sender? })
    }

    /// The ticks of the chat's messages. In a direct chat they follow from the rows of both members.
    pub fn ticks(&self, members: &[Member]) -> Ticks {
        let Some(pair) = self.roster.pair() else { return Ticks::of_group(self.lowest.marks()) };
        Ticks::of_direct(pair.map(|user| {
            let row = members.iter().find(|member| member.user_id == user).map(|member| member.marks);
            let erased = self.roster.has_left(user).then(|| self.lowest.marks());
            let marks = row.unwrap_or_default().max(erased.unwrap_or_default());
            (user, self.acknowledged_by(user, marks))
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sender_of_the_last_message_has_nothing_unread() {
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
    fn a_member_takes_part_by_reading_or_writing_and_not_by_receiving() {
        let (ana, bruno) = (UserId::random(), UserId::random());
        let mut head = Head::new(2, Timestamp::from_millis(1));
        let mut member = Member::new(bruno, Timestamp::from_millis(1));
        assert!(!head.has_taken_part(&member), "the chat has no message");
        head.last_seq = Watermark::at(1);
        head.last_sender = Some(ana);
        member.marks.delivered = Watermark::at(1);
        assert!(!head.has_taken_part(&member), "a device received the message");
        head.last_sender = Some(bruno);
        assert!(head.has_taken_part(&member), "the member wrote, and the summary does not show it yet");
        head.last_sender = Some(ana);
        member.marks.read = Watermark::at(1);
        assert!(head.has_taken_part(&member));
    }
}
