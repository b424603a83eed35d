//! Jobs of the deliveries queue, for fan-out.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::{
    ChangeKind, ChangeRecord, Chat, ChatId, ConnectionId, ErasedEvent, Event, Head, Message, MessageId, Presence, Seq,
    SettingsEvent, StatusEvent, Timestamp, UserId,
};
use crate::store::Watcher;

/// Recipients per job. Fan-out splits a larger audience into shards with a job each.
pub const MAX_RECIPIENTS_PER_SHARD: usize = 100;

/// Participants above which a chat gets fewer events: no typing, and a sender gets an event only when a receipt moves
/// the chat's lowest mark. Otherwise the number of events would grow with the square of the group.
pub const MAX_CHAT_FOR_ALL_EVENTS: usize = 32;

/// Time after which a typing event is dropped.
const TYPING_LIFE: Duration = Duration::from_secs(5);

/// Time after which a changed setting is dropped: clients read their settings when they connect, and a replayed dead
/// letter must not show an old setting as the current one.
const SETTINGS_LIFE: Duration = Duration::from_secs(60);

/// An event, which fan-out posts to the sockets of its recipients.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryJob {
    /// The chat of the event. If it is absent, the audience must name users or sockets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat_id: Option<ChatId>,
    /// The recipients of the event.
    pub audience: Audience,
    /// The frame to post.
    pub event: Event,
    /// The socket that caused the event. It gets no frame, since it gets an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<ConnectionId>,
    /// Time of the event, in epoch milliseconds.
    pub accepted_at: Timestamp,
    /// Time after which fan-out drops the job, in epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// The recipients of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Audience {
    /// All participants of the chat.
    Everyone,
    /// All participants except this one.
    EveryoneBut(UserId),
    /// These users, on all their sockets.
    Only(Vec<UserId>),
    /// These sockets alone: they asked for the event.
    Sockets(Vec<ConnectionId>),
}

impl Audience {
    /// All participants of the chat with this head. The head of a direct chat names them, which saves fan-out a read. A
    /// member who has blocked the other one is left out, so the head must be the one before the message.
    pub fn everyone_in(head: &Head) -> Self {
        head.roster.direct_audience().map_or(Self::Everyone, Self::Only)
    }

    /// The other participants of the chat with this head, for an event that a block keeps from both.
    pub fn others_in(head: &Head, user: UserId) -> Self {
        if head.roster.is_direct() {
            Self::Only(head.roster.correspondent(user).into_iter().collect())
        } else {
            Self::EveryoneBut(user)
        }
    }
}

impl DeliveryJob {
    /// A stored message. `origin` is the socket that sent it; absent if it came by REST.
    pub fn of_message(message: &Message, audience: Audience, origin: Option<ConnectionId>) -> Self {
        let event = Event::Message { message: message.clone() };
        Self { origin, ..Self::in_chat(message.chat_id, audience, event, message.created_at) }
    }

    /// A message that was edited or deleted, or got reactions, as it is now, for all members who may see it.
    pub fn of_change(change: &ChangeRecord, message: Message) -> Self {
        let ChangeRecord { chat_id, change_seq, changed_at, .. } = *change;
        let reacted_by = change.actor_id.user().filter(|_| change.kind == ChangeKind::Reacted);
        let event = Event::Change { chat_id, change_seq, message, reacted_by };
        Self::in_chat(chat_id, Audience::Everyone, event, changed_at)
    }

    /// A changed status. `origin` is the socket that sent the receipt.
    pub fn of_status(status: StatusEvent, users: Vec<UserId>, origin: Option<ConnectionId>) -> Self {
        let (chat_id, accepted_at) = (status.chat_id, status.timestamp);
        Self { origin, ..Self::in_chat(chat_id, Audience::Only(users), Event::Status(status), accepted_at) }
    }

