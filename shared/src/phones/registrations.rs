//! Deregistering phones: deletes the endpoint at SNS and the device's row.

use super::{PhoneError, Phones};
use crate::call_error::{Classified, Dependency, FailureKind};
use crate::domain::{Device, Timestamp, UserId};
use crate::store::{Devices, StoreError};

/// The registered phones, in the Devices table and at SNS.
#[derive(Debug, Clone)]
pub struct Registrations {
    devices: Devices,
    phones: Phones,
}

/// A phone may still be registered.
#[derive(Debug, thiserror::Error)]
pub enum RegistrationError {
    /// A call to the Devices table failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A call to SNS failed.
    #[error(transparent)]
    Phone(#[from] PhoneError),
}

impl Classified for RegistrationError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Store(error) => error.kind(),
            Self::Phone(error) => error.kind(),
        }
    }

    fn dependency(&self) -> Option<Dependency> {
        match self {
            Self::Store(error) => error.dependency(),
            Self::Phone(error) => error.dependency(),
        }
    }
}

impl Registrations {
    /// Uses this table and SNS.
    pub fn new(devices: Devices, phones: Phones) -> Self {
        Self { devices, phones }
    }

    /// Deregisters every phone of a user, and returns their number. Costs one query, and for each phone one query, one
    /// DeleteEndpoint and one write unit.
    ///
    /// # Errors
    /// Some phones may still be registered. The same call continues with them.
    pub async fn remove_all(&self, user_id: UserId) -> Result<u64, RegistrationError> {
        let mut removed = 0;
        for device in self.devices.of_user(user_id).await? {
            self.remove_endpoint(&device).await?;
            self.devices.delete(device.user_id, device.device_id).await?;
            removed += 1;
        }
        Ok(removed)
    }

    /// Deregisters the phones of a user that registered before this time. Costs the same as `remove_all`.
    ///
    /// # Errors
    /// Some of these phones may still be registered. The same call continues with them.
    pub async fn remove_older(&self, user_id: UserId, before: Timestamp) -> Result<(), RegistrationError> {
        for device in self.devices.of_user(user_id).await? {
            if device.updated_at < before {
                // Push uses only endpoints that have a row. So a session also ends if the platform application is gone
                // and its endpoints cannot be deleted.
                if let Err(error) = self.remove_endpoint(&device).await {
                    tracing::warn!(outcome = "endpoint not removed", deviceId = %device.device_id, cause = %error);
                }
                self.devices.delete_if_unchanged(&device, before).await?;
            }
        }
        Ok(())
    }

    /// Deletes the endpoint, unless another user has registered it since. The caller deletes the row after this: if it
    /// crashes in between, the next call finds the row.
    async fn remove_endpoint(&self, device: &Device) -> Result<(), RegistrationError> {
        let registered = self.devices.with_endpoint(&device.endpoint).await?;
        if registered.iter().all(|other| other.user_id == device.user_id) {
            self.phones.remove(&device.endpoint).await?;
        }
        Ok(())
    }
}
