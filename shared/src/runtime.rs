//! The start of every function: configuration, clients and log.

use std::collections::HashMap;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::tls;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::JsonFields;

mod tables;

use crate::bus::Bus;
use crate::conflicts::TransactionConflicts;
use crate::exports::Exports;
use crate::metrics::{Monitoring, WithMetrics, json_line};
use crate::phones::{Phones, Registrations};
use crate::posts::Poster;
use crate::queue::{ConsumedQueue, DeadLetterSender, DeliveryJob, NotificationJob, PresenceJob, Queue, SummaryJob};
use crate::settlement::{TICK_TIME, TickPoster};
use crate::socket::Sockets;

/// Time limit for an answer of the sockets' gateway.
const SOCKET_TIME: Duration = Duration::from_secs(10);

/// The template has not set an environment variable, or its value is invalid. Every method of [`Environment`] that
/// reads a variable can return this error.
#[derive(Debug, thiserror::Error)]
#[error("the environment variable {0} is missing or invalid: the function's resource in template.yaml sets it")]
pub struct MissingVariable(String);

impl MissingVariable {
    pub(crate) fn named(name: String) -> Self {
        Self(name)
    }
}

/// The environment of a function: AWS, and the names of its tables and queues. A function creates its clients once,
/// when it starts.
#[derive(Debug, Clone)]
pub struct Environment {
    aws: SdkConfig,
    variables: HashMap<String, String>,
}