    /// A setting that a user has changed, for all sockets of that user.
    pub fn of_settings(user_id: UserId, settings: SettingsEvent, now: Timestamp) -> Self {
        Self {
            chat_id: settings.chat_id(),
            audience: Audience::Only(vec![user_id]),
            event: Event::Settings(settings),
            origin: None,
            accepted_at: now,
            expires_at: Some(now.plus(SETTINGS_LIFE)),
        }
    }

    /// A new chat, for all its participants.
    pub fn of_chat(chat: Chat, now: Timestamp) -> Self {
        Self::in_chat(chat.chat_id, Audience::Everyone, Event::Chat { chat }, now)
    }

    /// A user is typing, for the other participants. It expires after 5 s.
    pub fn of_typing(chat_id: ChatId, user_id: UserId, audience: Audience, now: Timestamp) -> Self {
        let event = Event::Typing { chat_id, user_id };
        let expires_at = Some(now.plus(TYPING_LIFE));
        Self { expires_at, ..Self::in_chat(chat_id, audience, event, now) }
    }

    /// A user came online or went offline: one job for each chat in which sockets watch the user.
    pub fn of_presence(
        watchers: impl IntoIterator<Item = Watcher>,
        user_id: UserId,
        presence: Presence,
        now: Timestamp,
    ) -> BTreeMap<ChatId, Self> {
        let mut sockets: BTreeMap<ChatId, Vec<ConnectionId>> = BTreeMap::new();
        for watcher in watchers {
            sockets.entry(watcher.chat_id).or_default().push(watcher.connection_id);
        }
        let job = |(chat_id, sockets)| {
            let event = Event::Presence { chat_id, user_id, presence };
            (chat_id, Self::in_chat(chat_id, Audience::Sockets(sockets), event, now))
        };
        sockets.into_iter().map(job).collect()
    }

    /// An erased account, for the other participants of a chat.
    pub fn of_erasure(erased: ErasedEvent, head: &Head, now: Timestamp) -> Self {
        Self::in_chat(erased.chat_id, Audience::everyone_in(head), Event::Erased(erased), now)
    }

    fn in_chat(chat_id: ChatId, audience: Audience, event: Event, accepted_at: Timestamp) -> Self {
        Self { chat_id: Some(chat_id), audience, event, origin: None, accepted_at, expires_at: None }
    }

    /// The same job for these users alone.
    #[must_use]
    pub fn for_users(&self, users: Vec<UserId>) -> Self {
        Self { audience: Audience::Only(users), ..self.clone() }
    }

    /// The same job for these sockets alone. No push follows it.
    #[must_use]
    pub fn for_sockets(&self, sockets: Vec<ConnectionId>) -> Self {
        Self { audience: Audience::Sockets(sockets), ..self.clone() }
    }

    /// The same job with another version of its message.
    #[must_use]
    pub fn with_message(&self, message: Message) -> Self {
        let event = match self.event {
            Event::Change { chat_id, change_seq, reacted_by, .. } => {
                Event::Change { chat_id, change_seq, message, reacted_by }
            }
            _ => Event::Message { message },
        };
        Self { event, ..self.clone() }
    }

    /// The job's message group in the queue: its chat, or otherwise its first recipient.
    pub fn group(&self) -> String {
        match (self.chat_id, &self.audience) {
            (Some(chat_id), _) => chat_id.to_string(),
            (None, Audience::Only(users)) if !users.is_empty() => users[0].to_string(),
            (None, _) => "no-chat".to_owned(),
        }
    }

