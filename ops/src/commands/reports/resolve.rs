//! `paloma reports resolve`: ends a report. The decision, its reason and the operator are kept with the report.

use clap::{Args, ValueEnum};
use paloma::domain::{Reason, ReportId, ReportOutcome, Resolution, Timestamp};
use serde::Serialize;

use super::item::{find, item_of};
use crate::output::{Page, Report, Tone};
use crate::{Failure, Outcome, Output, Stack, caller};

#[derive(Debug, Args)]
pub struct Arguments {
    /// Id of the report
    #[arg(value_name = "REPORT_ID")]
    report: ReportId,
    /// The decision
    #[arg(long, value_enum)]
    outcome: OutcomeName,
    /// The reason of the decision, kept with the report
    #[arg(long, value_name = "TEXT")]
    note: Reason,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OutcomeName {
    /// The item breaks no rule
    Dismissed,
    /// The message was removed
    Removed,
    /// The user was suspended
    Suspended,
    /// Something else was done, which the note names
    Other,
}

impl From<OutcomeName> for ReportOutcome {
    fn from(name: OutcomeName) -> Self {
        match name {
            OutcomeName::Dismissed => Self::Dismissed,
            OutcomeName::Removed => Self::Removed,
            OutcomeName::Suspended => Self::Suspended,
            OutcomeName::Other => Self::Other,
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ResolveReport {
    report_id: ReportId,
    item: String,
    #[serde(flatten)]
    resolution: Resolution,
}

/// # Errors
/// When there is no such report, or it is resolved already: the first decision stays.
pub async fn run(arguments: &Arguments, stack: &Stack, output: &Output) -> Result<Outcome, Failure> {
    let (reports, report_id) = (stack.environment().reports()?, arguments.report);
    let report = find(&reports, report_id, stack).await?;
    let resolution = Resolution {
        outcome: arguments.outcome.into(),
        note: arguments.note.clone(),
        resolved_by: caller::arn(stack).await?,
        resolved_at: Timestamp::now(),
    };
    let was_open = reports.resolve(report_id, &resolution).await.map_err(|error| stack.target.store_failed(error))?;
    if !was_open {
        let show = stack.hints.paloma(format!("reports show {report_id}"));
        return Err(Failure::Other(format!("report {report_id} is resolved already, and stays so: {show}")));
    }
    output.print(&ResolveReport { report_id, item: item_of(&report), resolution })?;
    Ok(Outcome::Good)
}

impl Report for ResolveReport {
    fn write(&self, page: &mut Page) {
        page.line_in(Tone::Good, format!("Report {} of {} is resolved.", self.report_id, self.item));
        page.line(format!("by {}", self.resolution.resolved_by));
    }
}
