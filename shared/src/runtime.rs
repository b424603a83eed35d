//! What every function starts with: its configuration, its clients, its log.

use std::collections::HashMap;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::tls;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::{JsonFields, format};

use crate::bus::Bus;
use crate::conflicts::TransactionConflicts;
use crate::domain::SendLimit;
use crate::exports::Exports;
use crate::metrics::WithMetrics;
use crate::phones::{Phones, Registrations};
use crate::queue::{DeadLetterSender, DeliveryJob, NotificationJob, PresenceJob, Queue, Source, SummaryJob};
use crate::socket::Sockets;
use crate::store::{Accounts, Chats, Connections, Devices, Limits, MessageLog, Messages, Statuses, Tickets, Users};

/// A setting that the template should have given.
#[derive(Debug, thiserror::Error)]
#[error("the environment variable {0} is missing: the function's resource in template.yaml sets it")]
pub struct MissingVariable(String);

impl MissingVariable {
    pub(crate) fn named(name: String) -> Self {
        Self(name)
    }
}

/// What a function is given: AWS, and the names of its tables and queues. Clients are made once, when it starts.
#[derive(Debug, Clone)]
pub struct Environment {
    aws: SdkConfig,
    variables: HashMap<String, String>,
}

impl Environment {
    /// The environment of this process: its role, and its environment variables.
    pub async fn of_process() -> Self {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
            .build_https();
        let aws = aws_config::defaults(BehaviorVersion::v2026_01_12())
            .http_client(http)
            // The SDK waits for ever unless told otherwise; a function has 10 s.
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(Duration::from_secs(1))
                    .operation_attempt_timeout(Duration::from_secs(3))
                    .operation_timeout(Duration::from_secs(8))
                    .build(),
            )
            // A connection may have gone stale while the function was frozen: the first retry heals that. Retries come
            // with jitter, and with a budget that a broken service soon uses up.
            .retry_config(RetryConfig::standard().with_max_attempts(5).with_initial_backoff(Duration::from_millis(50)))
            .load()
            .await;
        Self { aws, variables: std::env::vars().collect() }
    }

    /// An environment made by hand, for tests and tools.
    pub fn new(aws: SdkConfig, variables: HashMap<String, String>) -> Self {
        Self { aws, variables }
    }

    /// The configuration that clients are made from.
    pub fn aws(&self) -> &SdkConfig {
        &self.aws
    }

    /// A setting.
    ///
    /// # Errors
    /// When it is not there.
    pub fn variable(&self, name: &str) -> Result<String, MissingVariable> {
        self.variables.get(name).cloned().ok_or_else(|| MissingVariable(name.to_owned()))
    }

    fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        let config = aws_sdk_dynamodb::config::Builder::from(&self.aws).retry_classifier(TransactionConflicts).build();
        aws_sdk_dynamodb::Client::from_conf(config)
    }

    /// The client of SQS.
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::new(&self.aws)
    }

    /// The queue that a function consumes, by the name that its variables begin with, such as `SUMMARIES`.
    ///
    /// # Errors
    /// When `…_QUEUE` or `…_DEAD_LETTER_QUEUE` is not set.
    pub fn source(&self, name: &str) -> Result<Source, MissingVariable> {
        Ok(Source::new(self.sqs(), self.variable(&format!("{name}_QUEUE"))?, self.dead_letters(name)?))
    }

    /// The dead-letter queue of this name, such as `SUMMARIES`.
    ///
    /// # Errors
    /// When `…_DEAD_LETTER_QUEUE` is not set.
    pub fn dead_letters(&self, name: &str) -> Result<DeadLetterSender, MissingVariable> {
        Ok(DeadLetterSender::new(self.sqs(), self.variable(&format!("{name}_DEAD_LETTER_QUEUE"))?))
    }

    /// The Users table.
    ///
    /// # Errors
    /// When `USERS_TABLE` is not set.
    pub fn users(&self) -> Result<Users, MissingVariable> {
        Ok(Users::new(self.dynamodb(), self.variable("USERS_TABLE")?))
    }

    /// The Accounts table, with the limits of this deployment.
    ///
    /// # Errors
    /// When `ACCOUNTS_TABLE` is not set, or a limit is not set or no number.
    pub fn accounts(&self) -> Result<Accounts, MissingVariable> {
        let number = |name: &str| self.variable(name)?.parse().map_err(|_| MissingVariable(name.to_owned()));
        let limits = Limits {
            send: SendLimit { burst: number("SEND_BURST")?, per_second: number("SENDS_PER_SECOND")? },
            rare_calls_factor: number("RARE_CALLS_FACTOR")?,
            sign_ups_per_day: number("SIGN_UPS_PER_DAY")?,
        };
        Ok(Accounts::new(self.dynamodb(), self.variable("ACCOUNTS_TABLE")?, limits))
    }

    /// The Tickets table.
    ///
    /// # Errors
    /// When `TICKETS_TABLE` is not set.
    pub fn tickets(&self) -> Result<Tickets, MissingVariable> {
        Ok(Tickets::new(self.dynamodb(), self.variable("TICKETS_TABLE")?))
    }

    /// The Chats table.
    ///
    /// # Errors
    /// When `CHATS_TABLE` is not set.
    pub fn chats(&self) -> Result<Chats, MissingVariable> {
        Ok(Chats::new(self.dynamodb(), self.variable("CHATS_TABLE")?))
    }

    /// The Messages table.
    ///
    /// # Errors
    /// When `MESSAGES_TABLE` is not set.
    pub fn messages(&self) -> Result<Messages, MissingVariable> {
        Ok(Messages::new(self.dynamodb(), self.variable("MESSAGES_TABLE")?))
    }

    /// Where messages are accepted.
    ///
    /// # Errors
    /// When `CHATS_TABLE` or `MESSAGES_TABLE` is not set.
    pub fn message_log(&self) -> Result<MessageLog, MissingVariable> {
        Ok(MessageLog::new(self.dynamodb(), self.variable("CHATS_TABLE")?, self.variable("MESSAGES_TABLE")?))
    }

    /// The MessageStatus table.
    ///
    /// # Errors
    /// When `MESSAGE_STATUS_TABLE` is not set.
    pub fn statuses(&self) -> Result<Statuses, MissingVariable> {
        Ok(Statuses::new(self.dynamodb(), self.variable("MESSAGE_STATUS_TABLE")?))
    }

    /// The Connections table.
    ///
    /// # Errors
    /// When `CONNECTIONS_TABLE` is not set.
    pub fn connections(&self) -> Result<Connections, MissingVariable> {
        Ok(Connections::new(self.dynamodb(), self.variable("CONNECTIONS_TABLE")?))
    }

    /// The Devices table.
    ///
    /// # Errors
    /// When `DEVICES_TABLE` is not set.
    pub fn devices(&self) -> Result<Devices, MissingVariable> {
        Ok(Devices::new(self.dynamodb(), self.variable("DEVICES_TABLE")?))
    }

    /// The queue that update-summaries consumes.
    ///
    /// # Errors
    /// When `SUMMARIES_QUEUE` is not set.
    pub fn summaries(&self) -> Result<Queue<SummaryJob>, MissingVariable> {
        Ok(Queue::new(self.sqs(), self.variable("SUMMARIES_QUEUE")?))
    }

    /// The queue that fan-out consumes.
    ///
    /// # Errors
    /// When `DELIVERIES_QUEUE` is not set.
    pub fn deliveries(&self) -> Result<Queue<DeliveryJob>, MissingVariable> {
        Ok(Queue::new(self.sqs(), self.variable("DELIVERIES_QUEUE")?))
    }

    /// The queue that push consumes.
    ///
    /// # Errors
    /// When `NOTIFICATIONS_QUEUE` is not set.
    pub fn notifications(&self) -> Result<Queue<NotificationJob>, MissingVariable> {
        Ok(Queue::new(self.sqs(), self.variable("NOTIFICATIONS_QUEUE")?))
    }

    /// The queue that track-presence consumes.
    ///
    /// # Errors
    /// When `PRESENCE_QUEUE` is not set.
    pub fn presence_jobs(&self) -> Result<Queue<PresenceJob>, MissingVariable> {
        Ok(Queue::new(self.sqs(), self.variable("PRESENCE_QUEUE")?))
    }

    /// The bus that domain events are told on.
    ///
    /// # Errors
    /// When `EVENT_BUS` is not set.
    pub fn bus(&self) -> Result<Bus, MissingVariable> {
        Ok(Bus::new(&self.aws, self.variable("EVENT_BUS")?))
    }

    /// The bucket of exports.
    ///
    /// # Errors
    /// When `EXPORTS_BUCKET` is not set.
    pub fn exports(&self) -> Result<Exports, MissingVariable> {
        Ok(Exports::new(&self.aws, self.variable("EXPORTS_BUCKET")?))
    }

    /// The phones behind the push service.
    pub fn phones(&self) -> Phones {
        Phones::new(&self.aws)
    }

    /// The registered phones, with their endpoints.
    ///
    /// # Errors
    /// When `DEVICES_TABLE` is not set.
    pub fn registrations(&self) -> Result<Registrations, MissingVariable> {
        Ok(Registrations::new(self.devices()?, self.phones()))
    }

    /// A setting that says yes or no.
    ///
    /// # Errors
    /// When it is not there.
    pub fn flag(&self, name: &str) -> Result<bool, MissingVariable> {
        Ok(self.variable(name)? == "true")
    }

    /// The sockets of this deployment.
    ///
    /// # Errors
    /// When `SOCKET_ENDPOINT` is not set.
    pub fn sockets(&self) -> Result<Sockets, MissingVariable> {
        let config = aws_sdk_apigatewaymanagement::config::Builder::from(&self.aws)
            .endpoint_url(self.variable("SOCKET_ENDPOINT")?)
            .build();
        Ok(Sockets::new(aws_sdk_apigatewaymanagement::Client::from_conf(config)))
    }
}

/// Our own lines, and of the libraries only what worries them.
const QUIET_LIBRARIES: &str =
    "info,aws_config=warn,aws_runtime=warn,aws_smithy_runtime=warn,hyper=warn,lambda_runtime=warn";

/// Starts the log: one structured line per invocation or job, as JSON, for CloudWatch, which finds its metrics there.
///
/// `RUST_LOG` widens or narrows it; content, tokens and passwords are in no line at any level of ours.
pub fn start_log() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(QUIET_LIBRARIES));
    let variable = |name| std::env::var(name).unwrap_or_else(|_| "unknown".to_owned());
    let lines = WithMetrics {
        line: format().json().flatten_event(true).with_current_span(false).with_span_list(false),
        stage: variable("STAGE"),
        function: variable("AWS_LAMBDA_FUNCTION_NAME"),
    };
    tracing_subscriber::fmt().fmt_fields(JsonFields::new()).event_format(lines).with_env_filter(filter).init();
}
