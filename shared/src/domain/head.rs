//! The head of a chat.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    ChangeSeq, Chat, ChatId, Circle, DeletedCounts, DirectMarks, LastMessage, LowestMarks, Marks, Member, MessageId,
    MessageRef, Roster, Seq, Ticks, Timestamp, UserId, Watermark, Windows,
};

/// The state of a chat that changes with every message: one small row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The seq of the last message stored; 0 for a chat without messages.
    pub last_seq: Watermark,
    /// The number of messages that count as unread; `None` where it is the same as `last_seq`, as long as the chat has
    /// no system message.
    pub last_count: Option<u64>,
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
    /// In a direct chat, the windows that an erased member had, if they did not see everything.
    pub kept_windows: Windows,
    /// In a direct chat, the last change of a message before its block began. It stays after the end of the block.
    pub blocked_change: ChangeSeq,
    /// In a group, the last change of a message before a member left.
    pub left_change: ChangeSeq,
    /// Whether the `chat` event of a new chat may not have been enqueued yet: create-chat can stop before that.
    pub chat_event_pending: bool,
    /// The last change of a message of the chat; 0 without any.
    pub change_seq: ChangeSeq,
    /// The newest message that was ever changed. A summary of it, or of an earlier one, has to read the message again.
    pub changed_seq: Watermark,
    /// The time of the last change, in epoch milliseconds.
    pub changed_at: Option<Timestamp>,
    /// The deleted messages that some members may not have read.
    pub deleted: DeletedCounts,
}

impl Head {
    /// The head of a group of this size without messages.
    pub fn new(size: usize, created_at: Timestamp) -> Self {
        Self {
            last_seq: Watermark::START,
            last_count: None,
            last_timestamp: created_at,
            last_sender: None,
            last_message_id: None,
            sent: BTreeMap::new(),
            last_message: None,
            roster: Roster::stored(size, None, BTreeSet::new()),
            lowest: LowestMarks::default(),
            kept_windows: Windows::default(),
            blocked_change: ChangeSeq::START,
            left_change: ChangeSeq::START,
            chat_event_pending: false,
            change_seq: ChangeSeq::START,
            changed_seq: Watermark::START,
            changed_at: None,
            deleted: DeletedCounts::default(),
        }
    }

    /// The head of a new chat.
    pub fn of(chat: &Chat) -> Self {
        let head = Self::new(chat.participants.len(), chat.created_at);
        Self { roster: Roster::of(chat), chat_event_pending: true, ..head }
    }

    /// The number of messages that count as unread for a member who has read nothing.
    pub fn count(&self) -> u64 {
        self.last_count.unwrap_or(self.last_seq.as_u64())
    }

    /// The unread messages of a member: a difference of ordinals, which leaves system messages out, without the deleted
    /// ones. Former members have none. It is too high by the deletions that the head does not list any more: see
    /// [`Self::unlisted_after`].
    pub fn unread_of(&self, member: &Member) -> u64 {
        let Some(read) = self.read_count_of(member) else { return 0 };
        let deleted = match self.hidden_in_direct(member) {
            Some(windows) => self.deleted.after_within(read, windows),
            None => self.deleted.after(read),
        };
        self.counted_after(read, member).saturating_sub(deleted)
    }

    /// The member's mark if the head does not list all deleted messages after it. Then the Changes table has their
    /// number, for [`Self::unread_without`].
    pub fn unlisted_after(&self, member: &Member) -> Option<Watermark> {
        let read = self.read_count_of(member)?;
        (!self.deleted.is_complete_after(read)).then(|| self.marks_of(member).read.max(member.hiding.cleared_seq))
    }

    /// The unread messages of a member, of which this number was deleted.
    pub fn unread_without(&self, member: &Member, deleted: u64) -> u64 {
        self.read_count_of(member).map_or(0, |read| self.counted_after(read, member).saturating_sub(deleted))
    }

    /// The number of messages that count as unread for a member who has read `read` of them.
    fn counted_after(&self, read: u64, member: &Member) -> u64 {
        match self.hidden_in_direct(member) {
            Some(windows) => windows.count_between(Watermark::at(read), self.last_seq),
            None => self.count().saturating_sub(read),
        }
    }

