//! A client of the user pool, with its secret.

use aws_sdk_cognitoidentityprovider::Client;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::domain::Secret;
use crate::runtime::{Environment, MissingVariable};

/// A client of the user pool that has a secret. Only the functions that have the secret can use it.
#[derive(Debug, Clone)]
pub struct PoolClient {
    pub(super) sdk: Client,
    id: String,
    secret: Secret,
}

impl PoolClient {
    /// The client whose tokens frontends hold.
    ///
    /// # Errors
    /// When `USER_POOL_CLIENT_ID` or `USER_POOL_CLIENT_SECRET` is not set.
    pub fn of_frontends(environment: &Environment) -> Result<Self, MissingVariable> {
        Self::named(environment, "USER_POOL_CLIENT")
    }

    /// The client whose tokens never leave a function. They carry `aws.cognito.signin.user.admin`.
    ///
    /// # Errors
    /// When `ACCOUNT_CLIENT_ID` or `ACCOUNT_CLIENT_SECRET` is not set.
    pub fn of_functions(environment: &Environment) -> Result<Self, MissingVariable> {
        Self::named(environment, "ACCOUNT_CLIENT")
    }

    fn named(environment: &Environment, name: &str) -> Result<Self, MissingVariable> {
        let variable = |end: &str| environment.variable(&format!("{name}_{end}"));
        let secret = variable("SECRET")?;
        let secret = Secret::try_from(secret).map_err(|_| MissingVariable::named(format!("{name}_SECRET")))?;
        Ok(Self { sdk: Client::new(environment.aws()), id: variable("ID")?, secret })
    }

    /// Cognito's SDK, for calls that one function alone makes.
    pub fn sdk(&self) -> &Client {
        &self.sdk
    }

    /// The client's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The client's secret itself, for the calls that take no hash: `GetTokensFromRefreshToken`, `RevokeToken`.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The `SECRET_HASH` of a call about this username, as the call spells it: the proof that the caller has the secret.
    pub fn hash(&self, username: &str) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.secret.expose().as_bytes()) else {
            // HMAC takes keys of any length.
            return String::new();
        };
        mac.update(username.as_bytes());
        mac.update(self.id.as_bytes());
        STANDARD.encode(mac.finalize().into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use aws_config::{BehaviorVersion, SdkConfig};

    use super::*;

    fn client() -> PoolClient {
        let variables = [("ACCOUNT_CLIENT_ID", "client"), ("ACCOUNT_CLIENT_SECRET", "s3cr3t")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let aws = SdkConfig::builder().behavior_version(BehaviorVersion::v2026_01_12()).build();
        PoolClient::of_functions(&Environment::new(aws, HashMap::from(variables))).unwrap()
    }

    #[test]
    fn the_hash_is_the_one_that_cognito_computes() {
        // printf 'ana@example.comclient' | openssl dgst -sha256 -hmac s3cr3t -binary | base64
        assert_eq!(client().hash("ana@example.com"), "OTLsBemyM1F7jKsjpZCVqd3XjsK4/EN0lSgwOGuEwxU=");
    }

    #[test]
    fn the_secret_is_not_printed() {
        assert!(!format!("{:?}", client()).contains("s3cr3t"));
    }
}
