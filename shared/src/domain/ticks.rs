//! The ticks of a chat's messages: their status for all recipients together, computed from marks.

use super::{Marks, Seq, Status, UserId, Windows};

/// The marks that decide the status of each message of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticks(Source);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    /// The lowest marks of all members.
    Group(Marks),
    /// The marks of both members.
    Direct(Box<[DirectMarks; 2]>),
}

/// The marks of a member of a direct chat, which count for the messages in the member's windows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectMarks {
    /// The member.
    pub user: UserId,
    /// The last messages that the member has received and read.
    pub marks: Marks,
    /// The messages that the member may see. Those of a block are hidden for ever.
    pub windows: Windows,
}

impl Ticks {
    /// The ticks of a group with these lowest marks.
    pub fn of_group(lowest: Marks) -> Self {
        Self(Source::Group(lowest))
    }

    /// The ticks of a direct chat, from the marks of its members.
    pub fn of_direct(members: [DirectMarks; 2]) -> Self {
        Self(Source::Direct(members.into()))
    }

    /// The status of a message: in a direct chat by the marks of its recipient.
    pub fn status_of(&self, seq: Seq, sender: UserId) -> Status {
        match &self.0 {
            Source::Group(lowest) => lowest.status_of(seq),
            Source::Direct(members) => {
                let recipient = members.iter().find(|member| member.user != sender);
                recipient.map_or(Status::Sent, |recipient| recipient.status_of(seq))
            }
        }
    }

    /// Whether the status of this sender's messages says only what this reader has read.
    pub fn is_of_one_reader(&self, sender: UserId, reader: UserId) -> bool {
        matches!(self.0, Source::Direct(_)) && sender != reader
    }

    /// The marks up to which all members have received and read the messages.
    pub fn lowest(&self) -> Marks {
        match &self.0 {
            Source::Group(lowest) => *lowest,
            Source::Direct(members) => members[0].marks.min(members[1].marks),
        }
    }
}

impl DirectMarks {
    /// The status of a message that the other member sent.
    fn status_of(&self, seq: Seq) -> Status {
        if self.windows.shows(seq) { self.marks.status_of(seq) } else { Status::Sent }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Watermark;

    #[test]
    fn a_message_outside_of_its_recipients_windows_stays_sent() {
        let [ana, bruno] = [UserId::random(), UserId::random()];
        let seq = |seq: u64| Seq::try_from(seq).unwrap();
        let windows = Windows::default().leaving(seq(2)).reopening(seq(4));
        let marks = Marks::at(Watermark::at(4));
        let blocker = DirectMarks { user: ana, marks, windows };
        let other = DirectMarks { user: bruno, marks, windows: Windows::default() };
        let ticks = Ticks::of_direct([blocker, other]);
        let of = |sender| [1, 2, 3, 4].map(|number| ticks.status_of(seq(number), sender));
        assert_eq!(of(bruno), [Status::Read, Status::Read, Status::Sent, Status::Read]);
        assert_eq!(of(ana), [Status::Read; 4]);
    }
}
