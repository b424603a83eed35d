//! What they have had exported.

use crate::{EraseAccount, Erasure, Failure};

impl EraseAccount {
    /// Removes their exports, also those that are being made.
    pub(crate) async fn remove_exports(&self, mut erasure: Erasure) -> Result<Erasure, Failure> {
        self.erased_at(&erasure).await?;
        erasure.removed.exports += self.exports.remove_all(erasure.user_id).await?;
        Ok(erasure)
    }
}
