//! `paloma trace`: the history of one message from the tables, the logs and the dead letters, and the steps that are
//! missing in it.

mod evidence;
mod problems;
mod recipients;
mod steps;

use clap::Args;
use paloma::domain::{ChatId, MessageId, Seq, Status, Timestamp, UserId};
use serde::Serialize;
use serde_json::Value;

use self::evidence::Evidence;
use self::problems::TraceProblem;
use self::recipients::Recipient;
use self::steps::Step;
use crate::notice::NoticeReport;
use crate::output::{Page, Report, Tone};
use crate::time::{clock, moment};
use crate::{Failure, Outcome, Output, Stack};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Id of the message
    #[arg(value_name = "MESSAGE_ID")]
    message: MessageId,
    /// Hours of logs to read, from the time at which the message was accepted
    #[arg(long, default_value_t = 1, value_name = "HOURS", value_parser = clap::value_parser!(u64).range(1..=720))]
    hours: u64,
    /// Also shows the content of the message
    #[arg(long)]
    content: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Trace {
    message_id: MessageId,
    chat_id: ChatId,
    seq: Seq,
    sender_id: UserId,
    /// In epoch milliseconds.
    accepted_at: Timestamp,
    /// The lowest status among all recipients.
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<Value>,
    /// The change that a system message reports.
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<NoticeReport>,
    steps: Vec<Step>,
    recipients: Vec<Recipient>,
    /// A member of a direct chat who had blocked the sender, or does so now: the message is hidden from them.
    hidden_from: Option<UserId>,
    problems: Vec<TraceProblem>,
    /// Whether the logs had more lines than were read.
    logs_are_truncated: bool,
    /// Dead letters that could not be read because another command held them. One of them may be about this message.
    unread_dead_letters: u64,
}

pub async fn run(arguments: &Arguments, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let evidence = Evidence::read(stack, arguments.message, arguments.hours).await?;
    let steps = steps::of(&evidence);
    let recipients = recipients::of(&evidence);
    let problems = problems::find(&evidence, &recipients, &stack.hints);
    let message = &evidence.message;
    let trace = Trace {
        message_id: message.message_id,
        chat_id: message.chat_id,
        seq: message.seq,
        sender_id: message.sender_id,
        accepted_at: message.created_at,
        status: evidence.head.ticks(&evidence.members, None).status_of(message.seq, message.sender_id),
        content: arguments.content.then(|| evidence.content()),
        notice: message.body.notice().map(NoticeReport::of),
        steps,
        hidden_from: evidence.head.roster.other_member(message.sender_id).filter(|_| recipients.is_empty()),
        recipients,
        problems,
        logs_are_truncated: evidence.logs_are_truncated,
        unread_dead_letters: evidence.unread_dead_letters,
    };
    output.print(&trace)?;
    Ok(if trace.problems.is_empty() { Outcome::Good } else { Outcome::SomethingIsWrong })
}

impl Report for Trace {
    fn write(&self, page: &mut Page) {
        match self.problems.split_first() {
            None => page.line_in(Tone::Good, format!("{}: no step is missing.", self.status_text())),
            Some((worst, others)) => {
                page.line_in(Tone::Wrong, format!("Missing: {}.", worst.summary));
                page.line(format!("First: {}", worst.next_step));
                for problem in others {
                    page.line_in(Tone::Notable, format!("Also:  {}; {}", problem.summary, problem.next_step));
                }
            }
        }
        page.heading(format!("Message {}", self.message_id));
        page.line(format!("seq {} of chat {}", self.seq, self.chat_id));
        page.line(format!("from {}, accepted {} UTC", self.sender_id, moment(self.accepted_at)));
        if let Some(notice) = &self.notice {
            page.line(notice.to_string());
        }
        if let Some(content) = self.content.as_ref().filter(|content| !content.is_null()) {
            page.line(content.as_str().map_or_else(|| content.to_string(), |text| format!("{text:?}")));
        }
        page.heading("Steps (UTC)");
        let rows = self.steps.iter().map(|step| {
            let tone = if step.failed { Tone::Wrong } else { Tone::Plain };
            let after = format!("+{} ms", self.accepted_at.millis_until(step.at));
            [
                (clock(step.at), Tone::Faint),
                (after, Tone::Plain),
                (step.stage.clone(), tone),
                (step.summary.clone(), tone),
            ]
        });
        page.table(["time", "after", "stage", "event"], rows.collect());
        if self.logs_are_truncated {
            page.line_in(Tone::Notable, "The logs have more lines than were read: reduce --hours.");
        }
        if self.unread_dead_letters > 0 {
            let held = "dead letters could not be read, because another command holds them: run this command again";
            page.line_in(Tone::Notable, format!("{} {held}.", self.unread_dead_letters));
        }
        page.heading("Recipients");
        recipients::write(&self.recipients, page);
        if let Some(user) = self.hidden_from {
            page.line(format!("hidden from {user}, by a block at that time"));
        }
    }
}

impl Trace {
    fn status_text(&self) -> &'static str {
        match self.status {
            Status::Sent => "Sent",
            Status::Delivered => "Delivered to all recipients",
            Status::Read => "Read by all recipients",
        }
    }
}
