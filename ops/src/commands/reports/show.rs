//! `paloma reports show`: a report with the copy of the item, and the other reports of the same item.

use paloma::domain::{Report as StoredReport, ReportId, ReportOutcome, ReportTarget, ReportedItem, Resolution};
use serde::Serialize;

use super::item::{find, item_of};
use crate::commands::chat::removal::RemovalReport;
use crate::output::{Page, Report, Tone};
use crate::time::moment;
use crate::{CommandHints, Failure, Outcome, Output, Stack};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ShowReport {
    #[serde(flatten)]
    report: StoredReport,
    /// The other reports of the same item, the oldest first, without their copies.
    others: Vec<OtherReport>,
    /// The reason for which an operator removed the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    removed_for: Option<String>,
    /// The removal of the reported group, or of the message's group, by an operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    chat_removal: Option<RemovalReport>,
    #[serde(skip)]
    hints: CommandHints,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct OtherReport {
    report_id: ReportId,
    reported_at: u64,
    reason: Option<String>,
    outcome: Option<ReportOutcome>,
    #[serde(skip)]
    moment: String,
}

pub async fn run(report_id: ReportId, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let environment = stack.environment();
    let store = |error| stack.target.store_failed(error);
    let reports = environment.reports()?;
    let report = find(&reports, report_id, stack).await?;
    let of_item = reports.of_item(&report.item).await.map_err(store)?;
    let others = of_item.iter().filter(|other| other.report_id != report_id).map(OtherReport::from).collect();
    let removed_for = match report.item.target() {
        ReportTarget::Message(message) => {
            environment.messages_of_any_age()?.removed_for(message).await.map_err(store)?
        }
        ReportTarget::User(_) | ReportTarget::Chat(_) => None,
    };
    let chat = match report.item {
        ReportedItem::Message { chat_id, .. } | ReportedItem::Chat { chat_id, .. } => {
            environment.chats()?.chat(chat_id).await.map_err(store)?
        }
        ReportedItem::User { .. } => None,
    };
    let chat_removal = chat.and_then(|chat| chat.membership.removal).as_ref().map(RemovalReport::of);
    output.print(&ShowReport { report, others, removed_for, chat_removal, hints: stack.hints.clone() })?;
    Ok(Outcome::Good)
}

impl From<&StoredReport> for OtherReport {
    fn from(report: &StoredReport) -> Self {
        Self {
            report_id: report.report_id,
            reported_at: report.reported_at.as_millis(),
            reason: report.reason.as_ref().map(|reason| reason.as_str().to_owned()),
            outcome: report.resolution.as_ref().map(|resolution| resolution.outcome),
            moment: moment(report.reported_at),
        }
    }
}

impl Report for ShowReport {
    fn write(&self, page: &mut Page) {
        let report = &self.report;
        page.heading(format!("Report {}", report.report_id));
        page.line(format!("of {}, at {} UTC", item_of(report), moment(report.reported_at)));
        match (&report.reporter_id, &report.reason) {
            (Some(reporter), Some(reason)) => {
                page.line(format!("by {reporter}"));
                page.line(format!("reason: {}", reason.as_str()));
            }
            _ => page.line_in(Tone::Faint, "The reporter was erased."),
        }
        write_item(&report.item, page);
        if report.subject_erased_at.is_some() {
            page.line_in(
                Tone::Notable,
                "The reported user was erased: resolving the report removes the copied content.",
            );
        }
        if let Some(reason) = &self.removed_for {
            page.line(format!("An operator has removed the message: {reason}"));
        }
        if let Some(removal) = &self.chat_removal {
            removal.write(page);
        }
        match &report.resolution {
            Some(Resolution { outcome, note, resolved_by, resolved_at }) => {
                page.line_in(
                    Tone::Good,
                    format!("{} at {} UTC by {resolved_by}", word(*outcome), moment(*resolved_at)),
                );
                page.line(format!("note: {}", note.as_str()));
            }
            None => page.line_in(Tone::Notable, "open"),
        }
        self.write_others(page);
        self.write_hints(page);
    }
}

impl ShowReport {
    fn write_others(&self, page: &mut Page) {
        if self.others.is_empty() {
            return;
        }
        page.heading("Other reports of the same item");
        let rows = self.others.iter().map(|other| {
            [
                (other.report_id.to_string(), Tone::Plain),
                (other.moment.clone(), Tone::Plain),
                (other.outcome.map_or("open", word).to_owned(), Tone::Plain),
                (other.reason.clone().unwrap_or_default(), Tone::Faint),
            ]
        });
        page.table(["report", "reported at (UTC)", "state", "reason"], rows.collect());
    }

    fn write_hints(&self, page: &mut Page) {
        if !self.report.is_open() {
            return;
        }
        page.heading("Next");
        let next = match self.report.item.target() {
            ReportTarget::Message(message) => format!("message remove {message} --reason \"…\""),
            ReportTarget::User(user) => format!("user suspend {user}"),
            ReportTarget::Chat(chat) => format!("chat show {chat}"),
        };
        page.line(self.hints.paloma(next));
        if let ReportedItem::Chat { chat_id, .. } = self.report.item {
            page.line(self.hints.paloma(format!("chat remove {chat_id} --reason \"…\"")));
        }
        let resolve = format!("reports resolve {} --outcome … --note \"…\"", self.report.report_id);
        page.line(self.hints.paloma(resolve));
    }
}

fn write_item(item: &ReportedItem, page: &mut Page) {
    match item {
        ReportedItem::Message { chat_id, seq, sender_id, created_at, edited_at, content, .. } => {
            page.line(format!("seq {seq} of chat {chat_id}, sent by {sender_id} at {} UTC", moment(*created_at)));
            if let Some(edited_at) = edited_at {
                page.line(format!("edited at {} UTC", moment(*edited_at)));
            }
            match content {
                Some(content) => page.line(format!("content: {}", String::from(content.clone()))),
                None => page.line_in(Tone::Faint, "The content is removed."),
            }
        }
        ReportedItem::User { name, avatar, .. } | ReportedItem::Chat { name, avatar, .. } => {
            if let Some(name) = name {
                page.line(format!("name: {}", String::from(name.clone())));
            }
            if let Some(avatar) = avatar {
                page.line(format!("picture: {}", String::from(avatar.clone())));
            }
        }
    }
    if let ReportedItem::Chat { created_by, .. } = item {
        page.line(format!("created by {created_by}"));
    }
}

const fn word(outcome: ReportOutcome) -> &'static str {
    match outcome {
        ReportOutcome::Dismissed => "dismissed",
        ReportOutcome::Removed => "removed",
        ReportOutcome::Suspended => "suspended",
        ReportOutcome::Other => "other",
    }
}
