//! The calls to Cognito.

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};
use paloma::call_error::CallError;
use paloma::domain::UserId;
use paloma::runtime::{Environment, MissingVariable};

use crate::failure::Failure;

/// The logins in the user pool. Cognito accepts a `sub` as a username.
#[derive(Debug, Clone)]
pub(crate) struct Logins {
    client: Client,
    pool: String,
}

impl Logins {
    pub(crate) fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self { client: Client::new(environment.aws()), pool: environment.variable("USER_POOL_ID")? })
    }

    /// Blocks a login and ends its sessions. Returns whether the login exists.
    pub(crate) async fn block(&self, user: UserId) -> Result<bool, Failure> {
        let disabled = self.client.admin_disable_user().user_pool_id(&self.pool).username(user.to_string());
        if !unless_unknown("AdminDisableUser", disabled.send().await)? {
            return Ok(false);
        }
        let signed_out = self.client.admin_user_global_sign_out().user_pool_id(&self.pool).username(user.to_string());
        unless_unknown("AdminUserGlobalSignOut", signed_out.send().await)
    }

    /// Deletes a login. Returns whether it existed.
    pub(crate) async fn delete(&self, user: UserId) -> Result<bool, Failure> {
        let deleted = self.client.admin_delete_user().user_pool_id(&self.pool).username(user.to_string());
        unless_unknown("AdminDeleteUser", deleted.send().await)
    }
}

fn unless_unknown<T, E>(operation: &'static str, answer: Result<T, SdkError<E>>) -> Result<bool, Failure>
where
    E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
{
    match answer {
        Ok(_) => Ok(true),
        Err(error) if error.code() == Some("UserNotFoundException") => Ok(false),
        Err(error) => Err(CallError::of(operation)(error).into()),
    }
}
