//! `paloma chat remove`: removes a group for all members. The function `members` does it.

use clap::Args;
use paloma::domain::{ChatId, ChatRemoval, Reason, Timestamp};
use serde::Serialize;
use serde_json::Value;

use crate::invoke::invoke;
use crate::output::{Page, Report, Tone};
use crate::time::moment;
use crate::{Failure, Outcome, Output, Stack};

#[derive(Debug, Args)]
pub struct Remove {
    /// Id of the group
    #[arg(value_name = "CHAT_ID")]
    chat: ChatId,
    /// The reason, kept with the chat; no user sees it
    #[arg(long, value_name = "TEXT")]
    reason: Reason,
}

/// The command of the function.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Removal {
    action: &'static str,
    chat_id: ChatId,
    reason: Reason,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DoneReport {
    chat_id: ChatId,
    /// The system message that ends the group.
    message_id: Value,
    seq: Value,
    /// The members at the removal.
    members: Value,
    /// False if the group was removed before.
    removed: bool,
}

/// A removal as `chat show` and `reports show` name it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RemovalReport {
    at: Timestamp,
    reason: String,
    /// The members at the removal.
    members: usize,
}

pub async fn run(remove: &Remove, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let Remove { chat, reason } = remove;
    let removal = Removal { action: "removeChat", chat_id: *chat, reason: reason.clone() };
    let mut done = invoke(stack, "MembersFunction", &removal).await?;
    let removed = done["removed"] == true;
    let [message_id, seq, members] = ["messageId", "seq", "members"].map(|name| done[name].take());
    output.print(&DoneReport { chat_id: *chat, message_id, seq, members, removed })?;
    Ok(Outcome::Good)
}

impl Report for DoneReport {
    fn write(&self, page: &mut Page) {
        let Self { chat_id, seq, members, removed, .. } = self;
        if *removed {
            page.line_in(Tone::Good, format!("Group {chat_id} is removed for its {members} members, with seq {seq}."));
            page.line("Open apps show it within seconds, the others when they connect.");
        } else {
            page.line(format!("Group {chat_id} was removed before, with seq {seq}. The first reason stays."));
        }
    }
}

impl RemovalReport {
    pub fn of(removal: &ChatRemoval) -> Self {
        let ChatRemoval { at, reason, members } = removal;
        Self { at: *at, reason: reason.as_str().to_owned(), members: members.len() }
    }

    pub fn write(&self, page: &mut Page) {
        let Self { at, reason, members } = self;
        let line =
            format!("An operator has removed the group, at {} UTC, with {members} members: {reason}", moment(*at));
        page.line_in(Tone::Notable, line);
    }
}
