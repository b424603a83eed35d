//! Searches the logs of the functions and of the event bus.

use aws_sdk_cloudwatchlogs::error::ProvideErrorMetadata;
use futures::{StreamExt, TryStreamExt, stream};
use paloma::domain::Timestamp;
use serde_json::{Map, Value};

use crate::{Failure, Stack};

/// Log groups that are read at once. CloudWatch accepts about 10 such calls per second.
const MAX_PARALLEL: usize = 4;
/// Pages that are read of one log group, at most. A page is at most 1 MB, or one second of searching.
const MAX_PAGES: usize = 40;

/// A log line, which is JSON.
#[derive(Debug, Clone)]
pub struct LogLine {
    /// In epoch milliseconds.
    pub at: Timestamp,
    /// The last part of the name of its log group, such as `dev-fan-out`.
    pub source: String,
    pub fields: Map<String, Value>,
}

impl LogLine {
    pub fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name)?.as_str()
    }

    pub fn number(&self, name: &str) -> Option<u64> {
        self.fields.get(name)?.as_u64()
    }
}

#[derive(Debug, Default)]
pub struct SearchResult {
    /// Ordered by time.
    pub lines: Vec<LogLine>,
    /// Whether there were more lines than were read.
    pub is_truncated: bool,
}

/// Searches log groups for a text, within a time window. A log group that does not exist counts as empty.
pub async fn search(
    stack: &Stack,
    groups: Vec<String>,
    text: &str,
    (from, to): (Timestamp, Timestamp),
) -> Result<SearchResult, Failure> {
    let found: Vec<SearchResult> = stream::iter(groups)
        .map(async |group| search_group(stack, group, text, (from, to)).await)
        .buffer_unordered(MAX_PARALLEL)
        .try_collect()
        .await?;
    let is_truncated = found.iter().any(|found| found.is_truncated);
    let mut lines: Vec<_> = found.into_iter().flat_map(|found| found.lines).collect();
    lines.sort_by_key(|line| line.at);
    Ok(SearchResult { lines, is_truncated })
}

async fn search_group(
    stack: &Stack,
    group: String,
    text: &str,
    (from, to): (Timestamp, Timestamp),
) -> Result<SearchResult, Failure> {
    let millis = |time: Timestamp| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    let mut pages = aws_sdk_cloudwatchlogs::Client::new(&stack.aws)
        .filter_log_events()
        .log_group_name(&group)
        .start_time(millis(from))
        .end_time(millis(to))
        // A phrase instead of a JSON pattern: the id may be in any field, and inside arrays.
        .filter_pattern(format!("\"{text}\""))
        .into_paginator()
        .send();
    let mut found = SearchResult::default();
    for _ in 0..MAX_PAGES {
        let Some(page) = pages.next().await else { return Ok(found) };
        let page = match page {
            Err(error) if error.code() == Some("ResourceNotFoundException") => return Ok(found),
            page => page.map_err(stack.target.failed("logs:FilterLogEvents", &group))?,
        };
        found.lines.extend(page.events.unwrap_or_default().into_iter().filter_map(|event| {
            let at = Timestamp::from_millis(u64::try_from(event.timestamp?).ok()?);
            let source = group.rsplit('/').next().unwrap_or(&group).to_owned();
            Some(LogLine { at, source, fields: serde_json::from_str(&event.message?).ok()? })
        }));
    }
    Ok(SearchResult { is_truncated: true, ..found })
}
