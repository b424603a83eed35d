//! Devices that get pushes.

use serde::{Deserialize, Serialize};

use crate::domain::{Device, DeviceId, DeviceToken, Platform, Timestamp};

/// `POST /devices`
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct RegisterDeviceRequest {
    /// The push service.
    pub platform: Platform,
    /// The token that the push service gave the device.
    pub token: DeviceToken,
    /// The id from an earlier registration, so that a device keeps its id when its token changes.
    #[serde(default)]
    pub device_id: Option<DeviceId>,
}

/// A registered device.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct DeviceView {
    /// The id of the device. The same phone gets the same id again.
    pub device_id: DeviceId,
    /// The push service.
    pub platform: Platform,
    /// The time of the last registration, in epoch milliseconds.
    pub updated_at: Timestamp,
}

/// The answer to `GET /devices`.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
pub struct DeviceListView {
    /// The devices, the last registered first.
    pub devices: Vec<DeviceView>,
}

impl From<&Device> for DeviceView {
    fn from(device: &Device) -> Self {
        Self { device_id: device.device_id, platform: device.platform, updated_at: device.updated_at }
    }
}
