//! Devices that are reached by push.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{DeviceId, Timestamp, UserId};

/// Who brings pushes to a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Platform {
    /// Firebase Cloud Messaging: Android, and the web.
    Fcm,
    /// Apple's push notification service.
    Apns,
    /// The same, for apps that are being developed.
    ApnsSandbox,
}

/// Why a word is no platform.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be \"fcm\", \"apns\" or \"apns_sandbox\"")]
pub struct PlatformError;

impl Platform {
    /// The word used in the API and in the tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fcm => "fcm",
            Self::Apns => "apns",
            Self::ApnsSandbox => "apns_sandbox",
        }
    }
}

impl TryFrom<String> for Platform {
    type Error = PlatformError;

    fn try_from(word: String) -> Result<Self, PlatformError> {
        [Self::Fcm, Self::Apns, Self::ApnsSandbox]
            .into_iter()
            .find(|platform| platform.as_str() == word)
            .ok_or(PlatformError)
    }
}

impl From<Platform> for String {
    fn from(platform: Platform) -> String {
        platform.as_str().to_owned()
    }
}

/// What a platform calls a device. Whoever has it can be pushed to, so it is neither stored nor logged here: SNS
/// keeps it, and we its fingerprint.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct DeviceToken(String);

/// Why a text is no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be the token that the platform gave the app: 1 to 2,048 visible ASCII characters")]
pub struct DeviceTokenError;

impl DeviceToken {
    /// The token as text, for SNS alone.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the token is known by here.
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

/// Where the push service reaches a device, as it names it: an SNS endpoint. It is opaque and comes from there alone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PushEndpoint(String);

impl PushEndpoint {
    /// Takes the name that the push service gave.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A device that somebody has registered for push.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// Whose it is.
    pub user_id: UserId,
    /// Which of theirs.
    pub device_id: DeviceId,
    /// Who brings pushes to it.
    pub platform: Platform,
    /// Where pushes for it go.
    #[serde(rename = "endpointArn")]
    pub endpoint: PushEndpoint,
    /// The token that it was last registered with.
    pub token_fingerprint: TokenFingerprint,
    /// When it was last registered, in epoch milliseconds.
    pub updated_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_shows_nothing_of_itself() {
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
