//! Deregistering phones: the row of a device, and the endpoint behind it.

use super::{PhoneError, Phones};
use crate::call_error::{Classified, FailureKind};
use crate::domain::{Device, Timestamp, UserId};
use crate::store::{Devices, StoreError};

/// The registered phones: the Devices table, and SNS.
#[derive(Debug, Clone)]
pub struct Registrations {
    devices: Devices,
    phones: Phones,
}

/// The reason why a phone is still registered.
#[derive(Debug, thiserror::Error)]
pub enum RegistrationError {
    /// The Devices table did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// SNS did not answer.
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
}

impl Registrations {
    /// The registrations of this table, with their endpoints.
    pub fn new(devices: Devices, phones: Phones) -> Self {
        Self { devices, phones }
    }

    /// Deregisters every phone of a user; returns how many there were. One query, and for each phone one query, one
    /// DeleteEndpoint and one write unit.
    ///
    /// # Errors
    /// When DynamoDB or SNS does not answer: some phones may be left, and the same call goes on with them.
    pub async fn remove_all(&self, user_id: UserId) -> Result<u64, RegistrationError> {
        let mut removed = 0;
        for device in self.devices.of_user(user_id).await? {
            self.remove_endpoint(&device).await?;
            self.devices.remove(device.user_id, device.device_id).await?;
            removed += 1;
        }
        Ok(removed)
    }

    /// Deregisters the phones of a user that registered before this moment, and leaves those that registered since.
    /// Costs the same as `remove_all`.
    ///
    /// # Errors
    /// When DynamoDB or SNS does not answer: some phones may be left, and the same call goes on with them.
    pub async fn remove_older(&self, user_id: UserId, before: Timestamp) -> Result<(), RegistrationError> {
        for device in self.devices.of_user(user_id).await? {
            if device.updated_at < before {
                // An endpoint without a row is never pushed to: a platform application that is gone holds up no end of
                // sessions.
                if let Err(error) = self.remove_endpoint(&device).await {
                    tracing::warn!(outcome = "endpoint not removed", deviceId = %device.device_id, cause = %error);
                }
                self.devices.forget(&device, before).await?;
            }
        }
        Ok(())
    }

    /// The endpoint goes before the row: a crash in between leaves the row, by which the next call finds both. An
    /// endpoint that another user has by now stays.
    async fn remove_endpoint(&self, device: &Device) -> Result<(), RegistrationError> {
        let there = self.devices.at(&device.endpoint).await?;
        if there.iter().all(|other| other.user_id == device.user_id) {
            self.phones.remove(&device.endpoint).await?;
        }
        Ok(())
    }
}
