//! The devices, and where SNS reaches them.

use crate::{EraseAccount, Erasure, Failure};

impl EraseAccount {
    /// Removes their devices. The endpoint goes first, so that whoever dies in between finds it again; one that somebody
    /// else has by now is theirs.
    pub(crate) async fn remove_devices(&self, mut erasure: Erasure) -> Result<Erasure, Failure> {
        self.erased_at(&erasure).await?;
        for device in self.devices.of_user(erasure.user_id).await? {
            let there = self.devices.at(&device.endpoint).await?;
            if there.iter().all(|other| other.user_id == device.user_id) {
                self.phones.remove(&device.endpoint).await?;
            }
            self.devices.remove(device.user_id, device.device_id).await?;
            erasure.removed.devices += 1;
        }
        Ok(erasure)
    }
}
