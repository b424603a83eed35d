//! The ticks of a chat's messages: their status for all recipients together, computed from marks.

use super::{Marks, Seq, Status, UserId};

/// The marks that decide the status of each message of a chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticks(Source);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    /// The lowest marks of all members.
    Group(Marks),
    /// The marks of both members.
    Direct([(UserId, Marks); 2]),
}

impl Ticks {
    /// The ticks of a group with these lowest marks.
    pub fn of_group(lowest: Marks) -> Self {
        Self(Source::Group(lowest))
    }

    /// The ticks of a direct chat, from the marks of its members.
    pub fn of_direct(members: [(UserId, Marks); 2]) -> Self {
        Self(Source::Direct(members))
    }

    /// The status of a message: in a direct chat by the marks of its recipient.
    pub fn status_of(&self, seq: Seq, sender: UserId) -> Status {
        match &self.0 {
            Source::Group(lowest) => lowest.status_of(seq),
            Source::Direct([(first, marks), (_, others)]) => {
                let recipient = if *first == sender { others } else { marks };
                recipient.status_of(seq)
            }
        }
    }

    /// The marks up to which all members have received and read the messages.
    pub fn lowest(&self) -> Marks {
        match &self.0 {
            Source::Group(lowest) => *lowest,
            Source::Direct([(_, one), (_, other)]) => {
                Marks { delivered: one.delivered.min(other.delivered), read: one.read.min(other.read) }
            }
        }
    }
}
