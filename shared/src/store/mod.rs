//! The DynamoDB tables. Every transaction, condition and consistent read of the system is in this module.
//!
//! A folder per table with several kinds of rows or calls: its `rows.rs` (and `keys.rs`) read and write rows, its
//! `table.rs` has the table's type, and the other files add calls to it.

mod accounts;
mod batch;
mod blocks;
mod changes;
mod chats;
mod connections;
mod devices;
mod get;
mod messages;
mod reachability;
mod reactions;
mod reports;
mod statuses;
mod tickets;
mod transaction;
mod users;

pub use accounts::{Accounts, AddressChange, EmailChange, Limits, Registration};
pub use blocks::{BlockChange, BlockedUser, Blocks, PairBlocks, RequestOutcome};
pub use changes::{ChangeLog, ChangeOutcome, Changes};
pub use chats::{
    ChatCreation, ChatCursor, Chats, ExistingChat, Group, HideOutcome, HolderCheck, KnownUsers, Listing,
    SAFETY_NET_PAUSE, SeenMarks, SettleOutcome, Sharing, Summarised, Unread, Watchable,
};
pub use connections::{Connection, Connections, Watcher};
pub use devices::Devices;
pub use messages::{Acceptance, GroupOutcome, HistoryPage, HistoryPosition, MessageLog, Messages};
pub use reachability::{ListedSocket, Reach, Reachability};
pub use reactions::{ReactionKey, StoredReactions};
pub use reports::{ReportCursor, Reports};
pub use statuses::{ReceiptRecord, Statuses};
pub use tickets::{TICKET_LIFE, Ticket, TicketError, TicketOwner, Tickets};
pub use users::{UserRecord, Users};

use std::collections::HashMap;
use std::error::Error;

use aws_sdk_dynamodb::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::call_error::{CallError, Classified, Dependency, FailureKind};

/// A row in the format of DynamoDB: attributes by name.
pub type Row = HashMap<String, AttributeValue>;

/// The error of every store: a job that gets it is retried, and a caller is asked to send the request again.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// DynamoDB rejected or throttled a call, or could not be reached.
    #[error(transparent)]
    Call(#[from] CallError),
    /// A row does not have the expected format.
    #[error("a row of the {table} table cannot be parsed as {what}: {cause}")]
    Row {
        /// The table's name in the template, without the stage.
        table: &'static str,
        /// The expected content, with its article.
        what: &'static str,
        /// The error of the deserializer.
        #[source]
        cause: Box<dyn Error + Send + Sync>,
    },
    /// Several users have an address that only one may have.
    #[error("more than one user has this address: use the user id instead")]
    Ambiguous,
    /// An index does not show all rows of its table yet.
    #[error("an index of the {table} table is behind the table: a retry may succeed")]
    IndexBehind {
        /// The table's name in the template, without the stage.
        table: &'static str,
    },
}

impl Classified for StoreError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Call(error) => error.kind(),
            Self::Row { .. } => FailureKind::Unreadable,
            Self::Ambiguous => FailureKind::Rejected,
            Self::IndexBehind { .. } => FailureKind::Unavailable,
        }
    }

    fn dependency(&self) -> Option<Dependency> {
        match self {
            Self::Call(error) => error.dependency(),
            Self::Row { .. } | Self::Ambiguous => None,
            Self::IndexBehind { .. } => Some(Dependency::DynamoDb),
        }
    }
}

impl StoreError {
    fn call<E>(operation: &'static str) -> impl FnOnce(SdkError<E>) -> Self
    where
        E: Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        move |error| CallError::of(operation)(error).into()
    }

    fn unbuilt(operation: &'static str) -> impl Fn(BuildError) -> Self {
        move |error| CallError::unbuilt(operation)(error).into()
    }

    fn row(table: &'static str, what: &'static str) -> impl FnOnce(serde_dynamo::Error) -> Self {
        move |error| Self::Row { table, what, cause: error.into() }
    }
}

/// The output of a conditional write; `None` when its condition did not hold.
fn unless_condition_failed<T, E>(
    operation: &'static str,
    written: Result<T, SdkError<E>>,
) -> Result<Option<T>, StoreError>
where
    E: Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    match written {
        Ok(output) => Ok(Some(output)),
        Err(error) if error.code() == Some("ConditionalCheckFailedException") => Ok(None),
        Err(error) => Err(StoreError::call(operation)(error)),
    }
}

/// All rows of a query. It takes one call per 1 MB (DynamoDB's limit).
async fn all_rows(operation: &'static str, query: QueryFluentBuilder) -> Result<Vec<Row>, StoreError> {
    let rows = query.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    rows.map_err(StoreError::call(operation))
}

fn text(value: impl ToString) -> AttributeValue {
    AttributeValue::S(value.to_string())
}

fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn to_row<T: Serialize>(value: &T, table: &'static str, what: &'static str) -> Result<Row, StoreError> {
    serde_dynamo::to_item(value).map_err(StoreError::row(table, what))
}

/// Reads a row from a record of the table's stream.
fn from_stream<T: DeserializeOwned>(
    row: &serde_dynamo::Item,
    table: &'static str,
    what: &'static str,
) -> Result<T, StoreError> {
    serde_dynamo::from_item(row.clone()).map_err(StoreError::row(table, what))
}

fn from_row<T: DeserializeOwned>(row: Row, table: &'static str, what: &'static str) -> Result<T, StoreError> {
    serde_dynamo::from_item(row).map_err(StoreError::row(table, what))
}
