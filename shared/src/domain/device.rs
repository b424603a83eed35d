//! Devices that are reached by push.

use serde::{Deserialize, Serialize};

use super::{DeviceId, Timestamp, TokenFingerprint, UserId};

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