impl Environment {
    /// The environment of this process: its role and its environment variables.
    pub async fn of_process() -> Self {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
            .build_https();
        let aws = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .http_client(http)
            // The SDK has no time limits by default. A function has 10 s.
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(Duration::from_secs(1))
                    .operation_attempt_timeout(Duration::from_secs(3))
                    .operation_timeout(Duration::from_secs(8))
                    .build(),
            )
            // The first retry replaces a connection that became stale while the function was frozen. Retries have
            // jitter and a token bucket, so that they stop soon if a service is down.
            .retry_config(RetryConfig::standard().with_max_attempts(5).with_initial_backoff(Duration::from_millis(50)))
            .load()
            .await;
        Self { aws, variables: std::env::vars().collect() }
    }

    /// An environment for tests and tools.
    pub fn new(aws: SdkConfig, variables: HashMap<String, String>) -> Self {
        Self { aws, variables }
    }

    /// The configuration for clients.
    pub fn aws(&self) -> &SdkConfig {
        &self.aws
    }

    /// The value of an environment variable.
    pub fn variable(&self, name: &str) -> Result<String, MissingVariable> {
        self.variables.get(name).cloned().ok_or_else(|| MissingVariable(name.to_owned()))
    }

    fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let config = aws_sdk_dynamodb::config::Builder::from(&self.aws).retry_classifier(TransactionConflicts).build();
        aws_sdk_dynamodb::Client::from_conf(config)
    }

    /// A client of SQS.
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.aws)
    }

    /// The queue that a function consumes, and its dead-letter queue: for `SUMMARIES`, they are `SUMMARIES_QUEUE` and
    /// `SUMMARIES_DEAD_LETTER_QUEUE`.
    pub fn source(&self, name: &str) -> Result<ConsumedQueue, MissingVariable> {
        Ok(ConsumedQueue::new(self.sqs(), self.variable(&format!("{name}_QUEUE"))?, self.dead_letters(name)?))
    }

    /// A dead-letter queue: for `SUMMARIES`, it is `SUMMARIES_DEAD_LETTER_QUEUE`.
    pub fn dead_letters(&self, name: &str) -> Result<DeadLetterSender, MissingVariable> {
        Ok(DeadLetterSender::new(self.sqs(), self.variable(&format!("{name}_DEAD_LETTER_QUEUE"))?))
    }

    /// The queue that update-summaries consumes, from `SUMMARIES_QUEUE`.
    pub fn summaries(&self) -> Result<Queue<SummaryJob>, MissingVariable> {
        Ok(Queue::new(self.sqs(), self.variable("SUMMARIES_QUEUE")?))
    }

    /// The queue that fan-out consumes, from `DELIVERIES_QUEUE`.
    pub fn deliveries(&self) -> Result<Queue<DeliveryJob>, MissingVariable> {
        Ok(Queue::new(self.sqs(), self.variable("DELIVERIES_QUEUE")?))
    }

    /// The queue that push consumes, from `NOTIFICATIONS_QUEUE`.
    pub fn notifications(&self) -> Result<Queue<NotificationJob>, MissingVariable> {
        Ok(Queue::new(self.sqs(), self.variable("NOTIFICATIONS_QUEUE")?))
    }

    /// The queue that track-presence consumes, from `PRESENCE_QUEUE`.
    pub fn presence_jobs(&self) -> Result<Queue<PresenceJob>, MissingVariable> {
        Ok(Queue::new(self.sqs(), self.variable("PRESENCE_QUEUE")?))
    }

    /// The bus for domain events, from `EVENT_BUS`.
    pub fn bus(&self) -> Result<Bus, MissingVariable> {
        Ok(Bus::new(&self.aws, self.variable("EVENT_BUS")?))
    }

    /// The bucket of exports, from `EXPORTS_BUCKET`.
    pub fn exports(&self) -> Result<Exports, MissingVariable> {
        Ok(Exports::new(&self.aws, self.variable("EXPORTS_BUCKET")?))
    }

    /// The phones that SNS reaches.
    pub fn phones(&self) -> Phones {
        Phones::new(&self.aws)
    }

    /// The registered phones, with their endpoints, from `DEVICES_TABLE`.
    pub fn registrations(&self) -> Result<Registrations, MissingVariable> {
        Ok(Registrations::new(self.devices()?, self.phones()))
    }

    /// The sockets of this deployment and their rows, with this time limit for the posts to one recipient.
    pub fn poster(&self, recipient_time: Duration) -> Result<Poster, MissingVariable> {
        Ok(Poster { sockets: self.sockets()?, connections: self.connections()?, recipient_time })
    }

    /// The delivery of status events by this function itself.
    pub fn tick_poster(&self) -> Result<TickPoster, MissingVariable> {
        Ok(TickPoster::new(self.poster(TICK_TIME)?, self.reachability()?, self.deliveries()?))
    }

    /// The value of an environment variable that is `true` or `false`.
    pub fn flag(&self, name: &str) -> Result<bool, MissingVariable> {
        Ok(self.variable(name)? == "true")
    }

    /// The sockets of this deployment, from `SOCKET_ENDPOINT`.
    pub fn sockets(&self) -> Result<Sockets, MissingVariable> {
        // The callers have shorter limits. A repeated attempt would post the frame twice.
        let time_limits = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(1))
            .operation_attempt_timeout(SOCKET_TIME)
            .operation_timeout(SOCKET_TIME)
            .build();
        let config = aws_sdk_apigatewaymanagement::config::Builder::from(&self.aws)
            .endpoint_url(self.variable("SOCKET_ENDPOINT")?)
            .timeout_config(time_limits)
            .build();
        Ok(Sockets::new(aws_sdk_apigatewaymanagement::Client::from_conf(config)))
    }
}

/// Paloma's own lines, and only warnings and errors of libraries.
const QUIET_LIBRARIES: &str =
    "info,aws_config=warn,aws_runtime=warn,aws_smithy_runtime=warn,hyper=warn,lambda_runtime=warn";

/// Starts the log: one line of JSON per invocation or job. CloudWatch reads the metrics from these lines.
///
/// `RUST_LOG` changes the levels. At every level, Paloma's lines hold no message content, no tokens and no passwords.
pub fn start_log() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(QUIET_LIBRARIES));
    let variable = |name| std::env::var(name).unwrap_or_else(|_| "unknown".to_owned());
    let lines = WithMetrics {
        line: json_line(),
        stage: variable("STAGE"),
        function: variable("AWS_LAMBDA_FUNCTION_NAME"),
        monitoring: Monitoring::named(&variable("MONITORING")),
    };
    tracing_subscriber::fmt().fmt_fields(JsonFields::new()).event_format(lines).with_env_filter(filter).init();
}
