//! App clients of the user pool, with their secrets.

use aws_sdk_cognitoidentityprovider::Client;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::domain::Secret;
use crate::runtime::{Environment, MissingVariable};

/// An app client of the user pool. It has a secret: only functions that have the secret can use it.
#[derive(Debug, Clone)]
pub struct PoolClient {
    pub(super) sdk: Client,
    id: String,
    secret: Secret,
}

impl PoolClient {
    /// The client for the tokens of frontends, from `USER_POOL_CLIENT_ID` and `USER_POOL_CLIENT_SECRET`.
    pub fn of_frontends(environment: &Environment) -> Result<Self, MissingVariable> {
        Self::named(environment, "USER_POOL_CLIENT")
    }

    /// The client for functions, from `ACCOUNT_CLIENT_ID` and `ACCOUNT_CLIENT_SECRET`. Its tokens have the scope
    /// `aws.cognito.signin.user.admin` and never leave the function.
    pub fn of_functions(environment: &Environment) -> Result<Self, MissingVariable> {
        Self::named(environment, "ACCOUNT_CLIENT")
    }

    fn named(environment: &Environment, name: &str) -> Result<Self, MissingVariable> {
        let variable = |end: &str| environment.variable(&format!("{name}_{end}"));
        let secret = variable("SECRET")?;
        let secret = Secret::try_from(secret).map_err(|_| MissingVariable::named(format!("{name}_SECRET")))?;
        Ok(Self { sdk: Client::new(environment.aws()), id: variable("ID")?, secret })
    }

    /// The SDK's client, for calls that only one function makes.
    pub fn sdk(&self) -> &Client {
        &self.sdk
    }

    /// The client's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The client's secret, for the calls that need it instead of a hash: `GetTokensFromRefreshToken`, `RevokeToken`.
    pub fn secret(&self) -> &Secret {
        &self.secret
    }

    /// The `SECRET_HASH` of a call about this username, in the spelling of the call. It proves that the caller has the
    /// secret.
    pub fn hash(&self, username: &str) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.secret.expose().as_bytes()) else {
            // Cannot happen: HMAC accepts keys of any length.
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
    fn the_hash_equals_the_hash_of_cognito() {
        // printf 'ana@example.comclient' | openssl dgst -sha256 -hmac s3cr3t -binary | base64
        assert_eq!(client().hash("ana@example.com"), "OTLsBemyM1F7jKsjpZCVqd3XjsK4/EN0lSgwOGuEwxU=");
    }

    #[test]
    fn the_secret_is_not_printed() {
        assert!(!format!("{:?}", client()).contains("s3cr3t"));
    }
}
