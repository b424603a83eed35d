//! The environments in which tests run functions in this process.

use std::collections::{BTreeMap, HashMap};

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use paloma::runtime::Environment;

use crate::{Calls, World};

/// The keys of the account's administrator on the engine.
const ADMINISTRATOR: (&str, &str, Option<String>) = ("000000000000", "local", None);

/// Limits: the parameter of the template, the variable of functions, the value.
const SEND_LIMITS: [(&str, &str, &str); 3] = [
    ("SendBurst", "SEND_BURST", "100000"),
    ("SendsPerSecond", "SENDS_PER_SECOND", "1000"),
    ("SignUpsPerDay", "SIGN_UPS_PER_DAY", "100000"),
];

impl World {
    /// The environment of a function that runs in this process as the administrator. It uses the real tables and
    /// queues; `calls` records every call, and can fail it.
    pub fn environment(&self, calls: &Calls) -> Environment {
        Environment::new(self.aws(calls, ADMINISTRATOR), self.variables())
    }

    /// The same environment, with another endpoint for posting frames.
    pub fn environment_posting_to(&self, calls: &Calls, endpoint: &str) -> Environment {
        self.environment_of_calls(calls, &[("SOCKET_ENDPOINT", endpoint)])
    }

    /// The same environment, with other values for some variables.
    pub fn environment_with(&self, variables: &[(&str, &str)]) -> Environment {
        self.environment_of_calls(&Calls::default(), variables)
    }

    /// The same environment, with other values for some variables, and with calls that are recorded.
    pub fn environment_of_calls(&self, calls: &Calls, variables: &[(&str, &str)]) -> Environment {
        let mut all = self.variables();
        all.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Environment::new(self.aws(calls, ADMINISTRATOR), all)
    }

    /// The environment of a function with the credentials of its own role.
    pub async fn environment_of(&self, function: &str) -> Environment {
        let role = self.stack.function_credentials(function).await.unwrap_or_else(|error| panic!("{error}"));
        self.environment_as(&role)
    }

    /// The same, with other values for some variables.
    pub async fn environment_of_with(&self, function: &str, variables: &[(&str, &str)]) -> Environment {
        let role = self.stack.function_credentials(function).await.unwrap_or_else(|error| panic!("{error}"));
        let token = Some(role.session_token.clone());
        let keys = (role.access_key_id.as_str(), role.secret_access_key.as_str(), token);
        let others = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Environment::new(self.aws(&Calls::default(), keys), self.variables().into_iter().chain(others).collect())
    }

    /// The environment of a function with these credentials.
    pub fn environment_as(&self, credentials: &paloma_local::Credentials) -> Environment {
        let token = Some(credentials.session_token.clone());
        let keys = (credentials.access_key_id.as_str(), credentials.secret_access_key.as_str(), token);
        Environment::new(self.aws(&Calls::default(), keys), self.variables())
    }

    fn aws(&self, calls: &Calls, (key, secret, token): (&str, &str, Option<String>)) -> SdkConfig {
        let credentials = Credentials::new(key, secret, token, None, "test");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .endpoint_url(&self.description().endpoint_url)
            .region(Region::new(self.description().region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(calls.client())
            // A crashed function must not retry.
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::disabled())
            .build()
    }

    /// The variables that the template sets for functions.
    pub fn variables(&self) -> HashMap<String, String> {
        let description = self.description();
        let tables = description.tables.iter().map(|(name, value)| (format!("{}_TABLE", upper(name)), value.clone()));
        let queues = description.queues.iter().map(|(name, url)| (format!("{}_QUEUE", upper(name)), url.clone()));
        let socket = description.web_socket_url.replacen("ws", "http", 1);
        let application = |name: &str| description.platform_applications.get(name).cloned().unwrap_or_default();
        let others = [
            ("SOCKET_ENDPOINT", socket),
            ("EVENT_BUS", description.event_bus.clone().unwrap_or_default()),
            ("FCM_APPLICATION", application("fcm")),
            ("APNS_APPLICATION", application("apns")),
            ("APNS_SANDBOX_APPLICATION", application("apnsSandbox")),
            ("RARE_CALLS_FACTOR", "1".to_owned()),
            ("PUSH_CONTENT", "true".to_owned()),
            ("EVENT_CONTENT", "false".to_owned()),
            ("MESSAGE_RETENTION_DAYS", "0".to_owned()),
            ("MESSAGE_REQUESTS", "false".to_owned()),
            ("USER_POOL_ID", description.user_pool_id.clone()),
            ("EXPORTS_BUCKET", format!("dev-paloma-exports-000000000000-{}", description.region)),
        ];
        let workflows = description.state_machines.iter();
        let workflows = workflows.map(|(name, arn)| (format!("{}_STATE_MACHINE", upper(name)), arn.clone()));
        let limits = SEND_LIMITS.map(|(_, variable, value)| (variable.to_owned(), value.to_owned()));
        let others = others.map(|(name, value)| (name.to_owned(), value));
        let clients = self.clients.clone();
        tables.chain(queues).chain(workflows).chain(others).chain(limits).chain(clients).collect()
    }
}

/// Limits so high that no test reaches them by accident. A test of limits grants lower ones to its own users. And all
/// users know each other: a test of requests asks for them.
pub(crate) fn generous_limits() -> BTreeMap<String, String> {
    let known = ("MessageRequests".to_owned(), "false".to_owned());
    let limits = SEND_LIMITS.map(|(parameter, _, value)| (parameter.to_owned(), value.to_owned()));
    limits.into_iter().chain([known]).collect()
}

fn upper(name: &str) -> String {
    name.chars().fold(String::new(), |mut upper, letter| {
        if letter.is_uppercase() {
            upper.push('_');
        }
        upper.extend(letter.to_uppercase());
        upper
    })
}
