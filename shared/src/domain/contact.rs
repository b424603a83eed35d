//! Contacts: the only definition of them.

use super::{Head, Member, Watermark};

impl Head {
    /// Whether the other participant of this direct chat is a contact of `member`: the member made the chat, has
    /// accepted it or has written in it, and no block keeps the two apart. A message that the member has only read
    /// makes no contact, since any user can send one.
    pub fn has_contact(&self, member: &Member) -> bool {
        let user = member.user_id;
        // The creator is the first of the pair.
        let made_it = self.roster.pair().is_some_and(|[creator, _]| creator == user);
        let has_written = self.sent.get(&user).is_some_and(|sent| *sent > Watermark::START);
        let chose_it = made_it || has_written || member.accepted;
        let is_apart = self.roster.is_blocked() || self.roster.asked() == Some(user);
        chose_it && !is_apart && member.is_current() && self.roster.other_member(user).is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::{NewChat, Timestamp, UserId};

    #[test]
    fn a_contact_is_the_other_user_of_a_chat_that_the_user_made_or_wrote_in() {
        let (ana, bruno, now) = (UserId::random(), UserId::random(), Timestamp::from_millis(1));
        let chat = NewChat::direct(ana, vec![bruno]).unwrap().into_chat(now);
        let [maker, other] = [ana, bruno].map(|user| Member::new(user, now));
        let mut head = Head::of(&chat);
        assert!(head.has_contact(&maker));
        assert!(!head.has_contact(&other), "a stranger who makes a chat is no contact yet");
        assert!(head.has_contact(&Member { accepted: true, ..other.clone() }));
        head.sent.insert(bruno, Watermark::at(1));
        assert!(head.has_contact(&other));
        head.roster = head.roster.blocked_by(BTreeSet::from([bruno]));
        assert!(!head.has_contact(&other) && !head.has_contact(&maker), "a block keeps them apart");
    }

    #[test]
    fn a_group_makes_no_contacts() {
        let (ana, bruno, now) = (UserId::random(), UserId::random(), Timestamp::from_millis(1));
        let chat = NewChat::group(ana, vec![bruno], None, None).unwrap().into_chat(now);
        assert!(!Head::of(&chat).has_contact(&Member::new(ana, now)));
    }
}
