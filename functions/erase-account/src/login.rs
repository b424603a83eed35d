//! The login: blocked first, so that nobody comes back meanwhile, and deleted last.

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use paloma::domain::UserId;
use paloma::runtime::{Environment, MissingVariable};

use crate::{EraseAccount, Erasure, Failure};

/// The user pool of this deployment. A `sub` is a username there, too.
#[derive(Debug, Clone)]
pub(crate) struct Logins {
    client: Client,
    pool: String,
}

impl Logins {
    pub(crate) fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self { client: Client::new(environment.aws()), pool: environment.variable("USER_POOL_ID")? })
    }

    /// Blocks a login and ends its sessions; answers whether there is one.
    async fn block(&self, user: UserId) -> Result<bool, Failure> {
        let disabled = self.client.admin_disable_user().user_pool_id(&self.pool).username(user.to_string());
        if !unless_unknown(disabled.send().await)? {
            return Ok(false);
        }
        let signed_out = self.client.admin_user_global_sign_out().user_pool_id(&self.pool).username(user.to_string());
        unless_unknown(signed_out.send().await)
    }

    /// Deletes a login; answers whether there was one.
    async fn delete(&self, user: UserId) -> Result<bool, Failure> {
        let deleted = self.client.admin_delete_user().user_pool_id(&self.pool).username(user.to_string());
        unless_unknown(deleted.send().await)
    }
}

impl EraseAccount {
    /// Blocks the login. Refresh tokens are worth nothing from here on; access tokens live up to an hour more.
    pub(crate) async fn block_login(&self, erasure: Erasure) -> Result<Erasure, Failure> {
        let user_id = erasure.user_id;
        let known = self.logins.block(user_id).await?
            || self.users.erased_at(user_id).await?.is_some()
            || self.users.unknown_among(&[user_id]).await?.is_empty();
        if known { Ok(erasure) } else { Err(Failure::NoSuchAccount) }
    }

    /// Deletes the login. Whoever registers with the same address is somebody new.
    pub(crate) async fn delete_login(&self, mut erasure: Erasure) -> Result<Erasure, Failure> {
        self.erased_at(&erasure).await?;
        erasure.removed.logins += u64::from(self.logins.delete(erasure.user_id).await?);
        Ok(erasure)
    }
}

fn unless_unknown<T, E>(answer: Result<T, SdkError<E>>) -> Result<bool, Failure>
where
    E: std::error::Error + ProvideErrorMetadata + 'static,
{
    match answer {
        Ok(_) => Ok(true),
        Err(error) if error.code() == Some("UserNotFoundException") => Ok(false),
        Err(error) => Err(Failure::unavailable(DisplayErrorContext(&error))),
    }
}
