//! The profile.

use paloma::domain::Timestamp;

use crate::{EraseAccount, Erasure, Failure};

impl EraseAccount {
    /// Leaves nothing of the profile but that they were erased, and when. From here on everybody who asks for an account
    /// finds none.
    pub(crate) async fn forget_profile(&self, erasure: Erasure) -> Result<Erasure, Failure> {
        let erased_at = self.accounts.erase(&self.users, erasure.user_id, Timestamp::now()).await?;
        self.accounts.delete_recovery_codes(erasure.user_id).await?;
        self.accounts.end_email_change(erasure.user_id).await?;
        Ok(Erasure { erased_at: Some(erased_at), ..erasure })
    }

    /// Since when they are erased. What destroys asks first, so that no execution that was begun in its middle destroys
    /// anything of somebody who still has an account.
    pub(crate) async fn erased_at(&self, erasure: &Erasure) -> Result<Timestamp, Failure> {
        self.users.erased_at(erasure.user_id).await?.ok_or(Failure::TooEarly)
    }
}
