//! What functions and the bus have logged about something.

use aws_sdk_cloudwatchlogs::error::ProvideErrorMetadata;
use futures::{StreamExt, TryStreamExt, stream};
use paloma::domain::Timestamp;
use serde_json::{Map, Value};

use crate::{Failure, Stack};

/// How many log groups are read at once: CloudWatch takes some ten such calls a second.
const AT_ONCE: usize = 4;
/// How many answers of at most 1 MB, or of a second's search, are read of a log group.
const MOST_PAGES: usize = 40;

/// A line of JSON.
#[derive(Debug, Clone)]
pub struct Line {
    /// When it was written, in epoch milliseconds.
    pub at: Timestamp,
    /// Who wrote it: the end of the name of its log group, such as `dev-fan-out`.
    pub writer: String,
    /// What it says.
    pub fields: Map<String, Value>,
}

impl Line {
    /// A field that is text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.fields.get(name)?.as_str()
    }

    /// A field that is a number.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.fields.get(name)?.as_u64()
    }
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// The lines, in the order of their times.
    pub lines: Vec<Line>,
    /// Whether there was too much to read it all.
    pub is_cut: bool,
}

/// Searches log groups for a text, in a window of time. A group that is not there has nothing logged yet.
///
/// # Errors
/// When CloudWatch Logs does not answer, or may not be asked.
pub async fn search(
    stack: &Stack,
    groups: Vec<String>,
    text: &str,
    (from, to): (Timestamp, Timestamp),
) -> Result<Found, Failure> {
    let found: Vec<Found> = stream::iter(groups)
        .map(async |group| search_group(stack, group, text, (from, to)).await)
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    let is_cut = found.iter().any(|found| found.is_cut);
    let mut lines: Vec<_> = found.into_iter().flat_map(|found| found.lines).collect();
    lines.sort_by_key(|line| line.at);
    Ok(Found { lines, is_cut })
}

async fn search_group(
    stack: &Stack,
    group: String,
    text: &str,
    (from, to): (Timestamp, Timestamp),
) -> Result<Found, Failure> {
    let millis = |time: Timestamp| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    let mut pages = aws_sdk_cloudwatchlogs::Client::new(&stack.aws)
        .filter_log_events()
        .log_group_name(&group)
        .start_time(millis(from))
        .end_time(millis(to))
        // A phrase, and no pattern of JSON: the same id may stand in any field, and within arrays.
        .filter_pattern(format!("\"{text}\""))
        .into_paginator()
        .send();
    let mut found = Found::default();
    for _ in 0..MOST_PAGES {
        let Some(page) = pages.next().await else { return Ok(found) };
        let page = match page {
            Err(error) if error.code() == Some("ResourceNotFoundException") => return Ok(found),
            page => page.map_err(stack.target.failed("logs:FilterLogEvents", &group))?,
        };
        found.lines.extend(page.events.unwrap_or_default().into_iter().filter_map(|event| {
            let at = Timestamp::from_millis(u64::try_from(event.timestamp?).ok()?);
            let writer = group.rsplit('/').next().unwrap_or(&group).to_owned();
            Some(Line { at, writer, fields: serde_json::from_str(&event.message?).ok()? })
        }));
    }
    Ok(Found { is_cut: true, ..found })
}
