//! The push tokens of devices, and their fingerprints.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The push token that a platform gave a device. A party with the token can push to the device, so only SNS stores it;
/// the tables and logs of Paloma have its fingerprint at most.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(
    feature = "schemas",
    derive(schemars::JsonSchema),
    schemars(extend("pattern" = "^[!-~]{1,2048}$", "writeOnly" = true))
)]
pub struct DeviceToken(String);

/// The error for a text that is not a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be the token that the platform gave the app: 1 to 2,048 visible ASCII characters")]
pub struct DeviceTokenError;

impl DeviceToken {
    /// The token as text, only for SNS.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The fingerprint of the token.
    pub fn fingerprint(&self) -> TokenFingerprint {
        let hash = Sha256::digest(self.0.as_bytes());
        TokenFingerprint(hash.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

impl TryFrom<String> for DeviceToken {
    type Error = DeviceTokenError;

    fn try_from(text: String) -> Result<Self, DeviceTokenError> {
        let fits = (1..=2_048).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Self(text)) } else { Err(DeviceTokenError) }
    }
}

impl fmt::Debug for DeviceToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("DeviceToken(…)")
    }
}

/// The SHA-256 of a token, in hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TokenFingerprint(String);

impl TokenFingerprint {
    /// The fingerprint as text, for the tables.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_not_printed() {
        let token = DeviceToken::try_from("secret:token".to_owned()).unwrap();
        assert!(!format!("{token:?}").contains("secret"));
        let fingerprint = token.fingerprint();
        assert_eq!(fingerprint.as_str().len(), 64);
        assert!(!fingerprint.as_str().contains("secret"));
        assert_eq!(fingerprint, DeviceToken::try_from("secret:token".to_owned()).unwrap().fingerprint());
    }

    #[test]
    fn a_token_is_visible_ascii() {
        for bad in [String::new(), "with space".to_owned(), "naïve".to_owned(), "a".repeat(2_049)] {
            assert_eq!(DeviceToken::try_from(bad), Err(DeviceTokenError));
        }
    }
}
