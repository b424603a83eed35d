//! The removal of a group by an operator. Its system message is the last message of the group for ever.
//!
//! No member's row changes: the head tells that the group is removed, and overrules the rows. So the removal is one
//! transaction in a group of any size, and holds for all members at the same moment.

use super::membership::CarriedOut;
use super::{
    Body, Chat, ChatId, ChatRemoval, ClientMessageId, DraftNotice, Farewell, GroupRequest, Head, LastMessage, Member,
    Notice, Reason, Role, Timestamp, UserId, Watermark,
};

impl Chat {
    /// Carries out a request of a user or of an operator: see [`Self::carry_out`].
    pub(super) fn carry_out_by_any(&mut self, actor: UserId, request: &GroupRequest, now: Timestamp) -> CarriedOut {
        match request {
            GroupRequest::RemoveChat(reason) => Ok(self.remove_for_all(reason, now)),
            _ => self.carry_out(actor, request),
        }
    }

    /// Removes the group, unless it is removed already. It has no members any more. Its name and its picture stay here,
    /// for operators.
    fn remove_for_all(&mut self, reason: &Reason, at: Timestamp) -> Option<Notice> {
        if self.membership.removal.is_some() {
            return None;
        }
        let members = std::mem::take(&mut self.participants);
        self.membership.admins.clear();
        self.membership.joined.clear();
        self.membership.removal = Some(ChatRemoval { at, reason: reason.clone(), members });
        Some(Notice::ChatRemoved)
    }
}

impl DraftNotice {
    /// The system message of a removal, which has one id, however often an operator tries.
    pub fn of_chat_removal(chat_id: ChatId) -> Self {
        Self { chat_id, sender_id: UserId::OPERATOR, client_message_id: ClientMessageId::of_chat_removal() }
    }
}

impl Head {
    /// A member as the user is now, whatever the row says: in a removed group all are former members, who see only the
    /// last message that they could see, which is a system message: that of the removal, or that of their leaving.
    /// Name and picture are gone too, since they may be the reason.
    #[must_use]
    pub fn as_now(&self, member: Member) -> Member {
        let Some(last) = self.last_of_removed() else { return member };
        let farewell = match &member.farewell {
            Some(farewell) if !member.is_current() => farewell.clone(),
            _ => Farewell { last_message: last.clone(), change_seq: self.change_seq, name: None, avatar: None },
        };
        let before = Watermark::at(member.windows.last_visible(self.last_seq).as_u64().saturating_sub(1));
        Member {
            windows: member.windows.clone().leaving(last.seq).after(before),
            role: Role::Member,
            farewell: Some(Farewell { name: None, avatar: None, ..farewell }),
            ..member
        }
    }

    /// The system message of the removal, if the group is removed.
    fn last_of_removed(&self) -> Option<LastMessage> {
        let seq = self.last_seq.as_u64().try_into().ok().filter(|_| self.roster.is_removed())?;
        Some(LastMessage {
            message_id: self.last_message_id?,
            sender_id: self.last_sender?,
            seq,
            count: Some(self.count()),
            timestamp: self.last_timestamp,
            body: Body::Notice(Notice::ChatRemoved),
        })
    }
}

#[cfg(test)]
#[path = "removed_chat_tests.rs"]
mod tests;
