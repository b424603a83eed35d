//! The start of every function: configuration, clients and log.

use std::collections::HashMap;
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::tls;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::JsonFields;

use crate::bus::Bus;
use crate::conflicts::TransactionConflicts;
use crate::domain::{Retention, SendLimit};
use crate::exports::Exports;
use crate::group_changes::GroupChanges;
use crate::metrics::{Monitoring, WithMetrics, json_line};
use crate::phones::{Phones, Registrations};
use crate::posts::Poster;
use crate::queue::{ConsumedQueue, DeadLetterSender, DeliveryJob, NotificationJob, PresenceJob, Queue, SummaryJob};
use crate::settlement::{TICK_TIME, TickPoster};
use crate::socket::Sockets;
use crate::store::{
    Accounts, Blocks, ChangeLog, Changes, Chats, Connections, Devices, Limits, MessageLog, Messages, Reachability,
    Reports, Statuses, StoredReactions, Tickets, Users,
};

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

    /// The Users table, from `USERS_TABLE`.
    pub fn users(&self) -> Result<Users, MissingVariable> {
        Ok(Users::new(self.dynamodb(), self.variable("USERS_TABLE")?))
    }

    /// The Accounts table, from `ACCOUNTS_TABLE`, with the limits of this deployment.
    pub fn accounts(&self) -> Result<Accounts, MissingVariable> {
        let number = |name: &str| self.variable(name)?.parse().map_err(|_| MissingVariable(name.to_owned()));
        let limits = Limits {
            send: SendLimit { burst: number("SEND_BURST")?, per_second: number("SENDS_PER_SECOND")? },
            rare_calls_factor: number("RARE_CALLS_FACTOR")?,
            sign_ups_per_day: number("SIGN_UPS_PER_DAY")?,
        };
        Ok(Accounts::new(self.dynamodb(), self.variable("ACCOUNTS_TABLE")?, limits))
    }

    /// The Tickets table, from `TICKETS_TABLE`.
    pub fn tickets(&self) -> Result<Tickets, MissingVariable> {
        Ok(Tickets::new(self.dynamodb(), self.variable("TICKETS_TABLE")?))
    }

    /// The Chats table, from `CHATS_TABLE`.
    pub fn chats(&self) -> Result<Chats, MissingVariable> {
        Ok(Chats::new(self.dynamodb(), self.variable("CHATS_TABLE")?))
    }

    /// The Blocks table, from `BLOCKS_TABLE`, with the Chats table.
    pub fn blocks(&self) -> Result<Blocks, MissingVariable> {
        Ok(Blocks::new(self.dynamodb(), self.variable("BLOCKS_TABLE")?, self.variable("CHATS_TABLE")?))
    }

    /// The Reports table, from `REPORTS_TABLE`.
    pub fn reports(&self) -> Result<Reports, MissingVariable> {
        Ok(Reports::new(self.dynamodb(), self.variable("REPORTS_TABLE")?))
    }

    /// The Messages table, from `MESSAGES_TABLE`, without messages that are too old.
    pub fn messages(&self) -> Result<Messages, MissingVariable> {
        Ok(self.messages_of_any_age()?.kept_for(self.retention()?))
    }

    /// The Messages table, from `MESSAGES_TABLE`, with messages of any age.
    pub fn messages_of_any_age(&self) -> Result<Messages, MissingVariable> {
        Ok(Messages::new(self.dynamodb(), self.variable("MESSAGES_TABLE")?))
    }

    /// The time for which messages are kept, from `MESSAGE_RETENTION_DAYS`.
    pub fn retention(&self) -> Result<Retention, MissingVariable> {
        let days = self.variable("MESSAGE_RETENTION_DAYS")?;
        days.parse().map_err(|_| MissingVariable("MESSAGE_RETENTION_DAYS".to_owned()))
    }

    /// The stores and queues that change groups.
    pub fn group_changes(&self) -> Result<GroupChanges, MissingVariable> {
        Ok(GroupChanges {
            chats: self.chats()?,
            log: self.message_log()?,
            messages: self.messages()?,
            deliveries: self.deliveries()?,
            summaries: self.summaries()?,
        })
    }

    /// The transactions that accept messages, from `CHATS_TABLE` and `MESSAGES_TABLE`.
    pub fn message_log(&self) -> Result<MessageLog, MissingVariable> {
        let (chats, messages) = (self.variable("CHATS_TABLE")?, self.variable("MESSAGES_TABLE")?);
        Ok(MessageLog::new(self.dynamodb(), chats, messages, self.retention()?))
    }

    /// The transactions that change messages, from `CHATS_TABLE`, `MESSAGES_TABLE` and `CHANGES_TABLE`.
    pub fn change_log(&self) -> Result<ChangeLog, MissingVariable> {
        let (chats, messages) = (self.variable("CHATS_TABLE")?, self.variable("MESSAGES_TABLE")?);
        Ok(ChangeLog::new(self.dynamodb(), chats, messages, self.variable("CHANGES_TABLE")?))
    }

    /// The Changes table, from `CHANGES_TABLE`.
    pub fn changes(&self) -> Result<Changes, MissingVariable> {
        Ok(Changes::new(self.dynamodb(), self.variable("CHANGES_TABLE")?))
    }

    /// The Reactions table, from `REACTIONS_TABLE`.
    pub fn reactions(&self) -> Result<StoredReactions, MissingVariable> {
        Ok(StoredReactions::new(self.dynamodb(), self.variable("REACTIONS_TABLE")?))
    }

    /// The MessageStatus table, from `MESSAGE_STATUS_TABLE`.
    pub fn statuses(&self) -> Result<Statuses, MissingVariable> {
        Ok(Statuses::new(self.dynamodb(), self.variable("MESSAGE_STATUS_TABLE")?))
    }

    /// The Connections table, from `CONNECTIONS_TABLE` and `ACCOUNTS_TABLE`.
    pub fn connections(&self) -> Result<Connections, MissingVariable> {
        Ok(Connections::new(self.dynamodb(), self.variable("CONNECTIONS_TABLE")?, self.reachability()?))
    }

    /// The sockets and phones in accounts, from `ACCOUNTS_TABLE`.
    pub fn reachability(&self) -> Result<Reachability, MissingVariable> {
        Ok(Reachability::new(self.dynamodb(), self.variable("ACCOUNTS_TABLE")?))
    }

    /// The Devices table, from `DEVICES_TABLE`.
    pub fn devices(&self) -> Result<Devices, MissingVariable> {
        Ok(Devices::new(self.dynamodb(), self.variable("DEVICES_TABLE")?))
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
