//! Message requests: a stranger has brought a user into a chat. Until the user accepts, the user looks to the stranger
//! like one with a phone that is off.

use super::{Head, Marks, Member};

impl Member {
    /// Whether the user has not answered the request that brought them into the chat.
    pub fn is_asked(&self) -> bool {
        self.requested_by.is_some() && self.is_current()
    }

    /// Whether the user has declined the request. Such a chat is in no list of the user.
    pub fn has_declined(&self) -> bool {
        self.requested_by.is_some() && !self.is_current()
    }

    /// This member after accepting. In a direct chat that was declined, the windows open again. In a group the marks
    /// start at its last message, so that no tick of an earlier message goes back.
    #[must_use]
    pub fn accepting(self, head: &Head) -> Self {
        let accepted = head.roster.is_direct() && self.requested_by.is_some();
        let member = Self { requested_by: None, accepted, ..self };
        if !member.is_current() {
            return member.unblocking(head.last_seq);
        }
        if head.roster.is_direct() {
            return member;
        }
        Self { marks: member.marks.max(Marks::at(head.last_seq)), read_count: Some(head.count()), ..member }
    }
}
