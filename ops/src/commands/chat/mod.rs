//! `paloma chat show`: the members of a chat, how far each has received and read it, and a group's former members.
//! `paloma chat remove` (`removal`) removes a group.

mod members;
pub mod removal;

use clap::{Args, Subcommand};
use futures::try_join;
use paloma::domain::{Chat, ChatId, Head, Member, MessageId, Timestamp, UserId};
use serde::Serialize;
use serde_json::Value;

use self::members::{FormerMember, MemberReport};
use self::removal::{RemovalReport, Remove};
use crate::notice::NoticeReport;
use crate::output::{Page, Report, Tone};
use crate::time::moment;
use crate::{Failure, Outcome, Output, Stack};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Shows the members of a chat, how far each has received and read it, and former members with what they may see
    Show(Show),
    /// Removes a group for all members, for good: they keep a system message, and see no other one any more
    Remove(Remove),
}

#[derive(Debug, Args)]
struct Show {
    /// Id of the chat
    #[arg(value_name = "CHAT_ID")]
    chat: ChatId,
    /// Also shows the beginning of the last message
    #[arg(long)]
    content: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ChatReport {
    chat_id: ChatId,
    #[serde(rename = "type")]
    kind: &'static str,
    created_by: UserId,
    created_at: Timestamp,
    participants: usize,
    last_seq: u64,
    last_message_time: Timestamp,
    /// The newest message that update-summaries has written into the head.
    last_message: Option<LastMessage>,
    lowest: LowestWatermarks,
    /// The number of changes of a group.
    membership_version: u64,
    only_admins_write: bool,
    only_admins_add: bool,
    members: Vec<MemberReport>,
    /// The members of a direct chat who block the other one.
    blockers: Vec<UserId>,
    /// Participants without a member row, except blockers. There should be none.
    without_row: Vec<UserId>,
    /// The users who left a group last.
    former: Vec<FormerMember>,
    /// The removal of the group by an operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    removal: Option<RemovalReport>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LastMessage {
    message_id: MessageId,
    sender_id: UserId,
    seq: u64,
    timestamp: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<Value>,
    /// The change that a system message reports.
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<NoticeReport>,
}

/// The lowest watermarks of the chat, from its head, and the members who have them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct LowestWatermarks {
    delivered_seq: u64,
    delivered_holder: Option<UserId>,
    read_seq: u64,
    read_holder: Option<UserId>,
}

pub async fn run(arguments: &Arguments, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    match &arguments.action {
        Action::Show(show) => run_show(show, stack, output).await,
        Action::Remove(remove) => removal::run(remove, stack, output).await,
    }
}

async fn run_show(show: &Show, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let (chats, chat_id, content) = (stack.environment().chats()?, show.chat, show.content);
    let store = |error| stack.target.store_failed(error);
    let (chat, head) = try_join!(chats.chat(chat_id), chats.head(chat_id)).map_err(store)?;
    let (Some(chat), Some(head)) = (chat, head) else {
        let stack = &stack.name;
        return Err(Failure::NotFound(format!(
            "there is no chat {chat_id} in the stack {stack}: check the id, and name another stack with --stack"
        )));
    };
    let (members, former) =
        try_join!(chats.members(chat_id, &chat.participants), chats.members(chat_id, &chat.membership.former))
            .map_err(store)?;
    let former = FormerMember::of_group(&chat, &former);
    output.print(&ChatReport { former, ..ChatReport::of(&chat, &head, &members, content) })?;
    Ok(Outcome::Good)
}