    /// The windows of a member of a direct chat, if a block has hidden messages. A direct chat has no system messages,
    /// so the count of a message is its seq, also of a hidden one.
    fn hidden_in_direct<'a>(&self, member: &'a Member) -> Option<&'a Windows> {
        Some(&member.windows).filter(|windows| self.roster.is_direct() && !windows.is_unlimited())
    }

    /// The number of counted messages that the member has read or cleared; `None` if nothing after it can be unread.
    fn read_count_of(&self, member: &Member) -> Option<u64> {
        let marks = self.marks_of(member);
        if !member.is_current() || marks.read.max(member.hiding.cleared_seq) >= self.last_seq {
            return None;
        }
        let read = if marks.read > member.marks.read { marks.read.as_u64() } else { member.read_count() };
        Some(read.max(member.hiding.cleared_count))
    }

    /// The summary, if the member may see it. A blocker sees no edit of the block: in doubt there is no summary until
    /// the end of the block. A deletion holds for all.
    pub fn last_message_for(&self, member: &Member) -> Option<&LastMessage> {
        let has_later = member.sees_changes_upto().is_some_and(|upto| self.change_seq > upto);
        let may_be_edited =
            |last: &LastMessage| has_later && self.changed_seq.covers(last.seq) && last.body.content().is_some();
        self.last_message.as_ref().filter(|last| member.windows.shows(last.seq) && !may_be_edited(last))
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

    /// The marks of a member as other users see them. A member who shares no read receipts has read what they saw
    /// before; receipts and messages since then count as delivered.
    pub fn shared_marks(&self, member: &Member) -> Marks {
        let own = self.acknowledged_by(member.user_id, member.marks);
        Marks { read: member.shared_read.map_or(own.read, |shared| shared.min(own.read)), ..own }
    }

    /// Whether the next message of this member of a direct chat would show the other member what it reads. It must not
    /// if the sender shares no read receipts: then the row needs its `sharedRead` before.
    pub fn sending_shows_reading(&self, sender: &Member) -> bool {
        let other = self.roster.other_participant(sender.user_id);
        let last_of_other = other.and_then(|other| self.sent.get(&other)).copied().unwrap_or_default();
        sender.shared_read.is_none() && self.acknowledged_by(sender.user_id, sender.marks).read < last_of_other
    }

    /// Whether a member with this setting shares read receipts in the chat. All members of a group see its ticks, so
    /// there only a member who shares with everyone does.
    pub fn shares_receipts(&self, member: &Member, receipts: Circle) -> bool {
        receipts.admits(self.roster.is_direct() && self.has_contact(member))
    }

    /// The `count` of the last message that a member can see.
    pub fn last_count_for(&self, member: &Member) -> u64 {
        if let Some(windows) = self.hidden_in_direct(member) {
            return windows.last_visible(self.last_seq).as_u64();
        }
        let farewell = member.farewell.as_ref().filter(|_| !member.is_current());
        let left_at = farewell.map(|farewell| {
            let last = &farewell.last_message;
            last.count.unwrap_or(Watermark::from(last.seq).as_u64())
        });
        left_at.unwrap_or(self.count())
    }

    /// Whether a member has the chat archived. A message since then brings it back, unless the member had muted the
    /// chat when it was sent. System messages have no count of their own, so they do not. This costs no write: see
    /// [`Self::archived_count_at_mute`].
    pub fn is_archived_by(&self, member: &Member) -> bool {
        let was_muted = member.muted_until.is_some_and(|until| until >= self.last_timestamp);
        member.archived_count.is_some_and(|count| was_muted || self.last_count_for(member) <= count)
    }

    /// The member's `archivedCount` from a change of the mute on. Before it the old mute decided about each message,
    /// after it the new one does.
    pub fn archived_count_at_mute(&self, member: &Member) -> Option<u64> {
        self.is_archived_by(member).then(|| self.last_count_for(member))
    }

    /// Whether a member has the chat marked as unread. A mark ends by the first receipt or message of the member after
    /// it, at no cost for either.
    pub fn is_marked_unread_by(&self, member: &Member) -> bool {
        member.unread_seq.is_some_and(|seq| self.marks_of(member).read <= seq)
    }

    /// Whether sending message `seq` may also read messages of others, so that the sender's marks have to move. The
    /// head and the member are as read before. In a direct chat most sends read nothing, since the app has sent a
    /// receipt for each message that it shows.
    pub fn sending_reads(&self, member: &Member, seq: Seq, shares_receipts: bool) -> bool {
        let Some(other) = self.roster.other_participant(member.user_id) else { return true };
        let last_of_other = self.sent.get(&other).copied().unwrap_or_default();
        let known = if shares_receipts { member.shared_read() } else { member.marks.read };
        self.last_seq.next() != seq || known < last_of_other
    }

    /// Whether a member has read or written a message. A delivery is not enough, since devices acknowledge deliveries
    /// without the user.
    pub fn has_taken_part(&self, member: &Member) -> bool {
        self.marks_of(member).read > Watermark::START
    }

    /// The last message stored; `None` for a chat without messages.
    pub fn last_stored(&self, chat_id: ChatId) -> Option<MessageRef> {
        let seq = self.last_seq.as_u64().try_into().ok()?;
        let (message_id, sender_id) = (self.last_message_id?, self.last_sender?);
        Some(MessageRef { message_id, chat_id, seq, count: self.last_count, sender_id })
    }

    /// The ticks of the chat's messages for this viewer; `None` sees them as the system does. In a direct chat they
    /// follow from the rows of both members. A viewer who has blocked the other one sees no receipt from then on.
    pub fn ticks(&self, members: &[Member], viewer: Option<UserId>) -> Ticks {
        let Some(pair) = self.roster.pair() else { return Ticks::of_group(self.lowest.marks()) };
        let row = |user: UserId| members.iter().find(|member| member.user_id == user);
        let block = viewer.and_then(row).and_then(|row| row.block);
        Ticks::of_direct(pair.map(|user| {
            // The head keeps the marks of an erased user, as others saw them.
            let erased = self.roster.has_left(user).then(|| self.lowest.marks());
            let marks = match row(user) {
                Some(own) if viewer == Some(user) => self.acknowledged_by(user, own.marks),
                Some(row) => self.shared_marks(row).max(erased.unwrap_or_default()),
                None => erased.unwrap_or_else(|| self.acknowledged_by(user, Marks::default())),
            };
            let marks = block.filter(|_| Some(user) != viewer).map_or(marks, |block| marks.min(block.marks));
            let kept = erased.map(|_| &self.kept_windows);
            let windows = row(user).map(|row| &row.windows).or(kept).cloned().unwrap_or_default();
            DirectMarks { user, marks, windows }
        }))
    }
}

#[cfg(test)]
#[path = "head_tests.rs"]
mod tests;
