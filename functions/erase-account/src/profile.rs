//! Deletes the profile.

use paloma::domain::Timestamp;

use crate::{EraseAccount, Erasure, Failure};

impl EraseAccount {
    /// Deletes the profile except for the id and the time of the erasure. From here on the user has no account.
    pub(crate) async fn forget_profile(&self, erasure: Erasure) -> Result<Erasure, Failure> {
        let erased_at = self.accounts.erase(&self.users, erasure.user_id, Timestamp::now()).await?;
        self.accounts.delete_recovery_codes(erasure.user_id).await?;
        self.accounts.end_email_change(erasure.user_id).await?;
        Ok(Erasure { erased_at: Some(erased_at), ..erasure })
    }

    /// The time at which the profile was deleted. Every destructive step calls this first, so that an execution which
    /// starts in the middle destroys no data of a user who still has an account.
    pub(crate) async fn erased_at(&self, erasure: &Erasure) -> Result<Timestamp, Failure> {
        self.users.erased_at(erasure.user_id).await?.ok_or(Failure::TooEarly)
    }
}
