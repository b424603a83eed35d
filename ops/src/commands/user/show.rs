//! `paloma user show`: the data about one user. Never tokens, never contents of messages.

use std::collections::BTreeSet;

use futures::try_join;
use paloma::domain::{ChatId, Device, PageLimit, Presence, Privacy, SendLimit, Timestamp, User, UserId};
use paloma::store::Connection;
use serde::Serialize;
use serde_json::Value;

use super::user_ref::UserRef;
use crate::output::{Page, Report, Tone};
use crate::time::moment;
use crate::{Failure, Outcome, Output, Stack};

/// Pages of 100 chats that are read, at most: those with the newest messages.
const MAX_PAGES: usize = 10;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct UserReport {
    #[serde(flatten)]
    user: User,
    suspended_at: Option<Timestamp>,
    /// Sessions that began at or before this time have ended.
    sessions_void_before: Option<Timestamp>,
    /// The send limit that an operator set for this user; none: the deployment's default.
    grant: Option<SendLimit>,
    /// The presence as other users see it.
    presence: Presence,
    privacy: Privacy,
    sockets: Vec<SocketReport>,
    devices: Vec<DeviceReport>,
    chats: Vec<ChatReport>,
    /// In all these chats: the badge on the user's phones.
    unread: u64,
    /// Whether the user has more chats than were read.
    has_more_chats: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct SocketReport {
    connection_id: String,
    last_seen_at: Timestamp,
    is_alive: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DeviceReport {
    device_id: String,
    platform: Value,
    updated_at: Timestamp,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ChatReport {
    chat_id: ChatId,
    #[serde(rename = "type")]
    kind: &'static str,
    participants: usize,
    /// Whether the user has left the group.
    is_former: bool,
    last_seq: u64,
    delivered_seq: u64,
    read_seq: u64,
    unread: u64,
    muted_until: Option<Timestamp>,
    pinned: bool,
    archived: bool,
    marked_unread: bool,
}

impl ChatReport {
    /// The state of the chat for the user, in words.
    fn state(&self) -> String {
        let states = [
            (self.is_former, "left"),
            (self.pinned, "pinned"),
            (self.archived, "archived"),
            (self.marked_unread, "marked as unread"),
            (self.muted_until.is_some() && !self.is_former, "muted"),
        ];
        states.into_iter().filter(|(holds, _)| *holds).map(|(_, name)| name).collect::<Vec<_>>().join(", ")
    }
}

pub async fn run(user_ref: &UserRef, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let user = user_ref.find(stack).await?;
    let (environment, now, user_id) = (stack.environment(), Timestamp::now(), user.user_id);
    let store = |error| stack.target.store_failed(error);
    let (users, connections, devices) = (environment.users()?, environment.connections()?, environment.devices()?);
    let accounts = environment.accounts()?;
    let (presence, profile, sockets, devices, account) = try_join!(
        users.presence(user_id),
        users.with_privacy(user_id),
        connections.of_user(user_id, now),
        devices.of_user(user_id),
        accounts.account(user_id),
    )
    .map_err(store)?;
    let account = account.as_ref();
    let pins = account.map(|account| account.pins.clone()).unwrap_or_default();
    let (chats, has_more_chats) = chats_of(stack, user_id, &pins).await?;
    let report = UserReport {
        suspended_at: account.and_then(|account| account.suspended_at),
        sessions_void_before: account.and_then(|account| account.void_before),
        grant: account.and_then(|account| account.grant),
        presence: presence.unwrap_or_default().0.as_shown(now),
        privacy: profile.map(|(_, settings)| settings.privacy).unwrap_or_default(),
        sockets: sockets.iter().map(|socket| SocketReport::of(socket, now)).collect(),
        devices: devices.iter().map(DeviceReport::of).collect(),
        unread: chats.iter().map(|chat| chat.unread).sum(),
        chats,
        has_more_chats,
        user,
    };
    output.print(&report)?;
    Ok(Outcome::Good)
}

async fn chats_of(stack: &Stack, user_id: UserId, pins: &BTreeSet<ChatId>) -> Result<(Vec<ChatReport>, bool), Failure> {
    let store = |error| stack.target.store_failed(error);
    let (chats, mut reports, mut from) = (stack.environment().chats()?, Vec::new(), None);
    for _ in 0..MAX_PAGES {
        let (ids, next) = chats.of_user(user_id, PageLimit::MAX, from).await.map_err(store)?;
        let views = chats.views(&ids, user_id).await.map_err(store)?;
        reports.extend(views.into_iter().map(|(chat, head, member)| {
            let marks = head.marks_of(&member);
            ChatReport {
                chat_id: chat.chat_id,
                kind: if head.roster.is_direct() { "direct" } else { "group" },
                participants: chat.participants.len(),
                is_former: !member.is_current(),
                last_seq: member.windows.last_visible(head.last_seq).as_u64(),
                delivered_seq: marks.delivered.as_u64(),
                read_seq: marks.read.as_u64(),
                unread: head.unread_of(&member),
                muted_until: member.muted_until,
                pinned: pins.contains(&chat.chat_id),
                archived: head.is_archived_by(&member),
                marked_unread: head.is_marked_unread_by(&member),
            }
        }));
        from = next;
        if from.is_none() {
            return Ok((reports, false));
        }
    }
    Ok((reports, true))
}

impl SocketReport {
    fn of(socket: &Connection, now: Timestamp) -> Self {
        Self {
            connection_id: socket.connection_id.as_str().to_owned(),
            last_seen_at: socket.last_seen_at,
            is_alive: socket.is_alive(now),
        }
    }
}

impl DeviceReport {
    fn of(device: &Device) -> Self {
        Self {
            device_id: device.device_id.to_string(),
            platform: serde_json::to_value(device.platform).unwrap_or_default(),
            updated_at: device.updated_at,
        }
    }
}

impl Report for UserReport {
    fn write(&self, page: &mut Page) {
        self.write_profile(page);
        self.write_sockets(page);
        self.write_devices(page);
        self.write_chats(page);
    }
}

impl UserReport {
    fn write_profile(&self, page: &mut Page) {
        let profile = serde_json::to_value(&self.user).unwrap_or_default();
        let field = |name: &str| profile.get(name).and_then(Value::as_str).unwrap_or("-").to_owned();
        page.heading(format!("{}, {}", field("name"), field("email")));
        page.line(format!("{}, created {} UTC", field("userId"), moment(self.user.created_at)));
        if let Some(at) = self.suspended_at {
            page.line_in(Tone::Wrong, format!("suspended since {} UTC: every call and login is rejected", moment(at)));
        }
        if let Some(before) = self.sessions_void_before {
            page.line(format!("all sessions from {} UTC and before have ended", moment(before)));
        }
        if let Some(SendLimit { burst, per_second }) = self.grant {
            page.line(format!("send limit set by an operator: {burst} messages at once, {per_second} per second"));
        }
        let seen = self
            .presence
            .last_seen
            .map_or_else(|| "never seen".to_owned(), |at| format!("last seen {} UTC", moment(at)));
        page.line(format!("{}, {seen}", if self.presence.online { "online" } else { "offline" }));
        let Privacy { presence, receipts, discoverable_by_email, groups } = self.privacy;
        page.line(format!(
            "lets in: presence {}, read receipts {}, search by email {}, groups {}",
            presence.as_str(),
            receipts.as_str(),
            discoverable_by_email.as_str(),
            groups.as_str(),
        ));
    }

    fn write_sockets(&self, page: &mut Page) {
        page.heading(format!("Sockets: {}", self.sockets.len()));
        if self.sockets.is_empty() {
            return;
        }
        let rows = self.sockets.iter().map(|socket| {
            let state = if socket.is_alive { ("alive", Tone::Good) } else { ("silent", Tone::Notable) };
            [
                (socket.connection_id.clone(), Tone::Plain),
                (state.0.to_owned(), state.1),
                (moment(socket.last_seen_at), Tone::Plain),
            ]
        });
        page.table(["connection", "state", "last frame or ping"], rows.collect());
    }

    fn write_devices(&self, page: &mut Page) {
        page.heading(format!("Devices for push: {}", self.devices.len()));
        if self.devices.is_empty() {
            return;
        }
        let rows = self.devices.iter().map(|device| {
            let platform = device.platform.as_str().unwrap_or("-").to_owned();
            [(device.device_id.clone(), Tone::Plain), (platform, Tone::Plain), (moment(device.updated_at), Tone::Plain)]
        });
        page.table(["device", "platform", "registered"], rows.collect());
    }

    fn write_chats(&self, page: &mut Page) {
        let more = if self.has_more_chats { " (those with the newest messages)" } else { "" };
        page.heading(format!("Chats: {}{more}, {} messages unread", self.chats.len(), self.unread));
        if self.chats.is_empty() {
            return;
        }
        let rows = self.chats.iter().map(|chat| {
            let plain = |number: u64| (number.to_string(), Tone::Plain);
            let unread = (chat.unread.to_string(), if chat.unread == 0 { Tone::Faint } else { Tone::Notable });
            [
                (chat.chat_id.to_string(), Tone::Plain),
                (format!("{} of {}", chat.kind, chat.participants), Tone::Plain),
                plain(chat.last_seq),
                plain(chat.read_seq),
                unread,
                (chat.state(), Tone::Faint),
            ]
        });
        page.table(["chat", "type", "last seq", "read seq", "unread", ""], rows.collect());
    }
}
