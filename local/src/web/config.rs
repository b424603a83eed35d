//! The client's configuration, which it reads at run time from `/config.json`.

use serde::Serialize;

use crate::description::Description;

/// The addresses of one deployment. On AWS, `web/hosting/publish` writes the same fields from the stack's outputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WebConfig {
    pub api_url: String,
    pub web_socket_url: String,
    /// Present if the deployment has a public client of the user pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_pool_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_pool_client_id: Option<String>,
    /// Users that the login page offers. Only a local stack has them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub demo_users: Vec<DemoLogin>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DemoLogin {
    pub email: String,
    pub password: String,
    pub name: String,
}

impl From<&Description> for WebConfig {
    fn from(stack: &Description) -> Self {
        let client = stack.public_user_pool_client_id.clone();
        Self {
            api_url: stack.api_url.clone(),
            web_socket_url: stack.web_socket_url.clone(),
            user_pool_id: client.is_some().then(|| stack.user_pool_id.clone()),
            user_pool_client_id: client,
            demo_users: stack
                .users
                .iter()
                .map(|user| DemoLogin {
                    email: user.email.clone(),
                    password: user.password.clone(),
                    name: user.name.clone(),
                })
                .collect(),
        }
    }
}
