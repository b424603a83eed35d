//! Removes the user from reports.

use crate::{EraseAccount, Erasure, Failure};

impl EraseAccount {
    /// Removes the user's id and words from the reports that the user made. Marks the reports about the user: their
    /// copies lose the user's content, open ones when an operator resolves them (docs/decisions.md).
    pub(crate) async fn remove_reports(&self, mut erasure: Erasure) -> Result<Erasure, Failure> {
        let erased_at = self.erased_at(&erasure).await?;
        for report in self.reports.by_user(erasure.user_id).await? {
            // The index may be behind the table.
            if report.reporter_id.is_some() {
                self.reports.forget_reporter(report.report_id).await?;
                erasure.removed.reports += 1;
            }
        }
        for report in self.reports.about_user(erasure.user_id).await? {
            self.reports.forget_subject(report.report_id, erased_at).await?;
        }
        Ok(erasure)
    }
}
