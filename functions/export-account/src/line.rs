//! The lines of the exported file: all data about one user, and of other users only ids that this user can see.

use std::collections::BTreeSet;

use paloma::domain::{
    Chat, ChatId, ChatView, ConnectionId, Device, DeviceId, Emoji, ExportId, Head, Member, Message, MessageId,
    Platform, Presence, PrivacySettings, Reaction, Reason, Report, ReportId, ReportTarget, Seq, Status, Ticks,
    Timestamp, User, UserId, ViewRole, Watermark, Windows,
};
use paloma::store::{BlockedUser, Connection, ReceiptRecord};
use serde::Serialize;

/// One line of JSON. Its `kind` is the variant.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(crate) enum Line {
    /// The first line.
    Export { export_id: ExportId, user_id: UserId, version: u32, exported_at: Timestamp },
    Profile {
        #[serde(flatten)]
        user: User,
        #[serde(flatten)]
        presence: Presence,
        privacy: PrivacySettings,
    },
    /// A registered device, without its token, which is a secret of the platform.
    Device { device_id: DeviceId, platform: Platform, updated_at: Timestamp },
    /// The chats that the user has pinned.
    PinnedChats { chat_ids: BTreeSet<ChatId> },
    /// A user that this one has blocked.
    Block { user_id: UserId, blocked_at: Timestamp },
    /// A report that the user made, without the copy of the item, which other users wrote.
    Report {
        report_id: ReportId,
        #[serde(flatten)]
        target: ReportedId,
        reason: Option<Reason>,
        reported_at: Timestamp,
    },
    /// An open connection.
    Connection { connection_id: ConnectionId, last_seen_at: Timestamp },
    /// A chat of the user, with the user's watermarks, and in a group the role and the messages that the user may see.
    Chat {
        #[serde(flatten)]
        chat: Chat,
        last_seq: Watermark,
        read_seq: Watermark,
        delivered_seq: Watermark,
        #[serde(skip_serializing_if = "Option::is_none")]
        role: Option<ViewRole>,
        #[serde(skip_serializing_if = "Windows::is_unlimited")]
        windows: Windows,
        #[serde(skip_serializing_if = "Option::is_none")]
        muted_until: Option<Timestamp>,
        #[serde(skip_serializing_if = "Option::is_none")]
        requested_by: Option<UserId>,
        archived: bool,
        marked_unread: bool,
    },
    /// A message that the user sent.
    Message {
        #[serde(flatten)]
        message: Message,
    },
    /// The user's receipt for another member's message.
    Receipt {
        message_id: MessageId,
        chat_id: ChatId,
        seq: Seq,
        status: Status,
        delivered_at: Timestamp,
        #[serde(skip_serializing_if = "Option::is_none")]
        read_at: Option<Timestamp>,
    },
    /// The user's reaction to a message.
    Reaction { message_id: MessageId, chat_id: ChatId, emoji: Emoji, reacted_at: Timestamp },
}

/// The id of a reported item.
#[derive(Debug, Serialize)]
#[serde(rename_all_fields = "camelCase", untagged)]
pub(crate) enum ReportedId {
    Message { message_id: MessageId },
    User { user_id: UserId },
    Chat { chat_id: ChatId },
}

/// The version of the lines' format.
const VERSION: u32 = 1;

impl Line {
    pub(crate) fn first(user_id: UserId, export_id: ExportId, now: Timestamp) -> Self {
        Self::Export { export_id, user_id, version: VERSION, exported_at: now }
    }

    pub(crate) fn chat(chat: Chat, head: &Head, member: &Member) -> Self {
        let view = ChatView::of(chat, head, member);
        Self::Chat {
            chat: view.chat,
            last_seq: view.last_seq,
            read_seq: view.read_seq,
            delivered_seq: view.delivered_seq,
            role: view.role,
            windows: view.windows,
            muted_until: member.muted_until,
            requested_by: view.requested_by,
            archived: view.archived,
            marked_unread: view.marked_unread,
        }
    }

    /// A message with its status, as in the API.
    pub(crate) fn message(message: Message, ticks: &Ticks) -> Self {
        let status = ticks.status_of(message.seq, message.sender_id);
        Self::Message { message: Message { status, ..message } }
    }
}

impl From<Device> for Line {
    fn from(device: Device) -> Self {
        Self::Device { device_id: device.device_id, platform: device.platform, updated_at: device.updated_at }
    }
}

impl From<BlockedUser> for Line {
    fn from(blocked: BlockedUser) -> Self {
        Self::Block { user_id: blocked.user_id, blocked_at: blocked.blocked_at }
    }
}

impl From<Report> for Line {
    fn from(report: Report) -> Self {
        let target = match report.item.target() {
            ReportTarget::Message(message_id) => ReportedId::Message { message_id },
            ReportTarget::User(user_id) => ReportedId::User { user_id },
            ReportTarget::Chat(chat_id) => ReportedId::Chat { chat_id },
        };
        let Report { report_id, reason, reported_at, .. } = report;
        Self::Report { report_id, target, reason, reported_at }
    }
}

impl From<Connection> for Line {
    fn from(connection: Connection) -> Self {
        Self::Connection { connection_id: connection.connection_id, last_seen_at: connection.last_seen_at }
    }
}

impl From<ReceiptRecord> for Line {
    fn from(receipt: ReceiptRecord) -> Self {
        let ReceiptRecord { message_id, chat_id, seq, status, delivered_at, read_at, .. } = receipt;
        Self::Receipt { message_id, chat_id, seq, status: status.into(), delivered_at, read_at }
    }
}

impl From<Reaction> for Line {
    fn from(reaction: Reaction) -> Self {
        let Reaction { message_id, chat_id, emoji, reacted_at, .. } = reaction;
        Self::Reaction { message_id, chat_id, emoji, reacted_at }
    }
}