    /// The ids of the job's message, for logs.
    pub fn message(&self) -> Option<(MessageId, Seq)> {
        match &self.event {
            Event::Message { message } => Some((message.message_id, message.seq)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        Avatar, Body, ChangeSeq, Chat, ChatKind, ClientMessageId, Content, Emoji, MAX_CONTENT_BYTES, MAX_PARTICIPANTS,
        MAX_REACTION_KINDS, MAX_REACTORS, Membership, Name, ReactionKind, Reactions, Reply, Status,
    };

    /// Largest frame that API Gateway posts, in bytes.
    const MAX_FRAME_BYTES: usize = 128 * 1024;
    /// Limit of a job, in bytes: a quarter of the largest message of SQS (1 MiB), body and attributes together.
    const MAX_JOB_BYTES: usize = 256 * 1024;

    fn sizes(event: Event) -> (usize, usize) {
        let users = (0..MAX_RECIPIENTS_PER_SHARD).map(|_| UserId::random()).collect();
        let (chat_id, now) = (ChatId::random(), Timestamp::now());
        let frame = serde_json::to_string(&event).unwrap().len();
        let origin = Some(ConnectionId::new("c".repeat(32)));
        let audience = Audience::Only(users);
        let job =
            DeliveryJob { chat_id: Some(chat_id), audience, event, origin, accepted_at: now, expires_at: Some(now) };
        (frame, serde_json::to_string(&job).unwrap().len())
    }

    /// The longest summary of reactions.
    fn most_reactions() -> Reactions {
        let mut emoji: Vec<_> = emojis::iter().map(emojis::Emoji::as_str).collect();
        emoji.sort_by_key(|emoji| std::cmp::Reverse(emoji.len()));
        let kind = |emoji: &str| ReactionKind {
            emoji: Emoji::try_from(emoji.to_owned()).unwrap(),
            count: u64::MAX,
            user_ids: (0..MAX_REACTORS).map(|_| UserId::random()).collect(),
        };
        let kinds: Vec<_> = emoji.into_iter().take(MAX_REACTION_KINDS).map(kind).collect();
        Reactions { count: u64::MAX, mine: Some(kinds[0].emoji.clone()), kinds }
    }

    /// With the characters that JSON encodes in the most bytes. No request of a client makes a longer event.
    #[test]
    fn the_longest_events_fit_in_a_frame_and_in_a_job() {
        let (chat_id, sender_id, now) = (ChatId::random(), UserId::random(), Timestamp::now());
        let client_message_id = ClientMessageId::try_from("\"".repeat(128)).unwrap();
        let content = format!("{}a", "\u{1}".repeat(MAX_CONTENT_BYTES - 1));
        let message = Message {
            message_id: MessageId::derive(chat_id, sender_id, &client_message_id),
            chat_id,
            sender_id,
            client_message_id,
            body: Body::Content(Content::try_from(content).unwrap()),
            seq: Seq::try_from(u64::MAX).unwrap(),
            count: Some(u64::MAX),
            timestamp: now,
            status: Status::Delivered,
            created_at: now,
            version: ChangeSeq::at(u64::MAX),
            edited_at: Some(now),
            reply_to: Some(Reply::to(MessageId::derive(chat_id, sender_id, &ClientMessageId::random()))),
            reactions: Some(most_reactions()),
        };
        let users: Vec<_> = (0..MAX_PARTICIPANTS).map(|_| UserId::random()).collect();
        let avatar = Some(Avatar::try_from(format!("https://example.com/{}", "a".repeat(2_000))).unwrap());
        let chat = Chat {
            chat_id,
            kind: ChatKind::Group { name: Some(Name::try_from("\"".repeat(100)).unwrap()) },
            participants: users.clone(),
            created_by: sender_id,
            created_at: now,
            membership: Membership { admins: users, avatar, ..Membership::default() },
        };
        let change_seq = ChangeSeq::at(u64::MAX);
        let change = Event::Change { chat_id, change_seq, message: message.clone(), reacted_by: Some(sender_id) };
        for event in [Event::Message { message }, change, Event::Chat { chat }] {
            let (frame, job) = sizes(event);
            // A dead letter holds its cause beside the job.
            assert!(
                frame <= MAX_FRAME_BYTES && job + 16 * 1024 <= MAX_JOB_BYTES,
                "a frame of {frame}, a job of {job} bytes"
            );
        }
    }
}
