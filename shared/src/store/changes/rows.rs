//! Rows of the Changes table.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::domain::ChangeRecord;
use crate::store::{Row, StoreError, to_row};

pub(super) const TABLE: &str = "Changes";

/// Time for which a change is kept. A client with an older cursor loads its chat again.
const LIFE: Duration = Duration::from_secs(90 * 24 * 3600);

/// A change, with the time at which DynamoDB deletes it.
#[derive(Serialize, Deserialize)]
struct ChangeRow {
    #[serde(flatten)]
    record: ChangeRecord,
    ttl: u64,
}

pub(super) fn row(record: ChangeRecord) -> Result<Row, StoreError> {
    let ttl = record.changed_at.plus(LIFE).as_secs();
    to_row(&ChangeRow { record, ttl }, TABLE, "a change")
}
