//! Removes the user's devices and their SNS endpoints.

use crate::{EraseAccount, Erasure, Failure};

impl EraseAccount {
    pub(crate) async fn remove_devices(&self, mut erasure: Erasure) -> Result<Erasure, Failure> {
        self.erased_at(&erasure).await?;
        erasure.removed.devices += self.registrations.remove_all(erasure.user_id).await?;
        Ok(erasure)
    }
}
