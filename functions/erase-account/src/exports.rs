//! Removes the user's exports.

use crate::{EraseAccount, Erasure, Failure};

impl EraseAccount {
    /// Removes the user's exports, including unfinished ones.
    pub(crate) async fn remove_exports(&self, mut erasure: Erasure) -> Result<Erasure, Failure> {
        self.erased_at(&erasure).await?;
        erasure.removed.exports += self.exports.delete_all(erasure.user_id).await?;
        Ok(erasure)
    }
}
