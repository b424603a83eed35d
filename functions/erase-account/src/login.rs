//! Blocks the login first, so that the user cannot log in during the erasure, and deletes it last.

use crate::{EraseAccount, Erasure, Failure};

impl EraseAccount {
    /// Blocks the login. Refresh tokens are invalid from here on, and access tokens expire within an hour.
    pub(crate) async fn block_login(&self, erasure: Erasure) -> Result<Erasure, Failure> {
        let user_id = erasure.user_id;
        let known = self.logins.block(user_id).await?
            || self.users.erased_at(user_id).await?.is_some()
            || self.users.unknown_among(&[user_id]).await?.is_empty();
        if known { Ok(erasure) } else { Err(Failure::NoSuchAccount) }
    }

    /// Deletes the login. A registration with the same address creates a new user.
    pub(crate) async fn delete_login(&self, mut erasure: Erasure) -> Result<Erasure, Failure> {
        self.erased_at(&erasure).await?;
        erasure.removed.logins += u64::from(self.logins.delete(erasure.user_id).await?);
        Ok(erasure)
    }
}
