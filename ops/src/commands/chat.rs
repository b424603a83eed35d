//! `paloma chat show`: the members of a chat, and how far each has received and read it.

use clap::{Args, Subcommand};
use futures::try_join;
use paloma::domain::{Chat, ChatId, Head, Member, MessageId, Timestamp, UserId};
use serde::Serialize;
use serde_json::Value;

use crate::output::{Page, Report, Tone};
use crate::time::moment;
use crate::{Failure, Outcome, Output, Stack};

/// Members in the table, at most: those who are furthest behind.
const MAX_SHOWN: usize = 50;

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Shows the members of a chat, how far each has received and read it, and the unread counts
    Show(Show),
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
    members: Vec<MemberReport>,
    /// Participants without a member row. There should be none.
    without_row: Vec<UserId>,
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

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct MemberReport {
    user_id: UserId,
    delivered_seq: u64,
    read_seq: u64,
    unread: u64,
    pushed_seq: u64,
    muted_until: Option<Timestamp>,
}

pub async fn run(arguments: &Arguments, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let Action::Show(Show { chat: chat_id, content }) = &arguments.action;
    let (chats, chat_id) = (stack.environment().chats()?, *chat_id);
    let store = |error| stack.target.store_failed(error);
    let (chat, head) = try_join!(chats.chat(chat_id), chats.head(chat_id)).map_err(store)?;
    let (Some(chat), Some(head)) = (chat, head) else {
        let stack = &stack.name;
        return Err(Failure::NotFound(format!(
            "there is no chat {chat_id} in the stack {stack}: check the id, and name another stack with --stack"
        )));
    };
    let members = chats.members(chat_id, &chat.participants).await.map_err(store)?;
    output.print(&ChatReport::of(&chat, &head, &members, *content))?;
    Ok(Outcome::Good)
}

impl ChatReport {
    fn of(chat: &Chat, head: &Head, members: &[Member], with_content: bool) -> Self {
        let content = |last| serde_json::to_value(last).ok()?.get("content").cloned();
        let last_message = head.last_message.as_ref().map(|last| LastMessage {
            message_id: last.message_id,
            sender_id: last.sender_id,
            seq: last.seq.into(),
            timestamp: last.timestamp,
            content: if with_content { content(last) } else { None },
        });
        let (lowest, ticks) = (&head.lowest, head.ticks(members).lowest());
        let mut reports: Vec<_> = members.iter().map(|member| MemberReport::of(head, member)).collect();
        reports.sort_by_key(|member| (member.read_seq, member.delivered_seq, member.user_id));
        let has_row = |user: &&UserId| !members.iter().any(|member| member.user_id == **user);
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
            members: reports,
            without_row: chat.participants.iter().filter(has_row).copied().collect(),
        }
    }
}

impl MemberReport {
    fn of(head: &Head, member: &Member) -> Self {
        let marks = head.marks_of(member);
        Self {
            user_id: member.user_id,
            delivered_seq: marks.delivered.as_u64(),
            read_seq: marks.read.as_u64(),
            unread: marks.read.missing_to(head.last_seq),
            pushed_seq: member.pushed_seq.as_u64(),
            muted_until: member.muted_until,
        }
    }
}

impl Report for ChatReport {
    fn write(&self, page: &mut Page) {
        self.write_head(page);
        self.write_members(page);
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
        if let Some(content) = self.last_message.as_ref().and_then(|last| last.content.as_ref()) {
            page.line(content.to_string());
        }
        let LowestWatermarks { delivered_seq, delivered_holder, read_seq, read_holder } = &self.lowest;
        let lowest = |holder: &Option<UserId>| holder.map_or_else(String::new, |user| format!(" (lowest: {user})"));
        page.line(format!("all members have received up to seq {delivered_seq}{}", lowest(delivered_holder)));
        page.line(format!("all members have read up to seq {read_seq}{}", lowest(read_holder)));
    }

    fn write_members(&self, page: &mut Page) {
        page.heading("Members");
        let rows = self.members.iter().take(MAX_SHOWN).map(|member| {
            let plain = |number: u64| (number.to_string(), Tone::Plain);
            let unread = (member.unread.to_string(), if member.unread == 0 { Tone::Good } else { Tone::Notable });
            let muted = member.muted_until.map_or_else(String::new, moment);
            [
                (member.user_id.to_string(), Tone::Plain),
                plain(member.delivered_seq),
                plain(member.read_seq),
                unread,
                plain(member.pushed_seq),
                (muted, Tone::Faint),
            ]
        });
        page.table(["user", "received", "read", "unread", "pushed", "muted until"], rows.collect());
        if self.members.len() > MAX_SHOWN {
            page.line(format!("and {} more, who have read further (--json lists all)", self.members.len() - MAX_SHOWN));
        }
        for user in &self.without_row {
            page.line_in(Tone::Wrong, format!("{user} is a participant without a member row"));
        }
    }
}
