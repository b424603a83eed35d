//! Devices that get pushes.

use serde::{Deserialize, Serialize};

use super::{DeviceId, Timestamp, TokenFingerprint, UserId};

/// The push service of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(
    feature = "schemas",
    derive(schemars::JsonSchema),
    schemars(extend("enum" = ["fcm", "apns", "apns_sandbox"]))
)]
pub enum Platform {
    /// Firebase Cloud Messaging: Android, and the web.
    Fcm,
    /// Apple's push notification service.
    Apns,
    /// Apple's push notification service for apps in development.
    ApnsSandbox,
}

/// The error for a word that is not a platform.
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

/// The SNS endpoint of a device: an opaque ARN.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PushEndpoint(String);

impl PushEndpoint {
    /// The ARN that SNS gave.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The ARN as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A device that a user has registered for push.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// The user who registered the device.
    pub user_id: UserId,
    /// The id of the device.
    pub device_id: DeviceId,
    /// The push service.
    pub platform: Platform,
    /// The SNS endpoint.
    #[serde(rename = "endpointArn")]
    pub endpoint: PushEndpoint,
    /// The fingerprint of the token of the last registration.
    pub token_fingerprint: TokenFingerprint,
    /// The time of the last registration, in epoch milliseconds.
    pub updated_at: Timestamp,
}
