//! The members and former members of a chat, with their roles and windows.

use paloma::domain::{Chat, ChatKind, Head, Member, Role, Timestamp, UserId, Windows};
use serde::Serialize;

use crate::output::{Page, Tone};
use crate::time::moment;

/// Members in the table, at most: those who are furthest behind.
const MAX_SHOWN: usize = 50;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MemberReport {
    pub user_id: UserId,
    /// The role in a group.
    role: Option<Role>,
    pub delivered_seq: u64,
    pub read_seq: u64,
    unread: u64,
    pushed_seq: u64,
    muted_until: Option<Timestamp>,
    /// The messages that the member may see; empty if all.
    windows: Windows,
    /// The stranger who asked the member, as long as the member has not accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    requested_by: Option<UserId>,
}

/// A user who has left a group.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FormerMember {
    user_id: UserId,
    /// The messages that the user may see; none for a user without a row, who was erased.
    windows: Option<Windows>,
    erased: bool,
}

impl MemberReport {
    pub fn of(chat: &Chat, head: &Head, member: &Member) -> Self {
        let marks = head.marks_of(member);
        Self {
            user_id: member.user_id,
            role: (chat.kind != ChatKind::Direct).then_some(member.role),
            delivered_seq: marks.delivered.as_u64(),
            read_seq: marks.read.as_u64(),
            unread: head.unread_of(member),
            pushed_seq: member.pushed_seq.as_u64(),
            muted_until: member.muted_until,
            windows: member.windows.clone(),
            requested_by: member.requested_by,
        }
    }
}

impl FormerMember {
    /// The former members of a group, in the order of their leaving, with their rows.
    pub fn of_group(chat: &Chat, rows: &[Member]) -> Vec<Self> {
        let membership = &chat.membership;
        let former = membership.former.iter().map(|user| Self {
            user_id: *user,
            windows: rows.iter().find(|row| row.user_id == *user).map(|row| row.windows.clone()),
            erased: membership.erased.contains(user),
        });
        former.collect()
    }
}

pub fn write(members: &[MemberReport], page: &mut Page) {
    page.heading("Members");
    let rows = members.iter().take(MAX_SHOWN).map(|member| {
        let plain = |number: u64| (number.to_string(), Tone::Plain);
        let unread = (member.unread.to_string(), if member.unread == 0 { Tone::Good } else { Tone::Notable });
        let muted = member.muted_until.map_or_else(String::new, moment);
        let role = match member.role {
            _ if member.requested_by.is_some() => ("asked", Tone::Notable),
            Some(Role::Admin) => ("admin", Tone::Good),
            Some(Role::Member) | None => ("member", Tone::Faint),
        };
        [
            (member.user_id.to_string(), Tone::Plain),
            (role.0.to_owned(), role.1),
            plain(member.delivered_seq),
            plain(member.read_seq),
            unread,
            plain(member.pushed_seq),
            (member.windows.to_string(), Tone::Faint),
            (muted, Tone::Faint),
        ]
    });
    let titles = ["user", "role", "received", "read", "unread", "pushed", "may see", "muted until"];
    page.table(titles, rows.collect());
    if members.len() > MAX_SHOWN {
        page.line(format!("and {} more, who have read further (--json lists all)", members.len() - MAX_SHOWN));
    }
}

pub fn write_former(former: &[FormerMember], page: &mut Page) {
    if former.is_empty() {
        return;
    }
    page.heading("Former members");
    let rows = former.iter().rev().take(MAX_SHOWN).map(|user| {
        let windows = user.windows.as_ref().map_or_else(|| "nothing".to_owned(), Windows::to_string);
        let state = if user.erased { "erased" } else { "" };
        [(user.user_id.to_string(), Tone::Plain), (windows, Tone::Plain), (state.to_owned(), Tone::Faint)]
    });
    page.table(["user", "may see", ""], rows.collect());
    if former.len() > MAX_SHOWN {
        page.line(format!("and {} more, who left before (--json lists all)", former.len() - MAX_SHOWN));
    }
}
