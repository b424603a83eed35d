//! What SNS says afterwards of a push that it took and could not bring to the phone.

use aws_sdk_sns::primitives::{DateTime, DateTimeFormat};
use serde::Deserialize;

use crate::domain::{PushEndpoint, Timestamp};

/// The failures after which a token is dead for good: the app is uninstalled, or has another one by now.
const DEAD: [&str; 2] = ["InvalidPlatformToken", "EndpointDisabled"];

/// What SNS sends to the topic that a platform application names as its `EventDeliveryFailure`, as far as it matters.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeliveryFailure {
    /// Where it was to go.
    #[serde(rename = "EndpointArn")]
    pub endpoint: PushEndpoint,
    /// Why it did not arrive, in a word.
    #[serde(rename = "FailureType")]
    pub kind: String,
    /// Why, for people.
    #[serde(rename = "FailureMessage", default)]
    pub reason: String,
    /// What SNS called the push.
    #[serde(rename = "MessageId")]
    pub push_id: String,
    /// When it failed.
    #[serde(rename = "Time")]
    time: String,
}

impl DeliveryFailure {
    /// Whether the token is dead for good.
    pub fn is_final(&self) -> bool {
        DEAD.contains(&self.kind.as_str())
    }

    /// When it failed; at the very beginning, if SNS does not say: then nothing is older than it.
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
    fn a_notice_of_sns_reads() {
        let notice = r#"{"DeliveryAttempts":1,"EndpointArn":"arn:aws:sns:us-east-1:1:endpoint/APNS/paloma/5e3e",
            "EventType":"DeliveryFailure","FailureMessage":"Platform token associated with the endpoint is not valid",
            "FailureType":"InvalidPlatformToken","MessageId":"m-1","Resource":"arn:aws:sns:us-east-1:1:app/APNS/paloma",
            "Service":"SNS","Time":"2026-01-31T12:03:04.123Z"}"#;
        let failure: DeliveryFailure = serde_json::from_str(notice).unwrap();
        assert!(failure.is_final());
        assert_eq!(failure.at(), Timestamp::from_millis(1_769_860_984_123));
    }
}
