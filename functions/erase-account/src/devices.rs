//! The devices, and where SNS reaches them.

use crate::{EraseAccount, Erasure, Failure};

impl EraseAccount {
    /// Removes the user's devices.
    pub(crate) async fn remove_devices(&self, mut erasure: Erasure) -> Result<Erasure, Failure> {
        self.erased_at(&erasure).await?;
        erasure.removed.devices += self.registrations.remove_all(erasure.user_id).await?;
        Ok(erasure)
    }
}
