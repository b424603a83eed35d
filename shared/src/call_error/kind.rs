//! The kinds of failures, and the error codes of AWS behind them.

use std::error::Error;

use super::Dependency;

/// The error codes of throttling. The first group is the list that the AWS SDK retries (`aws_runtime`,
/// `THROTTLING_ERRORS`); the others are from the API references of SNS, SQS and DynamoDB.
const THROTTLING_CODES: [&str; 19] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "TransactionInProgressException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "RequestThrottled",
    "SlowDown",
    "PriorRequestNotComplete",
    "EC2ThrottledException",
    // SNS, and KMS on behalf of SNS and of SQS.
    "Throttled",
    "KMSThrottling",
    "KMS.ThrottlingException",
    // Cancellation reasons of a DynamoDB transaction.
    "ThrottlingError",
    "ProvisionedThroughputExceeded",
];

/// The error codes of failures that pass by themselves: the service has a fault, or another transaction is running on
/// the same row.
const UNAVAILABLE_CODES: [&str; 11] = [
    "InternalError",
    "InternalFailure",
    "InternalServerError",
    "InternalErrorException",
    "InternalException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
    "RequestTimeout",
    "RequestTimeoutException",
    "TransactionConflict",
    "TransactionConflictException",
];

/// The kind of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// AWS asks for fewer calls.
    Throttled,
    /// No answer: no connection, no credentials, or the time limit has passed.
    Unreachable,
    /// AWS answers that it cannot do this at the moment (5xx, or a conflict with another transaction).
    Unavailable,
    /// AWS rejects the call itself (4xx): a permission is missing, or the request is not valid. The same call fails
    /// again.
    Rejected,
    /// An answer, a row or a job does not have the expected format.
    Unreadable,
}

impl FailureKind {
    /// The word for the log's field `causeKind`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::Unreachable => "unreachable",
            Self::Unavailable => "unavailable",
            Self::Rejected => "rejected",
            Self::Unreadable => "unreadable",
        }
    }

    /// Whether the failure passes by itself, with the outage or the overload that caused it. Any other failure repeats.
    pub const fn is_outage(self) -> bool {
        matches!(self, Self::Throttled | Self::Unreachable | Self::Unavailable)
    }

    /// The kind of an answer with this error code and HTTP status, as far as they are known.
    pub(crate) fn of_answer(code: Option<&str>, status: Option<u16>) -> Self {
        match (code, status) {
            (Some(code), _) if THROTTLING_CODES.contains(&code) => Self::Throttled,
            (_, Some(429)) => Self::Throttled,
            (Some(code), _) if UNAVAILABLE_CODES.contains(&code) => Self::Unavailable,
            (_, Some(500..)) => Self::Unavailable,
            _ => Self::Rejected,
        }
    }
}

/// An error with a [`FailureKind`].
pub trait Classified: Error + Send + Sync + 'static {
    /// The kind of this failure.
    fn kind(&self) -> FailureKind;

    /// The service that failed, if a call failed.
    fn dependency(&self) -> Option<Dependency> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_throttling_codes_of_every_service_are_known() {
        let documented = [
            // DynamoDB
            "ProvisionedThroughputExceededException",
            "RequestLimitExceeded",
            "ThrottlingException",
            // SQS
            "RequestThrottled",
            "KMS.ThrottlingException",
            // SNS
            "Throttled",
            "KMSThrottling",
            "ThrottlingException",
            // EventBridge, also for an entry of PutEvents
            "ThrottlingException",
            // Cognito
            "TooManyRequestsException",
            "LimitExceededException",
            // API Gateway
            "LimitExceededException",
            "TooManyRequestsException",
            // S3
            "SlowDown",
        ];
        for code in documented {
            for status in [None, Some(400), Some(503)] {
                assert_eq!(FailureKind::of_answer(Some(code), status), FailureKind::Throttled, "{code}");
            }
        }
        assert_eq!(FailureKind::of_answer(Some("Unknown"), Some(429)), FailureKind::Throttled);
        assert_eq!(FailureKind::of_answer(None, Some(429)), FailureKind::Throttled);
    }

    #[test]
    fn code_and_status_distinguish_a_rejected_call_from_a_fault_of_the_service() {
        for code in ["AccessDeniedException", "ValidationException", "ExpiredTokenException", "InvalidArgument"] {
            for status in [None, Some(400), Some(403)] {
                assert_eq!(FailureKind::of_answer(Some(code), status), FailureKind::Rejected, "{code}");
            }
        }
        for (code, status) in [
            ("InternalServerError", Some(500)),
            ("Unknown", Some(503)),
            ("TransactionConflictException", Some(400)),
            ("RequestTimeout", Some(400)),
            // An entry of PutEvents or SendMessageBatch has a code and no status.
            ("InternalFailure", None),
            ("InternalError", None),
        ] {
            assert_eq!(FailureKind::of_answer(Some(code), status), FailureKind::Unavailable, "{code}");
        }
    }
}
