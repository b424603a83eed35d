//! The part of the list: the caller's chats, or the requests that wait for the caller's answer.

use std::str::FromStr;

use paloma::domain::{Head, Member};

/// Whether to list requests. Then the list has nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Requests(pub bool);

impl FromStr for Requests {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| "must be true or false")
    }
}

impl Requests {
    /// Whether this part of the list has the chat. A request appears with its first message, as a group does at once.
    pub fn list(self, head: &Head, member: &Member) -> bool {
        let is_empty = head.roster.is_direct() && head.last_seq.is_start();
        match member.requested_by {
            None => !self.0,
            Some(_) => self.0 && member.is_asked() && !is_empty,
        }
    }
}
