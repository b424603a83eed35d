//! What lies in the deliveries queue.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::{
    ChatId, ConnectionId, Event, Head, Message, MessageId, Seq, SettingsEvent, StatusEvent, Timestamp, UserId,
};

/// How many recipients one delivery serves; larger audiences are cut into shards that run apart.
pub const MAX_RECIPIENTS_PER_SHARD: usize = 100;

/// In chats of more people than this, typing is not told and a sender hears of a receipt only when it was the last
/// that was missing: otherwise what is told would grow with the square of the group.
pub const QUIET_ABOVE: usize = 32;

/// For fan-out: an event is to reach people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryJob {
    /// In this chat; absent when the event concerns no single chat. Then the audience names people or sockets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chat_id: Option<ChatId>,
    /// Whom to tell.
    pub audience: Audience,
    /// What to tell them: the frame itself.
    pub event: Event,
    /// The socket that the event came from, which has its answer already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<ConnectionId>,
    /// When what it tells of happened, in epoch milliseconds by the clock.
    pub accepted_at: Timestamp,
    /// After this it is worthless and is dropped, in epoch milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// Whom to tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Audience {
    /// Every participant of the chat.
    Everyone,
    /// Every participant but this one.
    EveryoneBut(UserId),
    /// These.
    Only(Vec<UserId>),
    /// Whoever is on these sockets: those who asked for it there.
    Sockets(Vec<ConnectionId>),
}

impl Audience {
    /// Everybody in the chat with this head: named where the head knows them, which saves fan-out a read.
    pub fn everyone_in(head: &Head) -> Self {
        head.roster.direct_members().map_or(Self::Everyone, Self::Only)
    }
}

/// Time after which a setting is worthless as news: clients read it again when they connect.
const SETTINGS_LIFE: Duration = Duration::from_secs(60);

impl DeliveryJob {
    /// The job that a stored message makes; `origin` is the socket that it came from, if it came from one.
    pub fn of(message: &Message, audience: Audience, origin: Option<ConnectionId>) -> Self {
        Self {
            chat_id: Some(message.chat_id),
            audience,
            event: Event::Message { message: message.clone() },
            origin,
            accepted_at: message.created_at,
            expires_at: None,
        }
    }

    /// The job that tells people of a tick; `origin` is the socket whose receipt it was.
    pub fn of_status(status: StatusEvent, people: Vec<UserId>, origin: Option<ConnectionId>) -> Self {
        Self {
            chat_id: Some(status.chat_id),
            audience: Audience::Only(people),
            accepted_at: status.timestamp,
            event: Event::Status(status),
            origin,
            expires_at: None,
        }
    }

    /// The job that tells every socket of a user of a setting that the user has changed.
    pub fn of_settings(user_id: UserId, settings: SettingsEvent, now: Timestamp) -> Self {
        Self {
            chat_id: match &settings {
                SettingsEvent::Chat(chat) => Some(chat.chat_id),
                SettingsEvent::Profile(_) => None,
            },
            audience: Audience::Only(vec![user_id]),
            event: Event::Settings(settings),
            origin: None,
            accepted_at: now,
            // A replayed dead letter must not show what was set days ago as if it were so now.
            expires_at: Some(now.plus(SETTINGS_LIFE)),
        }
    }

    /// The job's group in the queue: its chat, or otherwise the person it is for.
    pub fn group(&self) -> String {
        match (self.chat_id, &self.audience) {
            (Some(chat_id), _) => chat_id.to_string(),
            (None, Audience::Only(people)) if !people.is_empty() => people[0].to_string(),
            (None, _) => "no-chat".to_owned(),
        }
    }

    /// The message that this is about, for logs.
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
        Body, Chat, ChatKind, ClientMessageId, Content, MAX_CONTENT_BYTES, MAX_PARTICIPANTS, Name, Status,
    };

    /// The most that API Gateway posts to a socket at once, in bytes.
    const MAX_FRAME_BYTES: usize = 128 * 1024;
    /// The most that SQS takes for one message, in bytes, in its attributes and in its body.
    const MAX_JOB_BYTES: usize = 256 * 1024;

    fn sizes(event: Event) -> (usize, usize) {
        let people = (0..MAX_RECIPIENTS_PER_SHARD).map(|_| UserId::random()).collect();
        let (chat_id, now) = (ChatId::random(), Timestamp::now());
        let frame = serde_json::to_string(&event).unwrap().len();
        let origin = Some(ConnectionId::new("c".repeat(32)));
        let audience = Audience::Only(people);
        let job =
            DeliveryJob { chat_id: Some(chat_id), audience, event, origin, accepted_at: now, expires_at: Some(now) };
        (frame, serde_json::to_string(&job).unwrap().len())
    }

    /// In the characters that JSON spells longest. Nothing that a client may send makes more than this.
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
            timestamp: now,
            status: Status::Delivered,
            created_at: now,
        };
        let chat = Chat {
            chat_id,
            kind: ChatKind::Group { name: Some(Name::try_from("\"".repeat(100)).unwrap()) },
            participants: (0..MAX_PARTICIPANTS).map(|_| UserId::random()).collect(),
            created_by: sender_id,
            created_at: now,
        };
        for event in [Event::Message { message }, Event::Chat { chat }] {
            let (frame, job) = sizes(event);
            // Dead letters carry their cause beside the job.
            assert!(
                frame <= MAX_FRAME_BYTES && job + 16 * 1024 <= MAX_JOB_BYTES,
                "a frame of {frame}, a job of {job} bytes"
            );
        }
    }
}