impl ChatReport {
    fn of(chat: &Chat, head: &Head, members: &[Member], with_content: bool) -> Self {
        let last_message = head.last_message.as_ref().map(|last| LastMessage {
            message_id: last.message_id,
            sender_id: last.sender_id,
            seq: last.seq.into(),
            timestamp: last.timestamp,
            content: content_of(last).filter(|_| with_content),
            notice: last.body.notice().map(NoticeReport::of),
        });
        let (lowest, ticks) = (&head.lowest, head.ticks(members, None).lowest());
        let mut reports: Vec<_> = members.iter().map(|member| MemberReport::of(chat, head, member)).collect();
        reports.sort_by_key(|member| (member.read_seq, member.delivered_seq, member.user_id));
        let (membership, blockers) = (&chat.membership, head.roster.blockers());
        let lacks_row =
            |user: &&UserId| !blockers.contains(user) && !members.iter().any(|member| member.user_id == **user);
        Self {
            chat_id: chat.chat_id,
            kind: if head.roster.is_direct() { "direct" } else { "group" },
            created_by: chat.created_by,
            created_at: chat.created_at,
            participants: chat.participants.len(),
            last_seq: head.last_seq.as_u64(),
            last_message_time: head.last_timestamp,
            last_message,
            lowest: LowestWatermarks {
                delivered_seq: ticks.delivered.as_u64(),
                delivered_holder: lowest.delivered.holder,
                read_seq: ticks.read.as_u64(),
                read_holder: lowest.read.holder,
            },
            membership_version: membership.membership_version,
            only_admins_write: membership.only_admins_write,
            only_admins_add: membership.only_admins_add,
            members: reports,
            former: Vec::new(),
            removal: membership.removal.as_ref().map(RemovalReport::of),
            without_row: chat.participants.iter().filter(lacks_row).copied().collect(),
            blockers: blockers.iter().copied().collect(),
        }
    }
}

fn content_of(last: &paloma::domain::LastMessage) -> Option<Value> {
    let last = serde_json::to_value(last).ok()?;
    last.get("content").filter(|content| !content.is_null()).cloned()
}

impl Report for ChatReport {
    fn write(&self, page: &mut Page) {
        self.write_head(page);
        self.write_rights(page);
        if let Some(removal) = &self.removal {
            removal.write(page);
        }
        members::write(&self.members, page);
        for user in &self.blockers {
            page.line(format!("{user} blocks the other member"));
        }
        for user in &self.without_row {
            page.line_in(Tone::Wrong, format!("{user} is a participant without a member row"));
        }
        members::write_former(&self.former, page);
    }
}

impl ChatReport {
    fn write_head(&self, page: &mut Page) {
        page.heading(format!("Chat {}", self.chat_id));
        let Self { kind, participants, created_by, .. } = self;
        page.line(format!("{kind} chat of {participants}, created {} UTC", moment(self.created_at)));
        page.line(format!("by {created_by}"));
        page.line(format!("last seq {}, at {} UTC", self.last_seq, moment(self.last_message_time)));
        match &self.last_message {
            Some(last) if last.seq < self.last_seq => {
                page.line_in(Tone::Notable, format!("summarised up to seq {}, which is behind", last.seq));
            }
            Some(last) => page.line(format!("summarised up to seq {}: message {}", last.seq, last.message_id)),
            None => page.line("no message is summarised"),
        }
        if let Some(notice) = self.last_message.as_ref().and_then(|last| last.notice.as_ref()) {
            page.line(notice.to_string());
        }
        if let Some(content) = self.last_message.as_ref().and_then(|last| last.content.as_ref()) {
            page.line(content.to_string());
        }
        let LowestWatermarks { delivered_seq, delivered_holder, read_seq, read_holder } = &self.lowest;
        let lowest = |holder: &Option<UserId>| holder.map_or_else(String::new, |user| format!(" (lowest: {user})"));
        page.line(format!("all members have received up to seq {delivered_seq}{}", lowest(delivered_holder)));
        page.line(format!("all members have read up to seq {read_seq}{}", lowest(read_holder)));
    }

    fn write_rights(&self, page: &mut Page) {
        if self.kind == "direct" {
            return;
        }
        let by = |only_admins: bool| if only_admins { "admins" } else { "all members" };
        let (writers, adders) = (by(self.only_admins_write), by(self.only_admins_add));
        page.line(format!("{writers} may write, {adders} may add members; changed {} times", self.membership_version));
    }
}
