//! The DynamoDB tables. Every transaction, condition and consistent read of the system is in this module.
//!
//! A folder per table with several kinds of rows or calls: its `rows.rs` (and `keys.rs`) read and write rows, its
//! `table.rs` has the table's type, and the other files add calls to it.

mod accounts;
mod batch;
mod chats;
mod connections;
mod devices;
mod get;
mod messages;
mod statuses;
mod tickets;
mod users;

pub use accounts::{Accounts, AddressChange, EmailChange, Limits, Registration};
pub use chats::{
    ChatCreation, ChatCursor, Chats, ExistingChat, HolderCheck, KnownUsers, Listing, SettleOutcome, Unread,
};
pub use connections::{Connection, Connections, Watcher};
pub use devices::Devices;
pub use messages::{Acceptance, HistoryPage, HistoryPosition, MessageLog, Messages};
pub use statuses::{ReceiptRecord, Statuses};
pub use tickets::{TICKET_LIFE, Ticket, TicketError, TicketOwner, Tickets};
pub use users::{UserRecord, Users};

use std::collections::HashMap;
use std::error::Error;
use std::fmt;

use aws_sdk_dynamodb::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A row in the format of DynamoDB: attributes by name.
pub type Row = HashMap<String, AttributeValue>;

/// Why a store could not answer. All of these may pass: the job is tried again, the caller is told to.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// DynamoDB refused, throttled, or could not be reached.
    #[error("{operation} failed: {cause}")]
    Call {
        /// What was asked, in the words of the table's API.
        operation: &'static str,
        /// The whole chain of causes.
        cause: String,
    },
    /// A row does not read as what it should be.
    #[error("a row of the {table} table does not read as {what}: {cause}")]
    Row {
        /// Where.
        table: &'static str,
        /// What it should be.
        what: &'static str,
        /// What is wrong with it.
        cause: String,
    },
    /// Several rows have what one alone should have.
    #[error("more than one user has this address: name the user by the id")]
    Ambiguous,
    /// An index has not caught up with its table yet.
    #[error("the index of the {table} table has not caught up yet")]
    IndexBehind {
        /// Which table.
        table: &'static str,
    },
}

impl StoreError {
    fn call<E, R>(operation: &'static str) -> impl FnOnce(SdkError<E, R>) -> Self
    where
        E: Error + 'static,
        R: fmt::Debug + 'static,
    {
        move |error| Self::Call { operation, cause: DisplayErrorContext(&error).to_string() }
    }
}

/// The output of a conditional write; `None` when its condition did not hold.
fn unless_refused<T, E, R>(operation: &'static str, written: Result<T, SdkError<E, R>>) -> Result<Option<T>, StoreError>
where
    E: Error + ProvideErrorMetadata + 'static,
    R: fmt::Debug + 'static,
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
    serde_dynamo::to_item(value).map_err(|error| StoreError::Row { table, what, cause: error.to_string() })
}

/// Reads a row from a record of the table's stream.
fn from_stream<T: DeserializeOwned>(
    row: &serde_dynamo::Item,
    table: &'static str,
    what: &'static str,
) -> Result<T, StoreError> {
    serde_dynamo::from_item(row.clone()).map_err(|error| StoreError::Row { table, what, cause: error.to_string() })
}

fn from_row<T: DeserializeOwned>(row: Row, table: &'static str, what: &'static str) -> Result<T, StoreError> {
    serde_dynamo::from_item(row).map_err(|error| StoreError::Row { table, what, cause: error.to_string() })
}
