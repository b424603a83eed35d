//! Notices of SNS about pushes that it accepted and could not deliver to the phone.

use aws_sdk_sns::primitives::{DateTime, DateTimeFormat};
use serde::Deserialize;

use crate::domain::{PushEndpoint, Timestamp};

/// The failure types after which a token never works again: the app is uninstalled, or has another token.
const DEAD: [&str; 2] = ["InvalidPlatformToken", "EndpointDisabled"];

/// The fields of a notice that push-feedback needs. SNS sends it to the topic that a platform application has as its
/// `EventDeliveryFailure`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeliveryFailure {
    /// The endpoint of the push.
    #[serde(rename = "EndpointArn")]
    pub endpoint: PushEndpoint,
    /// SNS' type of the failure, such as `InvalidPlatformToken`.
    #[serde(rename = "FailureType")]
    pub kind: String,
    /// The reason in words.
    #[serde(rename = "FailureMessage", default)]
    pub reason: String,
    /// SNS' id of the push.
    #[serde(rename = "MessageId")]
    pub push_id: String,
    /// The time of the failure, in ISO 8601.
    #[serde(rename = "Time")]
    time: String,
}

impl DeliveryFailure {
    /// Whether the token never works again.
    pub fn is_final(&self) -> bool {
        DEAD.contains(&self.kind.as_str())
    }

    /// The time of the failure. If SNS gives none, the result is 0, so that every registration counts as newer.
    pub fn at(&self) -> Timestamp {
        let time = DateTime::from_str(&self.time, DateTimeFormat::DateTimeWithOffset).ok();
        let millis = time.and_then(|time| u64::try_from(time.to_millis().ok()?).ok());
        Timestamp::from_millis(millis.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_of_sns_is_parsed() {
        let notice = r#"{"DeliveryAttempts":1,"EndpointArn":"arn:aws:sns:us-east-1:1:endpoint/APNS/paloma/5e3e",
            "EventType":"DeliveryFailure","FailureMessage":"Platform token associated with the endpoint is not valid",
            "FailureType":"InvalidPlatformToken","MessageId":"m-1","Resource":"arn:aws:sns:us-east-1:1:app/APNS/paloma",
            "Service":"SNS","Time":"2026-01-31T12:03:04.123Z"}"#;
        let failure: DeliveryFailure = serde_json::from_str(notice).unwrap();
        assert!(failure.is_final());
        assert_eq!(failure.at(), Timestamp::from_millis(1_769_860_984_123));
    }
}
