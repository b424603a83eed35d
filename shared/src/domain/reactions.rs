//! The summary of the reactions to a message. It is always computed from all of them, and never counted up or down.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Emoji, Reaction, Timestamp, UserId};

/// The limit of kinds in a summary.
pub const MAX_REACTION_KINDS: usize = 20;

/// The limit of people that a summary names for each kind.
pub const MAX_REACTORS: usize = 5;

/// The reactions to a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct Reactions {
    /// The number of all reactions, one per person. It exceeds the sum of `kinds` if there are more than 20 kinds.
    pub count: u64,
    /// The kinds, the most frequent first: at most 20.
    #[cfg_attr(feature = "schemas", schemars(length(min = 1, max = MAX_REACTION_KINDS)))]
    pub kinds: Vec<ReactionKind>,
    /// The caller's own reaction. Only pages have it, in `messages` and in `changed`, and there it is absent without
    /// one. In frames and in the answers about one message, the own reaction is the one that `userIds` name; if they
    /// name all people and not the caller, there is none; otherwise it is the one that is known so far.
    #[serde(default, deserialize_with = "Emoji::stored_if_any", skip_serializing_if = "Option::is_none")]
    pub mine: Option<Emoji>,
}

/// The reactions to a message with one emoji.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct ReactionKind {
    /// The emoji in its full form.
    #[serde(deserialize_with = "Emoji::stored")]
    pub emoji: Emoji,
    /// The number of people who reacted so.
    pub count: u64,
    /// The first of them, in the order of their reactions: at most 5.
    #[cfg_attr(feature = "schemas", schemars(length(min = 1, max = MAX_REACTORS)))]
    pub user_ids: Vec<UserId>,
}

impl Reactions {
    /// The summary of all reactions to a message; `None` without any.
    pub fn of(reactions: &[Reaction]) -> Option<Self> {
        let mut kinds: BTreeMap<&Emoji, Vec<(Timestamp, UserId)>> = BTreeMap::new();
        for reaction in reactions {
            kinds.entry(&reaction.emoji).or_default().push((reaction.reacted_at, reaction.user_id));
        }
        let mut kinds: Vec<_> = kinds.into_iter().collect();
        kinds.iter_mut().for_each(|(_, people)| people.sort_unstable());
        // Of kinds with the same number, the one that is in use for longer comes first.
        kinds.sort_by_key(|(_, people)| (Reverse(people.len()), people.first().copied()));
        let kind = |(emoji, people): (&Emoji, Vec<(Timestamp, UserId)>)| ReactionKind {
            emoji: emoji.clone(),
            count: people.len() as u64,
            user_ids: people.into_iter().take(MAX_REACTORS).map(|(_, user)| user).collect(),
        };
        let kinds: Vec<_> = kinds.into_iter().take(MAX_REACTION_KINDS).map(kind).collect();
        (!kinds.is_empty()).then_some(Self { count: reactions.len() as u64, kinds, mine: None })
    }

    /// The reaction of this user, if the summary names them.
    pub fn named(&self, user: UserId) -> Option<&Emoji> {
        self.kinds.iter().find(|kind| kind.user_ids.contains(&user)).map(|kind| &kind.emoji)
    }

    /// Whether the summary names all people, so that any other user has no reaction.
    pub fn names_all(&self) -> bool {
        self.kinds.iter().map(|kind| kind.user_ids.len() as u64).sum::<u64>() == self.count
    }

    /// Whether a user finds the own reaction in this summary, or that there is none.
    pub fn tells(&self, user: UserId) -> bool {
        self.names_all() || self.named(user).is_some()
    }

    /// This summary with this user's own reaction, of those that it names.
    #[must_use]
    pub fn seen_by(self, user: UserId) -> Self {
        Self { mine: self.named(user).cloned(), ..self }
    }

    /// The part of this summary about one user: for a reader who must not learn of the other ones. `None` if the
    /// summary does not name the user.
    pub fn only_of(&self, user: UserId) -> Option<Self> {
        let emoji = self.named(user)?.clone();
        let kinds = vec![ReactionKind { emoji: emoji.clone(), count: 1, user_ids: vec![user] }];
        Some(Self { count: 1, kinds, mine: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ChatId, ClientMessageId, MessageId};

    fn reactions(emojis: &[&str]) -> Vec<Reaction> {
        let (chat_id, sender) = (ChatId::random(), UserId::random());
        let message_id = MessageId::derive(chat_id, sender, &ClientMessageId::random());
        let reaction = |(emoji, at): (&&str, u64)| Reaction {
            message_id,
            user_id: UserId::random(),
            chat_id,
            emoji: Emoji::try_from((*emoji).to_owned()).unwrap(),
            reacted_at: Timestamp::from_millis(at),
        };
        emojis.iter().zip(1..).map(reaction).collect()
    }

    #[test]
    fn the_most_frequent_kind_is_first_and_then_the_oldest() {
        let all = reactions(&["😂", "👍", "🎉", "👍", "🎉"]);
        let summary = Reactions::of(&all).unwrap();
        let kinds: Vec<_> = summary.kinds.iter().map(|kind| (kind.emoji.as_str(), kind.count)).collect();
        assert_eq!((summary.count, kinds), (5, vec![("👍", 2), ("🎉", 2), ("😂", 1)]));
        assert_eq!(summary.kinds[0].user_ids, [all[1].user_id, all[3].user_id]);
        assert!(summary.names_all() && all.iter().all(|one| summary.named(one.user_id) == Some(&one.emoji)));
    }

    #[test]
    fn the_order_of_the_rows_does_not_matter() {
        let mut all = reactions(&["😂", "👍", "🎉", "👍", "🎉"]);
        let summary = Reactions::of(&all);
        all.reverse();
        assert_eq!(Reactions::of(&all), summary);
        assert_eq!(Reactions::of(&[]), None);
    }

    #[test]
    fn a_summary_names_the_first_people_and_at_most_twenty_kinds() {
        let all = reactions(&["👍"; 1_024]);
        let summary = Reactions::of(&all).unwrap();
        let first: Vec<_> = all.iter().take(MAX_REACTORS).map(|one| one.user_id).collect();
        assert_eq!((summary.count, summary.kinds[0].count, &summary.kinds[0].user_ids), (1_024, 1_024, &first));
        assert!(summary.tells(first[0]) && !summary.tells(all[9].user_id) && !summary.names_all());
        let emoji: Vec<_> = emojis::iter().take(30).map(emojis::Emoji::as_str).collect();
        let summary = Reactions::of(&reactions(&emoji)).unwrap();
        assert_eq!((summary.count, summary.kinds.len(), summary.names_all()), (30, MAX_REACTION_KINDS, false));
    }

    #[test]
    fn a_reader_who_must_not_learn_of_others_sees_the_own_reaction() {
        let all = reactions(&["👍", "👍"]);
        let summary = Reactions::of(&all).unwrap();
        let own = summary.only_of(all[0].user_id).unwrap();
        assert_eq!(Some(own), Reactions::of(&all[..1]));
        assert_eq!(summary.only_of(UserId::random()), None);
    }
}
