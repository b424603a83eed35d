//! Reports by a user and about a user, for exports and erasures.

use super::Reports;
use super::rows::{REMOVE_CONTENT, key};
use crate::domain::{Report, ReportId, Timestamp, UserId};
use crate::store::{StoreError, all_rows, number, text, unless_condition_failed};

impl Reports {
    /// The reports that a user has made, the oldest first, as far as the index shows them.
    pub async fn by_user(&self, user: UserId) -> Result<Vec<Report>, StoreError> {
        let mut reports = self.in_index("ReporterIndex", "reporterId", user).await?;
        reports.sort_by_key(|report| (report.reported_at, report.report_id));
        Ok(reports)
    }

    /// The reports about a user and the user's messages, as far as the index shows them.
    pub async fn about_user(&self, user: UserId) -> Result<Vec<Report>, StoreError> {
        self.in_index("SubjectIndex", "subjectId", user).await
    }

    /// Removes an erased user from a report that the user made: the identity and the words. The copy of the item stays
    /// for operators.
    pub async fn forget_reporter(&self, report_id: ReportId) -> Result<(), StoreError> {
        let forgotten = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(report_id)))
            .update_expression("REMOVE reporterId, reason")
            .condition_expression("attribute_exists(reportId)")
            .send()
            .await;
        unless_condition_failed("UpdateItem of a report's reporter", forgotten)?;
        Ok(())
    }

    /// Records in a report that its subject was erased, and removes the copied content of a resolved one. The content
    /// of an open report is evidence until it is resolved: [`Reports::resolve`] removes it then.
    pub async fn forget_subject(&self, report_id: ReportId, erased_at: Timestamp) -> Result<(), StoreError> {
        let mark = "SET subjectErasedAt = :at";
        // A report that is open no more stays so.
        if !self.mark(report_id, erased_at, mark, "attribute_exists(#open)").await? {
            self.mark(report_id, erased_at, &format!("{mark} {REMOVE_CONTENT}"), "attribute_exists(resolution)")
                .await?;
        }
        Ok(())
    }

    async fn mark(
        &self,
        report_id: ReportId,
        erased_at: Timestamp,
        change: &str,
        condition: &str,
    ) -> Result<bool, StoreError> {
        let update = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(report_id)))
            .update_expression(change)
            .condition_expression(condition)
            .expression_attribute_values(":at", number(erased_at.as_millis()));
        let update = if condition.contains("#open") {
            update.expression_attribute_names("#open", "open")
        } else {
            update.expression_attribute_names("#item", "item").expression_attribute_names("#name", "name")
        };
        Ok(unless_condition_failed("UpdateItem of a report's subject", update.send().await)?.is_some())
    }

    async fn in_index(&self, index: &str, attribute: &str, user: UserId) -> Result<Vec<Report>, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(index)
            .key_condition_expression("#user = :user")
            .expression_attribute_names("#user", attribute)
            .expression_attribute_values(":user", text(user));
        self.all(all_rows("Query of reports", query).await?).await
    }
}
