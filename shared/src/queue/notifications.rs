//! Jobs of the notifications queue, for push.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::{
    ChangeSeq, ChatId, Device, DeviceId, DomainEvent, LastMessage, Message, Timestamp, UserId, Watermark,
};

/// Time that a member with a live socket has to acknowledge a message. After it, the phones that have not acknowledged
/// the message get a push.
pub const GRACE: Duration = Duration::from_secs(10);

/// Delay of a badge correction, and so the shortest time between two corrections of one user. One correction covers all
/// receipts until it runs.
pub const BADGE_WAIT: Duration = Duration::from_secs(3);

/// A job for push.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum NotificationJob {
    /// Pushes a message.
    Notify(Notification),
    /// Corrects the badge on a user's devices.
    Badge(BadgeJob),
    /// Publishes the events of earlier pushes, which EventBridge did not accept then.
    Publish {
        /// At most 10 events: EventBridge's limit for one call.
        events: Vec<DomainEvent>,
    },
}

/// A user has read messages on one device, and the badge of the other devices still counts them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BadgeJob {
    /// The chat that the user has read.
    pub chat_id: ChatId,
    /// The user who read the messages.
    pub user_id: UserId,
    /// The last message that the user had read when the job was enqueued.
    pub read_seq: Watermark,
    /// The one device to correct, if the others are done. Absent for all devices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_id: Option<DeviceId>,
}

/// The push of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// The message's chat.
    pub chat_id: ChatId,
    /// The message. If the chat has a newer one by then, push shows that.
    pub message: LastMessage,
    /// The devices to push to.
    pub target: PushTarget,
    /// The version of the message: push shows this one or a later one.
    #[serde(default, skip_serializing_if = "ChangeSeq::is_start")]
    pub version: ChangeSeq,
    /// Whether the message was changed: then it only replaces its own push, if that is the last one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replaces: bool,
    /// Time at which the message was accepted, in epoch milliseconds.
    pub accepted_at: Timestamp,
}

/// The devices that a push is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum PushTarget {
    /// All devices of these members.
    Members(Vec<UserId>),
    /// One device, for this message alone: an earlier push to it failed, or it gets the grace period to acknowledge.
    Device {
        /// The user who owns the device.
        user_id: UserId,
        /// The device to push to.
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
            version: message.version,
            replaces: false,
            accepted_at: message.created_at,
        }
    }

    /// A push of a message that was edited or deleted, to the devices of those members who got a push of it before.
    pub fn replacing(message: &Message, members: Vec<UserId>) -> Self {
        Self { replaces: true, ..Self::of(message, members) }
    }

    /// A push of this version of `message`, which may be newer than this job's, to a single device.
    #[must_use]
    pub fn on_device(&self, device: &Device, message: LastMessage, version: ChangeSeq) -> Self {
        let target = PushTarget::Device { user_id: device.user_id, device_id: device.device_id };
        Self { message, version, target, ..self.clone() }
    }
}
