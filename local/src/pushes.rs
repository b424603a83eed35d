//! What phones get, as `phones.py` writes it down.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::lines::Lines;

/// A push that was published to a phone's SNS endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Push {
    /// When, in epoch milliseconds.
    pub time: u64,
    /// The endpoint of the phone.
    pub endpoint_arn: String,
    /// The token that the phone had from its push service.
    pub token: String,
    /// The push service: `GCM`, `APNS` or `APNS_SANDBOX`.
    pub platform: String,
    /// What the push service gets: SNS' entry for it, read as JSON. Null if SNS could not read it.
    pub message: Value,
    /// The message attributes that it was published with.
    pub attributes: BTreeMap<String, String>,
    /// The code of the error with which SNS refused it, such as `EndpointDisabled`.
    pub refused: Option<String>,
}

/// Follows all pushes.
pub type Pushes = Lines<Push>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_push() -> Result<(), serde_json::Error> {
        let push: Push = serde_json::from_str(
            r#"{"time":1790000000000,"endpointArn":"arn:e","token":"t","platform":"GCM",
            "message":{"data":{"seq":"7"}},"attributes":{"AWS.SNS.MOBILE.APNS.PRIORITY":"10"}}"#,
        )?;
        assert_eq!(push.message["data"]["seq"], "7");
        assert_eq!(push.attributes["AWS.SNS.MOBILE.APNS.PRIORITY"], "10");
        assert_eq!(push.refused, None);
        Ok(())
    }
}
