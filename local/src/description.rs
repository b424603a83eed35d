//! The description of a running stack: the content of `stack.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The addresses and names of one local stack. Clients, tests and the operators' command line read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Description {
    /// The engine's address, for all AWS services.
    pub endpoint_url: String,
    pub region: String,
    /// Base URL of the REST API, without a trailing slash.
    pub api_url: String,
    /// URL of the WebSocket API. A client appends `?ticket=`.
    pub web_socket_url: String,
    pub user_pool_id: String,
    /// The frontend's client of the user pool.
    pub user_pool_client_id: String,
    /// The client of frontends that call Cognito themselves, if the deployment has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_user_pool_client_id: Option<String>,
    /// Names of the tables, by `users`, `messageStatus` and so on.
    pub tables: BTreeMap<String, String>,
    /// URLs of the queues, by `summaries`, `summariesDeadLetter` and so on.
    pub queues: BTreeMap<String, String>,
    /// ARNs of the SNS topics, by `alarms` and so on.
    pub topics: BTreeMap<String, String>,
    /// ARNs of the SNS platform applications, by `fcm`, `apns` and `apnsSandbox`.
    pub platform_applications: BTreeMap<String, String>,
    /// ARNs of the workflows.
    pub state_machines: BTreeMap<String, String>,
    /// The bus of domain events, if the deployment has one.
    pub event_bus: Option<String>,
    /// The users that were created with the stack.
    pub users: Vec<DemoUser>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DemoUser {
    pub email: String,
    pub password: String,
    /// The Cognito `sub`.
    pub user_id: String,
    pub name: String,
}

/// A user to create with the stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewUser {
    pub email: String,
    /// At least 10 characters, upper and lower case, and a digit.
    pub password: String,
    /// By default the part of the address before the `@`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl NewUser {
    pub(crate) fn created(&self, user_id: String) -> DemoUser {
        let name = self.name.clone().or_else(|| self.email.split('@').next().map(str::to_owned)).unwrap_or_default();
        DemoUser { email: self.email.clone(), password: self.password.clone(), user_id, name }
    }
}

/// The region of the local account.
pub(crate) const REGION: &str = "us-east-1";

impl Description {
    /// Reads the outputs of the CloudFormation stack. The suffix of an output's name gives its kind.
    pub(crate) fn from_outputs(endpoint_url: &str, outputs: &BTreeMap<String, String>) -> Result<Self, Error> {
        let output = |name| outputs.get(name).ok_or(Error::MissingOutput(name));
        Ok(Self {
            endpoint_url: endpoint_url.to_owned(),
            region: REGION.to_owned(),
            api_url: local_address(endpoint_url, output("ApiUrl")?),
            web_socket_url: local_address(&endpoint_url.replacen("http", "ws", 1), output("WebSocketUrl")?),
            user_pool_id: output("UserPoolId")?.clone(),
            user_pool_client_id: output("UserPoolClientId")?.clone(),
            public_user_pool_client_id: outputs.get("PublicUserPoolClientId").cloned(),
            tables: ending_in("Table", outputs),
            queues: ending_in("Queue", outputs),
            topics: ending_in("Topic", outputs),
            platform_applications: BTreeMap::new(),
            state_machines: ending_in("StateMachine", outputs),
            event_bus: outputs.get("EventBus").cloned(),
            users: Vec::new(),
        })
    }
}

/// Converts `https://{api}.execute-api.…/{stage}` to the engine's URL: the host name does not resolve locally.
fn local_address(endpoint_url: &str, url: &str) -> String {
    let address = url.split_once("://").map_or(url, |(_, address)| address);
    let (host, stage) = address.split_once('/').unwrap_or((address, ""));
    let api = host.split('.').next().unwrap_or_default();
    let stage = if stage.is_empty() { "$default" } else { stage.trim_end_matches('/') };
    format!("{endpoint_url}/_aws/execute-api/{api}/{stage}")
}

/// The outputs with this suffix: `MessageStatusTable` becomes the `Table` with the key `messageStatus`.
fn ending_in(suffix: &str, outputs: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let named = |(name, value): (&String, &String)| {
        let name = name.strip_suffix(suffix)?;
        let first = name.chars().next()?;
        Some((first.to_lowercase().chain(name.chars().skip(1)).collect(), value.clone()))
    };
    outputs.iter().filter_map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn outputs_become_a_description() -> Result<(), Error> {
        let outputs = outputs(&[
            ("ApiUrl", "http://httpapi.execute-api.localhost:4566"),
            ("WebSocketUrl", "wss://websocketapi.execute-api.us-east-1.amazonaws.com/dev"),
            ("UserPoolId", "us-east-1_1"),
            ("UserPoolClientId", "client"),
            ("MessageStatusTable", "dev-message-status"),
            ("SummariesQueue", "http://q/summaries"),
            ("SummariesDeadLetterQueue", "http://q/summaries-dead-letter"),
            ("PushFailuresTopic", "arn:push-failures"),
            ("EraseAccountStateMachine", "arn:erase"),
        ]);
        let description = Description::from_outputs("http://127.0.0.1:4566", &outputs)?;
        assert_eq!(description.api_url, "http://127.0.0.1:4566/_aws/execute-api/httpapi/$default");
        assert_eq!(description.web_socket_url, "ws://127.0.0.1:4566/_aws/execute-api/websocketapi/dev");
        assert_eq!(description.tables["messageStatus"], "dev-message-status");
        assert_eq!(description.queues["summaries"], "http://q/summaries");
        assert_eq!(description.queues["summariesDeadLetter"], "http://q/summaries-dead-letter");
        assert_eq!(description.topics["pushFailures"], "arn:push-failures");
        assert_eq!(description.state_machines["eraseAccount"], "arn:erase");
        assert_eq!(description.event_bus, None);
        Ok(())
    }

    #[test]
    fn a_missing_output_is_named() {
        let description = Description::from_outputs("http://127.0.0.1:4566", &outputs(&[]));
        assert!(matches!(description, Err(Error::MissingOutput("ApiUrl"))));
    }
}
