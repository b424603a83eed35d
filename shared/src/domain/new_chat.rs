//! Requests for new chats.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Chat, ChatId, ChatKind, ClientChatId, MAX_PARTICIPANTS, Membership, Name, Timestamp, UserId};

/// A valid request for a new chat.
#[derive(Debug, Clone)]
pub struct NewChat {
    chat_id: ChatId,
    kind: ChatKind,
    creator: UserId,
    others: Vec<UserId>,
    client_chat_id: Option<ClientChatId>,
}

/// The reason for which a request for a chat is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NewChatError {
    /// A direct chat with a name.
    #[error("must be left out: only a group has a name")]
    NameOfDirect,
    /// No other user than the caller.
    #[error("must name at least one user besides yourself")]
    Alone,
    /// A user named twice.
    #[error("must name each user once, but names {0} twice")]
    Twice(UserId),
    /// A direct chat with more than one other user.
    #[error("must name exactly one other user in a direct chat; create a group for more")]
    NotAPair,
    /// More than [`MAX_PARTICIPANTS`] users.
    #[error("must be at most 1,024 users including yourself, but there are {0}")]
    TooMany(usize),
}

/// The digest of a request for a group: the SHA-256 of its sorted participants and its name. Two requests with the same
/// `clientChatId` are the same request if they have the same digest.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChatRequestDigest(String);

impl ChatRequestDigest {
    /// The digest as text, in hexadecimal.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl NewChat {
    /// A direct chat of `creator` with the one other user in `participants`, which may include the creator. The id
    /// follows from the pair, so the request is repeatable.
    ///
    /// # Errors
    /// When the participants are not a pair.
    pub fn direct(creator: UserId, participants: Vec<UserId>) -> Result<Self, NewChatError> {
        let others = others(creator, participants)?;
        let [other] = others[..] else { return Err(NewChatError::NotAPair) };
        let chat_id = ChatId::direct(creator, other);
        Ok(Self { chat_id, kind: ChatKind::Direct, creator, others, client_chat_id: None })
    }

    /// A group of `creator` and `participants`, which may include the creator. The id follows from `client_chat_id`;
    /// without it every request creates another group.
    ///
    /// # Errors
    /// When no other user is named, one is named twice, or there are too many.
    pub fn group(
        creator: UserId,
        participants: Vec<UserId>,
        name: Option<Name>,
        client_chat_id: Option<ClientChatId>,
    ) -> Result<Self, NewChatError> {
        let others = others(creator, participants)?;
        let chat_id = client_chat_id.as_ref().map_or_else(ChatId::random, |client| ChatId::group(creator, client));
        Ok(Self { chat_id, kind: ChatKind::Group { name }, creator, others, client_chat_id })
    }

    /// The id of the chat.
    pub fn chat_id(&self) -> ChatId {
        self.chat_id
    }

    /// The user who requests the chat.
    pub fn creator(&self) -> UserId {
        self.creator
    }

    /// The first admin of a group: its creator. A direct chat has none.
    pub fn admin(&self) -> Option<UserId> {
        (self.kind != ChatKind::Direct).then_some(self.creator)
    }

    /// The members besides the creator.
    pub fn others(&self) -> &[UserId] {
        &self.others
    }

    /// Whether this is a direct chat.
    pub fn is_direct(&self) -> bool {
        self.kind == ChatKind::Direct
    }

    /// Whether a repetition of the request finds the same chat.
    pub fn is_repeatable(&self) -> bool {
        self.is_direct() || self.client_chat_id.is_some()
    }

