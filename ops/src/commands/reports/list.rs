//! `paloma reports list`: the open reports, page by page.

use clap::Args;
use paloma::domain::{PageLimit, Report as StoredReport};
use paloma::store::ReportCursor;
use serde::Serialize;

use super::item::item_of;
use crate::output::{Page, Report, Tone};
use crate::time::moment;
use crate::{CommandHints, Failure, Outcome, Output, Stack};

/// Characters of a reason that a row shows: then no id is wrapped in 120 columns.
const SHOWN: usize = 36;

#[derive(Debug, Args)]
pub struct Arguments {
    /// Reports of a page, 1 to 100
    #[arg(long, default_value = "50")]
    limit: PageLimit,
    /// The position that the page before printed
    #[arg(long, value_name = "POSITION")]
    after: Option<ReportCursor>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ListReport {
    /// Without the copies of the items.
    reports: Vec<Row>,
    /// The position of the next page.
    next: Option<String>,
    #[serde(skip)]
    hints: CommandHints,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    report_id: String,
    reported_at: u64,
    item: String,
    subject_id: Option<String>,
    reporter_id: Option<String>,
    reason: Option<String>,
    #[serde(skip)]
    moment: String,
}

impl From<&StoredReport> for Row {
    fn from(report: &StoredReport) -> Self {
        Self {
            report_id: report.report_id.to_string(),
            reported_at: report.reported_at.as_millis(),
            item: item_of(report),
            subject_id: report.item.subject().map(|user| user.to_string()),
            reporter_id: report.reporter_id.map(|user| user.to_string()),
            reason: report.reason.as_ref().map(|reason| reason.as_str().to_owned()),
            moment: moment(report.reported_at),
        }
    }
}

pub async fn run(arguments: &Arguments, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let reports = stack.environment().reports()?;
    let page = reports.open(arguments.limit, arguments.after).await;
    let (reports, next) = page.map_err(|error| stack.target.store_failed(error))?;
    let reports = reports.iter().map(Row::from).collect();
    let next = next.map(|next| next.to_string());
    output.print(&ListReport { reports, next, hints: stack.hints.clone() })?;
    Ok(Outcome::Good)
}

impl Report for ListReport {
    fn write(&self, page: &mut Page) {
        if self.reports.is_empty() {
            page.line_in(Tone::Good, "No open reports.");
        } else {
            let rows = self.reports.iter().map(|report| {
                let reason = report.reason.as_deref().unwrap_or("the reporter was erased");
                let short: String = reason.chars().take(SHOWN).collect();
                [
                    (report.report_id.clone(), Tone::Plain),
                    (report.moment.clone(), Tone::Plain),
                    (report.item.split(' ').next().unwrap_or_default().to_owned(), Tone::Plain),
                    (if short == reason { short } else { format!("{short}…") }, Tone::Faint),
                ]
            });
            page.table(["report", "reported at (UTC)", "item", "reason"], rows.collect());
        }
        if let Some(next) = &self.next {
            page.line(format!("More: {}", self.hints.paloma(format!("reports list --after {next}"))));
        }
    }
}
