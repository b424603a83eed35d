//! `paloma trace`: the life of one message, from the tables, the logs and the dead letters. What is missing stands out.

mod evidence;
mod problems;
mod recipients;
mod steps;

use clap::Args;
use paloma::domain::{ChatId, MessageId, Seq, Status, Timestamp, UserId};
use serde::Serialize;
use serde_json::Value;

use self::evidence::Evidence;
use self::problems::Problem;
use self::recipients::Recipient;
use self::steps::Step;
use crate::output::{Page, Report, Tone};
use crate::time::{clock, moment};
use crate::{Failure, Outcome, Output, Stack};

/// Which message.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The message's id
    #[arg(value_name = "MESSAGE_ID")]
    message: MessageId,
    /// How many hours of logs to read from when it was accepted
    #[arg(long, default_value_t = 1, value_name = "HOURS", value_parser = clap::value_parser!(u64).range(1..=720))]
    hours: u64,
    /// Show what it says, too
    #[arg(long)]
    content: bool,
}

/// The life of a message.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Trace {
    message_id: MessageId,
    chat_id: ChatId,
    seq: Seq,
    sender_id: UserId,
    /// In epoch milliseconds.
    accepted_at: Timestamp,
    /// How far it has come with all its recipients.
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<Value>,
    steps: Vec<Step>,
    recipients: Vec<Recipient>,
    problems: Vec<Problem>,
    /// Whether there were more lines in the logs than were read.
    logs_are_cut: bool,
    /// How many dead letters somebody else held meanwhile: one of them may be about it.
    unread_letters: u64,
}

/// Finds out, prints, and answers whether something is wrong with the message.
///
/// # Errors
/// When there is no such message, or something could not be looked at.
pub async fn run(arguments: &Arguments, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let evidence = Evidence::gather(stack, arguments.message, arguments.hours).await?;
    let steps = steps::of(&evidence);
    let recipients = recipients::of(&evidence);
    let problems = problems::among(&evidence, &recipients, &stack.suggest);
    let message = &evidence.message;
    let trace = Trace {
        message_id: message.message_id,
        chat_id: message.chat_id,
        seq: message.seq,
        sender_id: message.sender_id,
        accepted_at: message.created_at,
        status: evidence.head.status_of(message.seq),
        content: arguments.content.then(|| evidence.content()),
        steps,
        recipients,
        problems,
        logs_are_cut: evidence.logs_are_cut,
        unread_letters: evidence.unread_letters,
    };
    output.print(&trace)?;
    Ok(if trace.problems.is_empty() { Outcome::Good } else { Outcome::SomethingIsWrong })
}

impl Report for Trace {
    fn write(&self, page: &mut Page) {
        match self.problems.split_first() {
            None => page.tell(Tone::Good, format!("{}: nothing is missing.", self.in_a_word())),
            Some((worst, others)) => {
                page.tell(Tone::Wrong, format!("Missing: {}.", worst.what));
                page.line(format!("First: {}", worst.next));
                for problem in others {
                    page.tell(Tone::Notable, format!("Also:  {}; {}", problem.what, problem.next));
                }
            }
        }
        page.heading(format!("Message {}", self.message_id));
        page.line(format!("number {} of chat {}", self.seq, self.chat_id));
        page.line(format!("from {}, accepted {} UTC", self.sender_id, moment(self.accepted_at)));
        if let Some(content) = &self.content {
            page.line(content.as_str().map_or_else(|| content.to_string(), |text| format!("{text:?}")));
        }
        page.heading("What happened (UTC)");
        let rows = self.steps.iter().map(|step| {
            let tone = if step.failed { Tone::Wrong } else { Tone::Plain };
            let after = format!("+{} ms", self.accepted_at.millis_until(step.at));
            [(clock(step.at), Tone::Faint), (after, Tone::Plain), (step.stage.clone(), tone), (step.what.clone(), tone)]
        });
        page.table(["time", "after", "stage", "what"], rows.collect());
        if self.logs_are_cut {
            page.tell(Tone::Notable, "There is more in the logs than was read: name fewer --hours.");
        }
        if self.unread_letters > 0 {
            let held = "dead letters are being looked at or replayed by somebody else, and were not read.";
            page.tell(Tone::Notable, format!("{} {held}", self.unread_letters));
        }
        page.heading("Recipients");
        recipients::write(&self.recipients, page);
    }
}

impl Trace {
    fn in_a_word(&self) -> &'static str {
        match self.status {
            Status::Sent => "Sent",
            Status::Delivered => "Delivered to everybody",
            Status::Read => "Read by everybody",
        }
    }
}
