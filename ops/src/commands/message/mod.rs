//! `paloma message remove`: removes a message for everyone. The function `change-message` does it.

use clap::{Args, Subcommand};
use paloma::domain::{MessageId, Reason};
use serde::Serialize;
use serde_json::Value;

use crate::invoke::invoke;
use crate::output::{Page, Report, Tone};
use crate::{Failure, Outcome, Output, Stack};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Removes a message for everyone, for good: its content, its preview and its pushes; the seq stays
    Remove(Remove),
}

#[derive(Debug, Args)]
struct Remove {
    /// Id of the message
    #[arg(value_name = "MESSAGE_ID")]
    message: MessageId,
    /// The reason, kept with the message; no user sees it
    #[arg(long, value_name = "TEXT")]
    reason: Reason,
}

/// The command of the function.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Removal {
    action: &'static str,
    message_id: MessageId,
    reason: Reason,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RemovalReport {
    message_id: MessageId,
    chat_id: Value,
    seq: Value,
    /// False if the message had no content before: it was deleted, removed or erased.
    removed: bool,
}

pub async fn run(arguments: &Arguments, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let Action::Remove(Remove { message, reason }) = &arguments.action;
    let removal = Removal { action: "removeMessage", message_id: *message, reason: reason.clone() };
    let done = invoke(stack, "ChangeMessageFunction", &removal).await?;
    let removed = done["removed"] == true;
    let report =
        RemovalReport { message_id: *message, chat_id: done["chatId"].clone(), seq: done["seq"].clone(), removed };
    output.print(&report)?;
    Ok(Outcome::Good)
}

impl Report for RemovalReport {
    fn write(&self, page: &mut Page) {
        let Self { message_id, chat_id, seq, removed } = self;
        let chat_id = chat_id.as_str().unwrap_or_default();
        if *removed {
            page.line_in(Tone::Good, format!("Message {message_id}, seq {seq} of chat {chat_id}, is removed."));
            page.line("Open apps show it within seconds, the others when they connect.");
        } else {
            page.line(format!("Message {message_id}, seq {seq} of chat {chat_id}, had no content before."));
        }
    }
}
