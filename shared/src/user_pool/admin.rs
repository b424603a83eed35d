//! Operations on logins that need the function's role, and no password of the user.

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::types::{AttributeType, UserStatusType};

use super::PoolError;
use crate::domain::{Email, Password, UserId};
use crate::runtime::{Environment, MissingVariable};

/// The user pool of this deployment.
#[derive(Debug, Clone)]
pub struct UserPool {
    sdk: Client,
    id: String,
}

/// A login in the user pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolUser {
    /// The user of the login: its attribute `sub`.
    pub user_id: UserId,
    /// The address, if it is valid.
    pub email: Option<Email>,
    /// The progress of the sign-up.
    pub status: LoginStatus,
    /// Whether the login works: an operator or an erasure can block it.
    pub is_enabled: bool,
    /// Whether the user has a second factor.
    pub has_mfa: bool,
}

/// The progress of a sign-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginStatus {
    /// The user has signed up, and has not proved the mailbox.
    Unconfirmed,
    /// Any later state.
    Confirmed,
}

impl UserPool {
    /// The pool that `USER_POOL_ID` names.
    pub fn new(environment: &Environment) -> Result<Self, MissingVariable> {
        Ok(Self { sdk: Client::new(environment.aws()), id: environment.variable("USER_POOL_ID")? })
    }

    /// The SDK's client, for calls that only one function makes.
    pub fn sdk(&self) -> &Client {
        &self.sdk
    }

    /// The pool's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The login with this address or user id. Calls `AdminGetUser`.
    pub async fn user(&self, username: &str) -> Result<Option<PoolUser>, PoolError> {
        let answer = self.sdk.admin_get_user().user_pool_id(&self.id).username(username).send().await;
        let user = match answer.map_err(PoolError::of("AdminGetUser")) {
            Ok(user) => user,
            Err(PoolError::Rejected | PoolError::Invalid(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let attribute = |name: &str| {
            let attributes = user.user_attributes.as_deref().unwrap_or_default();
            attributes.iter().find(|attribute| attribute.name == name).and_then(|attribute| attribute.value.clone())
        };
        let user_id = attribute("sub").and_then(|sub| sub.parse().ok());
        let is_confirmed = user.user_status != Some(UserStatusType::Unconfirmed);
        Ok(Some(PoolUser {
            user_id: user_id.ok_or_else(|| PoolError::incomplete("AdminGetUser", "sub that is a UUID"))?,
            email: attribute("email").and_then(|email| Email::try_from(email).ok()),
            status: if is_confirmed { LoginStatus::Confirmed } else { LoginStatus::Unconfirmed },
            is_enabled: user.enabled,
            has_mfa: user.user_mfa_setting_list.is_some_and(|factors| !factors.is_empty()),
        }))
    }

    /// Sets a permanent password. Calls `AdminSetUserPassword`.
    ///
    /// # Errors
    /// [`PoolError::Rejected`] if the user does not exist.
    pub async fn set_password(&self, user_id: UserId, password: &Password) -> Result<(), PoolError> {
        let call = self.sdk.admin_set_user_password().user_pool_id(&self.id).username(user_id.to_string());
        let call = call.password(password.expose()).permanent(true).send().await;
        call.map_err(PoolError::of("AdminSetUserPassword")).map(drop)
    }

    /// Replaces the address of a user by this one, as a verified address. Calls `AdminUpdateUserAttributes`.
    ///
    /// # Errors
    /// [`PoolError::Exists`] if another login has the address, [`PoolError::Rejected`] if the user does not exist.
    pub async fn set_email(&self, user_id: UserId, email: &Email) -> Result<(), PoolError> {
        let attribute = |name: &str, value: &str| AttributeType::builder().name(name).value(value).build();
        let attributes = [attribute("email", email.as_str()), attribute("email_verified", "true")];
        let attributes: Result<Vec<_>, _> = attributes.into_iter().collect();
        let attributes = attributes.map_err(|error| PoolError::Invalid(error.to_string()))?;
        let call = self.sdk.admin_update_user_attributes().user_pool_id(&self.id).username(user_id.to_string());
        let call = call.set_user_attributes(Some(attributes)).send().await;
        call.map_err(PoolError::of("AdminUpdateUserAttributes")).map(drop)
    }

    /// Deletes a login. Does nothing if the user does not exist. Calls `AdminDeleteUser`.
    pub async fn delete(&self, user_id: UserId) -> Result<(), PoolError> {
        let call = self.sdk.admin_delete_user().user_pool_id(&self.id).username(user_id.to_string());
        match call.send().await.map_err(PoolError::of("AdminDeleteUser")) {
            Ok(_) | Err(PoolError::Rejected) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Blocks the login of a user, or unblocks it. Does nothing if the user does not exist. Calls `AdminDisableUser` or
    /// `AdminEnableUser`.
    pub async fn enable(&self, user_id: UserId, enabled: bool) -> Result<(), PoolError> {
        let (pool, user) = (&self.id, user_id.to_string());
        let done = if enabled {
            let call = self.sdk.admin_enable_user().user_pool_id(pool).username(user).send().await;
            call.map_err(PoolError::of("AdminEnableUser")).map(drop)
        } else {
            let call = self.sdk.admin_disable_user().user_pool_id(pool).username(user).send().await;
            call.map_err(PoolError::of("AdminDisableUser")).map(drop)
        };
        match done {
            Err(PoolError::Rejected) => Ok(()),
            done => done,
        }
    }

    /// Ends all refresh tokens of a user. Does nothing if the user does not exist. Calls `AdminUserGlobalSignOut`.
    /// Access tokens stay valid at Cognito: Paloma rejects them by the time in the Accounts table.
    pub async fn end_refresh_tokens(&self, user_id: UserId) -> Result<(), PoolError> {
        let call = self.sdk.admin_user_global_sign_out().user_pool_id(&self.id).username(user_id.to_string());
        match call.send().await.map_err(PoolError::of("AdminUserGlobalSignOut")) {
            Ok(_) | Err(PoolError::Rejected) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
