//! What lies in the notifications queue.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::{ChatId, DeviceId, DomainEvent, LastMessage, Message, Timestamp, UserId};

/// How long somebody whose socket took a message has to acknowledge it before their devices are pushed to.
pub const GRACE: Duration = Duration::from_secs(10);

/// For push.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum NotificationJob {
    /// A message wants attention.
    Notify(Notification),
    /// Pushes were sent, and the bus could not be told.
    Announce {
        /// What of.
        events: Vec<DomainEvent>,
    },
}

/// A message wants attention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// In this chat.
    pub chat_id: ChatId,
    /// This one.
    pub message: LastMessage,
    /// Whose.
    pub whose: Whose,
    /// When it was accepted, in epoch milliseconds by the clock.
    pub accepted_at: Timestamp,
}

/// Whose attention is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Whose {
    /// That of these people, on all their devices.
    People(Vec<UserId>),
    /// That of one person, on the one device that could not be reached before, for just this message.
    Device {
        /// The person.
        user_id: UserId,
        /// The device.
        device_id: DeviceId,
    },
}

impl Notification {
    /// What a message wants of these people.
    pub fn of(message: &Message, people: Vec<UserId>) -> Self {
        Self {
            chat_id: message.chat_id,
            message: LastMessage::from(message),
            whose: Whose::People(people),
            accepted_at: message.created_at,
        }
    }
}
