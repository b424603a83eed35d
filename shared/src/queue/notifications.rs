//! What lies in the notifications queue.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::{ChatId, Device, DeviceId, DomainEvent, LastMessage, Message, Timestamp, UserId, Watermark};

/// How long somebody whose socket took a message has to acknowledge it before their devices are pushed to.
pub const GRACE: Duration = Duration::from_secs(10);

/// How long a badge waits for its correction, and so the shortest time between two corrections of one user: all that
/// is read until then is in the first.
pub const BADGE_WAIT: Duration = Duration::from_secs(3);

/// For push.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum NotificationJob {
    /// A message wants attention.
    Notify(Notification),
    /// A user has read on one device what the others show in their badge.
    Badge(BadgeJob),
    /// Pushes were sent, and the bus could not be told.
    Publish {
        /// What of.
        events: Vec<DomainEvent>,
    },
}

/// A user has read on one device what the others show in their badge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BadgeJob {
    /// In this chat.
    pub chat_id: ChatId,
    /// The user.
    pub user_id: UserId,
    /// How far the user had read when the job was made.
    pub read_seq: Watermark,
    /// The one device to tell, if the others have been told already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<DeviceId>,
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
    pub target: PushTarget,
    /// When it was accepted, in epoch milliseconds by the clock.
    pub accepted_at: Timestamp,
}

/// Whose attention is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PushTarget {
    /// That of these people, on all their devices.
    Members(Vec<UserId>),
    /// That of one person, on the one device that could not be reached before, for just this message.
    Device {
        /// The person.
        user_id: UserId,
        /// The device.
        device_id: DeviceId,
    },
}

impl NotificationJob {
    /// A job that corrects the badge on all devices of a user who has read up to `read_seq`.
    pub fn correct_badge(chat_id: ChatId, user_id: UserId, read_seq: Watermark) -> Self {
        Self::Badge(BadgeJob { chat_id, user_id, read_seq, device_id: None })
    }
}

impl Notification {
    /// A push of a message to all devices of these members.
    pub fn of(message: &Message, members: Vec<UserId>) -> Self {
        Self {
            chat_id: message.chat_id,
            message: LastMessage::from(message),
            target: PushTarget::Members(members),
            accepted_at: message.created_at,
        }
    }

    /// A push of `message`, which may be newer than this job's, to a single device.
    #[must_use]
    pub fn on_device(&self, device: &Device, message: LastMessage) -> Self {
        let target = PushTarget::Device { user_id: device.user_id, device_id: device.device_id };
        Self { chat_id: self.chat_id, message, target, accepted_at: self.accepted_at }
    }
}
