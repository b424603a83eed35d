//! The report that a command names, and its item.

use paloma::domain::{Report, ReportId};
use paloma::store::Reports;

use crate::{Failure, Stack};

/// # Errors
/// When there is no such report.
pub(super) async fn find(reports: &Reports, report_id: ReportId, stack: &Stack) -> Result<Report, Failure> {
    let found = reports.report(report_id).await.map_err(|error| stack.target.store_failed(error))?;
    found.ok_or_else(|| {
        Failure::NotFound(format!(
            "there is no report {report_id} in the stack {}: check the id, and name another stack with --stack. A \
             report is kept for 90 days",
            stack.name
        ))
    })
}

/// The type and the id of the item, such as `message 6f1c…`.
pub(super) fn item_of(report: &Report) -> String {
    report.item.target().to_string().replace('#', " ")
}
