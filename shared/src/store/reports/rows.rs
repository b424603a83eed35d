//! Rows of the Reports table.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::{Report, ReportedItem};
use crate::store::{Row, StoreError, from_row, text, to_row};

pub(super) const TABLE: &str = "Reports";

/// The only value of the attribute `open`, which an open report has: the key of OpenReportsIndex.
pub(super) const OPEN: &str = "open";

/// The part of an update that removes what the reported user wrote from the copy, with the names `#item` and `#name`.
pub(super) const REMOVE_CONTENT: &str = "REMOVE #item.content, #item.#name, #item.avatar";

/// Time for which a report is kept.
const LIFE: Duration = Duration::from_secs(90 * 24 * 3600);

/// A report, with the keys of the indexes and the time at which DynamoDB deletes it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReportRow {
    #[serde(flatten)]
    report: Report,
    subject_id: String,
    target: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    open: Option<String>,
    ttl: u64,
}

/// The row of a new report.
pub(super) fn row(report: Report) -> Result<Row, StoreError> {
    let (ttl, open) = (report.reported_at.plus(LIFE).as_secs(), report.is_open().then(|| OPEN.to_owned()));
    let (subject_id, target) = (subject_of(&report.item), report.item.target().to_string());
    to_row(&ReportRow { report, subject_id, target, open, ttl }, TABLE, "a report")
}

pub(super) fn report_of(row: Row) -> Result<Report, StoreError> {
    from_row(row, TABLE, "a report")
}

/// The key of SubjectIndex: the user who is responsible for the item, or the chat.
pub(super) fn subject_of(item: &ReportedItem) -> String {
    match item {
        ReportedItem::Message { sender_id: user, .. } | ReportedItem::User { user_id: user, .. } => user.to_string(),
        ReportedItem::Chat { chat_id, .. } => chat_id.to_string(),
    }
}

pub(super) fn key(report_id: impl ToString) -> Row {
    Row::from([("reportId".to_owned(), text(report_id))])
}
