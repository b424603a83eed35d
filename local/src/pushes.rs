//! The pushes to phones, as `phones.py` writes them to a file.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::lines::Lines;

/// A push that was published to a phone's SNS endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Push {
    /// Epoch milliseconds.
    pub time: u64,
    pub endpoint_arn: String,
    /// The token that the push service gave to the phone.
    pub token: String,
    /// `GCM`, `APNS` or `APNS_SANDBOX`.
    pub platform: String,
    /// The payload for the push service, as JSON. Null if SNS could not read it.
    pub message: Value,
    /// The message attributes.
    pub attributes: BTreeMap<String, String>,
    /// The code of the error by which SNS rejected the push, such as `EndpointDisabled`.
    pub rejected: Option<String>,
}

/// Follows the pushes to all phones.
pub type Pushes = Lines<Push>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_push_is_read_from_a_json_line() -> Result<(), serde_json::Error> {
        let push: Push = serde_json::from_str(
            r#"{"time":1790000000000,"endpointArn":"arn:e","token":"t","platform":"GCM",
            "message":{"data":{"seq":"7"}},"attributes":{"AWS.SNS.MOBILE.APNS.PRIORITY":"10"}}"#,
        )?;
        assert_eq!(push.message["data"]["seq"], "7");
        assert_eq!(push.attributes["AWS.SNS.MOBILE.APNS.PRIORITY"], "10");
        assert_eq!(push.rejected, None);
        Ok(())
    }
}
