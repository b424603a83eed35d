//! Calls to the user pool, as its administrator and as a client with a token.

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::types::{AttributeType, MessageActionType};
use paloma::user_pool::PoolClient;
use serde_json::Value;

use crate::{Calls, World};

impl World {
    /// Cognito, as the administrator.
    pub fn cognito(&self) -> Client {
        Client::new(self.environment(&Calls::default()).aws())
    }

    /// The client of the functions: its tokens never leave a function.
    pub fn functions_client(&self) -> PoolClient {
        PoolClient::of_functions(&self.environment(&Calls::default())).unwrap()
    }

    /// The client of the frontends.
    pub fn frontends_client(&self) -> PoolClient {
        PoolClient::of_frontends(&self.environment(&Calls::default())).unwrap()
    }

    /// Calls Cognito without a signature, as a frontend can.
    ///
    /// # Errors
    /// The name of Cognito's error, such as `NotAuthorizedException`.
    pub async fn unsigned(&self, operation: &str, body: Value) -> Result<Value, String> {
        let request = reqwest::Client::new()
            .post(&self.description().endpoint_url)
            .header("x-amz-target", format!("AWSCognitoIdentityProviderService.{operation}"))
            .header("content-type", "application/x-amz-json-1.1")
            .body(body.to_string());
        let response = request.send().await.unwrap();
        let status = response.status();
        let answer: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap_or_default();
        if status == 200 {
            return Ok(answer);
        }
        Err(answer["__type"].as_str().unwrap_or_default().rsplit('#').next().unwrap_or_default().to_owned())
    }

    /// Creates a login with a temporary password and without a mail, as an administrator who invites a user.
    pub async fn invite(&self, email: &str, is_verified: bool, password: &str) {
        let call = self.cognito().admin_create_user().user_pool_id(&self.description().user_pool_id).username(email);
        let call = call.user_attributes(attribute("email", email));
        let call = call.user_attributes(attribute("email_verified", if is_verified { "true" } else { "false" }));
        let call = call.temporary_password(password).message_action(MessageActionType::Suppress);
        call.send().await.unwrap();
    }

    /// Sets attributes of a login, as an administrator.
    pub async fn set_attributes(&self, username: &str, attributes: &[(&str, &str)]) {
        let mut call = self.cognito().admin_update_user_attributes().user_pool_id(&self.description().user_pool_id);
        for (name, value) in attributes {
            call = call.user_attributes(attribute(name, value));
        }
        call.username(username).send().await.unwrap();
    }

    /// Deletes a login, as an administrator.
    pub async fn delete_login(&self, username: &str) {
        let call = self.cognito().admin_delete_user().user_pool_id(&self.description().user_pool_id);
        call.username(username).send().await.unwrap();
    }
}

fn attribute(name: &str, value: &str) -> AttributeType {
    AttributeType::builder().name(name).value(value).build().unwrap()
}