    /// The digest that a repetition must have, too. `None` for a direct chat, since its id already identifies the pair,
    /// and for a request that is not repeatable.
    pub fn digest(&self) -> Option<ChatRequestDigest> {
        let ChatKind::Group { name } = &self.kind else { return None };
        self.client_chat_id.as_ref()?;
        let mut digest = Sha256::new();
        // Ids have one length and the name comes last, so different requests have different input.
        for user in self.members_in_order() {
            digest.update(user.to_string());
        }
        if let Some(name) = name {
            digest.update("=");
            digest.update(String::from(name.clone()));
        }
        Some(ChatRequestDigest(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// All members, sorted: the order in the request does not matter.
    pub fn members_in_order(&self) -> Vec<UserId> {
        let mut members = self.others.clone();
        members.push(self.creator);
        members.sort_unstable();
        members
    }

    /// The chat of this request, created at this time.
    pub fn into_chat(self, created_at: Timestamp) -> Chat {
        let mut participants = self.others;
        participants.insert(0, self.creator);
        let membership = Membership::of_new(&self.kind, self.creator);
        let (chat_id, kind, created_by) = (self.chat_id, self.kind, self.creator);
        Chat { chat_id, kind, participants, created_by, created_at, membership }
    }
}

fn others(creator: UserId, participants: Vec<UserId>) -> Result<Vec<UserId>, NewChatError> {
    let mut named = HashSet::new();
    if let Some(twice) = participants.iter().find(|user| !named.insert(**user)) {
        return Err(NewChatError::Twice(*twice));
    }
    named.insert(creator);
    if named.len() > MAX_PARTICIPANTS {
        return Err(NewChatError::TooMany(named.len()));
    }
    let others: Vec<_> = participants.into_iter().filter(|user| *user != creator).collect();
    if others.is_empty() { Err(NewChatError::Alone) } else { Ok(others) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(count: usize) -> Vec<UserId> {
        (0..count).map(|_| UserId::random()).collect()
    }

    fn named(client: &str, creator: UserId, participants: Vec<UserId>, name: Option<&str>) -> NewChat {
        let name = name.map(|name| Name::try_from(name.to_owned()).unwrap());
        let client = ClientChatId::try_from(client.to_owned()).unwrap();
        NewChat::group(creator, participants, name, Some(client)).unwrap()
    }

    #[test]
    fn a_group_has_at_most_1024_users_with_its_creator() {
        let ana = UserId::random();
        assert!(NewChat::group(ana, people(1023), None, None).is_ok());
        assert_eq!(NewChat::group(ana, people(1024), None, None).unwrap_err(), NewChatError::TooMany(1025));
    }

    #[test]
    fn a_request_names_at_least_one_other_user_and_each_user_once() {
        let (ana, bruno) = (UserId::random(), UserId::random());
        assert_eq!(NewChat::group(ana, vec![bruno, bruno], None, None).unwrap_err(), NewChatError::Twice(bruno));
        assert_eq!(NewChat::group(ana, vec![], None, None).unwrap_err(), NewChatError::Alone);
        assert_eq!(NewChat::direct(ana, vec![ana]).unwrap_err(), NewChatError::Alone);
        assert_eq!(NewChat::direct(ana, people(2)).unwrap_err(), NewChatError::NotAPair);
    }

    #[test]
    fn the_creator_is_a_participant_also_if_not_named() {
        let (ana, bruno) = (UserId::random(), UserId::random());
        for named in [vec![bruno], vec![ana, bruno], vec![bruno, ana]] {
            let chat = NewChat::direct(ana, named).unwrap().into_chat(Timestamp::now());
            assert_eq!(chat.participants, [ana, bruno]);
            assert_eq!(chat.chat_id, ChatId::direct(bruno, ana));
        }
    }

    #[test]
    fn a_request_for_a_group_is_repeatable_only_with_a_client_chat_id() {
        let (ana, bruno) = (UserId::random(), UserId::random());
        let unnamed = || NewChat::group(ana, vec![bruno], None, None).unwrap();
        assert_ne!(unnamed().chat_id(), unnamed().chat_id());
        assert!(!unnamed().is_repeatable() && unnamed().digest().is_none());
        let (one, again) = (named("1", ana, vec![bruno], None), named("1", ana, vec![ana, bruno], None));
        assert!(one.is_repeatable());
        assert_eq!((one.chat_id(), one.digest()), (again.chat_id(), again.digest()));
    }

    #[test]
    fn a_repetition_has_the_same_name_and_the_same_participants_in_any_order() {
        let (ana, bruno, carla) = (UserId::random(), UserId::random(), UserId::random());
        let digest = |participants, name| named("1", ana, participants, name).digest();
        assert_eq!(digest(vec![bruno, carla], Some("Us")), digest(vec![carla, bruno], Some("Us")));
        let different = [
            digest(vec![bruno, carla], Some("Us")),
            digest(vec![bruno], Some("Us")),
            digest(vec![bruno, carla], Some("us")),
            digest(vec![bruno, carla], None),
        ];
        assert_eq!(different.iter().collect::<HashSet<_>>().len(), different.len());
    }
}
