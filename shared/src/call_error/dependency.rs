//! The AWS services that jobs wait for during an outage.

use std::fmt;

/// A service that a call goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dependency {
    /// The tables.
    DynamoDb,
    /// The queues.
    Sqs,
    /// Pushes to phones.
    Sns,
    /// The bus of domain events.
    EventBridge,
    /// The gateway of the WebSocket connections.
    Sockets,
    /// Cognito, S3 or Step Functions.
    Other,
}

impl Dependency {
    /// All services.
    pub const ALL: [Self; 6] = [Self::DynamoDb, Self::Sqs, Self::Sns, Self::EventBridge, Self::Sockets, Self::Other];

    /// The service of an operation, which is the first word of this text.
    pub(crate) fn of_operation(operation: &str) -> Self {
        match operation.split_whitespace().next().unwrap_or_default() {
            "GetItem" | "BatchGetItem" | "PutItem" | "UpdateItem" | "DeleteItem" | "Query" | "Scan"
            | "TransactWriteItems" | "TransactGetItems" | "BatchWriteItem" => Self::DynamoDb,
            "SendMessage" | "SendMessageBatch" | "ChangeMessageVisibility" | "GetQueueAttributes" => Self::Sqs,
            "Publish"
            | "CreatePlatformEndpoint"
            | "GetEndpointAttributes"
            | "SetEndpointAttributes"
            | "DeleteEndpoint" => Self::Sns,
            "PutEvents" => Self::EventBridge,
            "PostToConnection" | "DeleteConnection" => Self::Sockets,
            _ => Self::Other,
        }
    }

    /// The name for the log's field `waitingFor`, and for operators.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DynamoDb => "DynamoDB",
            Self::Sqs => "SQS",
            Self::Sns => "SNS",
            Self::EventBridge => "EventBridge",
            Self::Sockets => "sockets",
            Self::Other => "another service",
        }
    }
}

impl fmt::Display for Dependency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
