//! Counts the open sockets.

use aws_sdk_dynamodb::types::{AttributeValue, Select};
use paloma::domain::{LIVENESS_TIMEOUT, Timestamp};
use serde::Serialize;

use crate::output::Page;
use crate::{Failure, Stack};

/// Pages of 1 MB that are counted, at most: about 40,000 sockets, for less than a cent. `DescribeTable` is free, but
/// its counts are up to 6 hours old.
const MAX_PAGES: usize = 10;

/// The sockets that have sent a frame or a ping recently.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OpenConnections {
    count: u64,
    /// Whether all sockets were counted.
    is_all: bool,
}

/// Counts in the index, which has no tickets.
pub async fn count(stack: &Stack) -> Result<OpenConnections, Failure> {
    let now = Timestamp::now();
    let alive_since = now.as_millis().saturating_sub(LIVENESS_TIMEOUT.as_millis() as u64);
    let mut pages = aws_sdk_dynamodb::Client::new(&stack.aws)
        .scan()
        .table_name(stack.output("ConnectionsTable")?)
        .index_name("UserConnectionsIndex")
        .select(Select::Count)
        .filter_expression("lastSeenAt > :aliveSince")
        .expression_attribute_values(":aliveSince", AttributeValue::N(alive_since.to_string()))
        .into_paginator()
        .send();
    let mut connections = OpenConnections { count: 0, is_all: true };
    for _ in 0..MAX_PAGES {
        let Some(page) = pages.next().await else { return Ok(connections) };
        let page = page.map_err(stack.target.failed("dynamodb:Scan", "UserConnectionsIndex"))?;
        connections.count += u64::try_from(page.count).unwrap_or_default();
        if page.last_evaluated_key.is_none() {
            return Ok(connections);
        }
    }
    Ok(OpenConnections { is_all: false, ..connections })
}

impl OpenConnections {
    pub fn write(self, page: &mut Page) {
        page.heading("Connections");
        page.line(match self {
            Self { count: 1, is_all: true } => "1 socket is open".to_owned(),
            Self { count, is_all: true } => format!("{count} sockets are open"),
            Self { count, is_all: false } => format!("more than {count} sockets are open"),
        });
    }
}
