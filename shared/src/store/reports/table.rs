//! The Reports table, and the calls of reporters and operators.

use std::fmt;
use std::str::FromStr;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};

use super::rows::{OPEN, REMOVE_CONTENT, TABLE, key, report_of, row, subject_of};
use crate::domain::{IdError, PageLimit, Report, ReportId, ReportedItem, Resolution, Timestamp};
use crate::store::{Row, StoreError, all_rows, batch, from_stream, get, number, text, to_row, unless_condition_failed};

/// The Reports table.
#[derive(Debug, Clone)]
pub struct Reports {
    pub(super) client: Client,
    pub(super) table: String,
}

/// The position of a report in the list of the open ones. As text it is `reportedAt/reportId`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportCursor {
    reported_at: Timestamp,
    report_id: ReportId,
}

impl Reports {
    /// The table with this name.
    pub fn new(client: Client, table: String) -> Self {
        Self { client, table }
    }

    /// Reads a report from a record of the table's stream.
    ///
    /// # Errors
    /// When the record is not a report.
    pub fn from_stream(row: &serde_dynamo::Item) -> Result<Report, StoreError> {
        from_stream(row, TABLE, "a report")
    }

    /// Stores a report, unless the reporter has reported the item before. Returns the stored report, and whether it is
    /// the new one.
    pub async fn put(&self, report: Report) -> Result<(Report, bool), StoreError> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(row(report.clone())?))
            .condition_expression("attribute_not_exists(reportId)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        let Err(error) = put else { return Ok((report, true)) };
        match error.as_service_error() {
            Some(PutItemError::ConditionalCheckFailedException(failed)) => {
                let earlier = failed.item.clone().map(report_of).transpose()?;
                Ok((earlier.unwrap_or(report), false))
            }
            _ => Err(StoreError::call("PutItem of a report")(error)),
        }
    }

    /// The report with this id, read consistently.
    pub async fn report(&self, report_id: ReportId) -> Result<Option<Report>, StoreError> {
        let row = get::row(&self.client, &self.table, key(report_id), "GetItem of a report").await?;
        row.map(report_of).transpose()
    }

    /// A page of the open reports, the newest first, and the position of the next page. One query of the index and one
    /// read of the rows.
    pub async fn open(
        &self,
        limit: PageLimit,
        after: Option<ReportCursor>,
    ) -> Result<(Vec<Report>, Option<ReportCursor>), StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("OpenReportsIndex")
            .key_condition_expression("#open = :open")
            .expression_attribute_names("#open", "open")
            .expression_attribute_values(":open", text(OPEN))
            .scan_index_forward(false)
            .limit(limit.get() as i32 + 1)
            .set_exclusive_start_key(after.map(ReportCursor::key))
            .send()
            .await
            .map_err(StoreError::call("Query of OpenReportsIndex"))?;
        let mut keys = answer.items.unwrap_or_default();
        let has_more = keys.len() > limit.get();
        keys.truncate(limit.get());
        let next = keys.last().filter(|_| has_more).and_then(ReportCursor::of);
        let mut reports = self.all(keys).await?;
        // The index may be behind the table.
        reports.retain(Report::is_open);
        reports.sort_by_key(|report| std::cmp::Reverse((report.reported_at, report.report_id)));
        Ok((reports, next))
    }

    /// All reports of the same item, the oldest first, as far as the index shows them.
    pub async fn of_item(&self, item: &ReportedItem) -> Result<Vec<Report>, StoreError> {
        let query = self
            .client
            .query()
            .table_name(&self.table)
            .index_name("SubjectIndex")
            .key_condition_expression("subjectId = :subject AND #target = :target")
            .expression_attribute_names("#target", "target")
            .expression_attribute_values(":subject", text(subject_of(item)))
            .expression_attribute_values(":target", text(item.target()));
        let mut reports = self.all(all_rows("Query of SubjectIndex", query).await?).await?;
        reports.sort_by_key(|report| (report.reported_at, report.report_id));
        Ok(reports)
    }

    /// Ends an open report, and removes the copied content of a user who is erased by now. Returns whether the report
    /// was open.
    pub async fn resolve(&self, report_id: ReportId, resolution: &Resolution) -> Result<bool, StoreError> {
        let resolution = AttributeValue::M(to_row(resolution, TABLE, "a resolution")?);
        let update = |change: &str, condition: &str| {
            self.client
                .update_item()
                .table_name(&self.table)
                .set_key(Some(key(report_id)))
                .update_expression(format!("SET resolution = :resolution {change}"))
                .condition_expression(format!("attribute_exists(#open){condition}"))
                .expression_attribute_names("#open", "open")
                .expression_attribute_values(":resolution", resolution.clone())
        };
        let operation = "UpdateItem of a report";
        let kept = update("REMOVE #open", " AND attribute_not_exists(subjectErasedAt)").send().await;
        if unless_condition_failed(operation, kept)?.is_some() {
            return Ok(true);
        }
        let removed = update(&format!("{REMOVE_CONTENT}, #open"), "")
            .expression_attribute_names("#item", "item")
            .expression_attribute_names("#name", "name");
        Ok(unless_condition_failed(operation, removed.send().await)?.is_some())
    }

    /// The rows with these keys, which an index has with its own keys beside.
    pub(super) async fn all(&self, keys: Vec<Row>) -> Result<Vec<Report>, StoreError> {
        let keys = keys.into_iter().filter_map(|mut row| Some(Row::from([row.remove_entry("reportId")?]))).collect();
        batch::get(&self.client, &self.table, keys).await?.into_iter().map(report_of).collect()
    }
}

impl ReportCursor {
    fn of(row: &Row) -> Option<Self> {
        let reported_at = Timestamp::from_millis(row.get("reportedAt")?.as_n().ok()?.parse().ok()?);
        Some(Self { reported_at, report_id: row.get("reportId")?.as_s().ok()?.parse().ok()? })
    }

    fn key(self) -> Row {
        let mut row = key(self.report_id);
        row.insert("open".to_owned(), text(OPEN));
        row.insert("reportedAt".to_owned(), number(self.reported_at.as_millis()));
        row
    }
}

impl fmt::Display for ReportCursor {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.reported_at.as_millis(), self.report_id)
    }
}

impl FromStr for ReportCursor {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let (millis, id) = text.split_once('/').ok_or(IdError)?;
        let reported_at = Timestamp::from_millis(millis.parse().map_err(|_| IdError)?);
        Ok(Self { reported_at, report_id: id.parse()? })
    }
}
