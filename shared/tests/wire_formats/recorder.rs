//! Records the requests that the library would send to AWS, and answers each with an empty success.

use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use paloma::runtime::Environment;
use serde_json::Value;

const VARIABLES: [(&str, &str); 22] = [
    ("ACCOUNTS_TABLE", "Accounts"),
    ("BLOCKS_TABLE", "Blocks"),
    ("CHANGES_TABLE", "Changes"),
    ("CHATS_TABLE", "Chats"),
    ("CONNECTIONS_TABLE", "Connections"),
    ("DEVICES_TABLE", "Devices"),
    ("MESSAGES_TABLE", "Messages"),
    ("MESSAGE_STATUS_TABLE", "MessageStatus"),
    ("REACTIONS_TABLE", "Reactions"),
    ("REPORTS_TABLE", "Reports"),
    ("TICKETS_TABLE", "Tickets"),
    ("USERS_TABLE", "Users"),
    ("DELIVERIES_QUEUE", "https://sqs.example.com/deliveries"),
    ("DELIVERIES_DEAD_LETTER_QUEUE", "https://sqs.example.com/deliveries-dead-letters"),
    ("NOTIFICATIONS_QUEUE", "https://sqs.example.com/notifications"),
    ("EVENT_BUS", "paloma"),
    ("SEND_BURST", "1"),
    ("MESSAGE_RETENTION_DAYS", "0"),
    ("SENDS_PER_SECOND", "1"),
    ("RARE_CALLS_FACTOR", "1"),
    ("SIGN_UPS_PER_DAY", "1"),
    ("SOCKET_ENDPOINT", "https://sockets.example.com"),
];

/// The bodies of the requests so far, oldest first. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recorder {
    bodies: Arc<Mutex<Vec<String>>>,
}

impl Recorder {
    /// An environment with clients that this recorder answers. Tables, queues and the bus have short names.
    pub(crate) fn environment(&self) -> Environment {
        self.environment_with(&[])
    }

    /// The same environment, with other values for some variables.
    pub(crate) fn environment_with(&self, others: &[(&str, &str)]) -> Environment {
        let aws = SdkConfig::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("eu-west-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new("id", "secret", None, None, "test")))
            .http_client(SharedHttpClient::new(self.clone()))
            .build();
        let variables = VARIABLES.iter().chain(others);
        Environment::new(aws, variables.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    /// The body of the last request, as text.
    pub(crate) fn body(&self) -> String {
        self.bodies.lock().unwrap().last().expect("a request").clone()
    }

    /// The body of the last request, as JSON. A value with its type is shortened: `{"N": "7"}`
    /// of DynamoDB is `"N 7"`.
    pub(crate) fn json(&self) -> Value {
        shortened(serde_json::from_str(&self.body()).expect("JSON"))
    }

    /// The rows that the last request puts.
    pub(crate) fn rows(&self) -> Vec<Value> {
        let request = self.json();
        match request["TransactItems"].as_array() {
            Some(parts) => parts.iter().filter_map(|part| part["Put"].get("Item")).cloned().collect(),
            None => vec![request["Item"].clone()],
        }
    }

    /// The only row that the last request puts.
    pub(crate) fn row(&self) -> Value {
        let rows = self.rows();
        let [row] = &rows[..] else { panic!("one row, not {}: {rows:#?}", rows.len()) };
        row.clone()
    }
}

impl HttpClient for Recorder {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Recorder {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().unwrap_or_default();
        self.bodies.lock().unwrap().push(String::from_utf8_lossy(body).into_owned());
        HttpConnectorFuture::ready(Ok(HttpResponse::new(200.try_into().unwrap(), "{}".into())))
    }
}

fn shortened(value: Value) -> Value {
    match value {
        Value::Object(fields) => match &fields.iter().map(|(name, value)| (&**name, value)).collect::<Vec<_>>()[..] {
            [(kind @ ("S" | "N"), Value::String(text))] => Value::from(format!("{kind} {text}")),
            [("DataType", Value::String(kind)), ("StringValue", Value::String(text))] => {
                Value::from(format!("{kind} {text}"))
            }
            [("M" | "L", inner)] => shortened((*inner).clone()),
            _ => fields.into_iter().map(|(name, value)| (name, shortened(value))).collect(),
        },
        Value::Array(items) => items.into_iter().map(shortened).collect(),
        Value::String(text) => wrapped(&text),
        other => other,
    }
}

/// A text, or the lines of a long one.
pub(crate) fn wrapped(text: &str) -> Value {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.len() + word.len() < 90 => line.extend([" ", word]),
            _ => lines.push(word.to_owned()),
        }
    }
    if lines.len() == 1 { Value::from(text) } else { Value::from(lines) }
}
