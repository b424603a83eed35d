//! One stack for all the tests of a process, and what an operator can do in it.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use futures::StreamExt;
use paloma::domain::{Accepted, Email, Name, Receipt, Timestamp, User, UserId, Watermark};
use paloma::queue::{Audience, DeliveryJob};
use paloma::runtime::Environment;
use paloma::store::ReceiptRecord;
use paloma_local::{Description, Options, Profile, Progress, Stack};
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::{Calls, DEADLINE, Person, until_within};

/// Limits for sending, as parameters of the template and as variables of functions.
const SEND_LIMITS: [(&str, &str, &str); 3] = [
    ("SendBurst", "SEND_BURST", "100000"),
    ("SendsPerSecond", "SENDS_PER_SECOND", "1000"),
    ("SignUpsPerDay", "SIGN_UPS_PER_DAY", "100000"),
];

static WORLD: OnceCell<World> = OnceCell::const_new();

/// A running stack. It ends with the process.
#[derive(Debug)]
pub struct World {
    /// The stack.
    pub stack: Stack,
    /// The user pool's clients with their secrets, as functions have them in their environment.
    clients: HashMap<String, String>,
}

impl World {
    /// The stack of this process, started by whoever asks first.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn get() -> &'static Self {
        Self::with(Profile::Dev).await
    }

    /// The stack of this process, of functions compiled like this, started by whoever asks first.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn with(profile: Profile) -> &'static Self {
        WORLD
            .get_or_init(|| async {
                let progress = |progress: Progress| {
                    if let Progress::Finished(step, took) = progress {
                        eprintln!("{step:?}: {took:.1?}");
                    }
                };
                let stack = Stack::start(Options { profile, parameters: generous(), ..Options::default() }, progress)
                    .await
                    .unwrap_or_else(|error| panic!("{error}"));
                let variables =
                    stack.function_variables("authenticate").await.unwrap_or_else(|error| panic!("{error}"));
                let clients = variables.into_iter().filter(|(name, _)| name.contains("_CLIENT_")).collect();
                Self { stack, clients }
            })
            .await
    }

    /// Where everything is.
    pub fn description(&self) -> &Description {
        self.stack.description()
    }

    /// People who have just logged in for the first time.
    ///
    /// # Panics
    /// When they cannot be made.
    pub async fn people<const COUNT: usize>(&self) -> [Person; COUNT] {
        let users = self.stack.create_users(COUNT).await.unwrap_or_else(|error| panic!("{error}"));
        let people = futures::future::join_all(users.into_iter().map(|user| Person::log_in(self, user))).await;
        people.try_into().unwrap_or_else(|_| panic!("{COUNT} people were wanted"))
    }

    /// People who have a Users row and nothing more: they are talked to, and never talk.
    ///
    /// # Panics
    /// When their rows cannot be written.
    pub async fn silent_people(&self, count: usize) -> Vec<UserId> {
        let environment = self.environment(&Calls::default());
        let (users, accounts) = (&environment.users().unwrap(), &environment.accounts().unwrap());
        let ids: Vec<_> = (0..count).map(|_| UserId::random()).collect();
        let rows = ids.iter().map(|user_id| {
            let email = Email::try_from(format!("{user_id}@example.com")).unwrap();
            let name = Name::try_from("Silent".to_owned()).unwrap();
            accounts.register(users, User::new(*user_id, email, Some(name), Timestamp::now()))
        });
        // The engine is one process: a thousand connections at once would be refused.
        futures::stream::iter(rows).buffer_unordered(8).for_each(async |row| drop(row.unwrap())).await;
        ids
    }

    /// The environment of a function, for calling it in this process as the account's administrator: real tables
    /// and queues, with every call counted, and failed on demand.
    pub fn environment(&self, calls: &Calls) -> Environment {
        Environment::new(self.aws(calls, ("000000000000", "local", None)), self.variables())
    }

    /// The same, posting frames to this address.
    pub fn environment_posting_to(&self, calls: &Calls, endpoint: &str) -> Environment {
        let mut variables = self.variables();
        variables.insert("SOCKET_ENDPOINT".to_owned(), endpoint.to_owned());
        Environment::new(self.aws(calls, ("000000000000", "local", None)), variables)
    }

    /// The environment of a function, with some variables set otherwise.
    pub fn environment_with(&self, variables: &[(&str, &str)]) -> Environment {
        let mut all = self.variables();
        all.extend(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        Environment::new(self.aws(&Calls::default(), ("000000000000", "local", None)), all)
    }

    /// The environment of a function in its own role, as the engine gives it.
    ///
    /// # Panics
    /// When there is no such function.
    pub async fn environment_of(&self, function: &str) -> Environment {
        let role = self.stack.function_credentials(function).await.unwrap_or_else(|error| panic!("{error}"));
        let keys = (role.access_key_id.as_str(), role.secret_access_key.as_str(), Some(role.session_token.clone()));
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
            // A crashed function does not try again by itself.
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::disabled())
            .build()
    }

    /// The variables that the template gives to functions.
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

    /// A queue's address, by its name in `stack.json`.
    ///
    /// # Panics
    /// When there is none of that name.
    pub fn queue(&self, name: &str) -> &str {
        self.description().queues.get(name).unwrap_or_else(|| panic!("stack.json names no queue {name}"))
    }

    /// SQS, as the administrator.
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        self.environment(&Calls::default()).sqs()
    }

    /// DynamoDB, as the administrator.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(self.environment(&Calls::default()).aws())
    }

    /// What the stream brings when `reader` says that they have received or read a message: the fact, before anything
    /// has come of it.
    ///
    /// # Panics
    /// When there is no such message.
    pub async fn receipt(&self, message: &Accepted, reader: &Person, status: Receipt) -> ReceiptRecord {
        let messages = self.environment(&Calls::default()).messages().unwrap();
        let sender_id = messages.message(message.message_id).await.unwrap().expect("the message").sender_id;
        let now = Timestamp::now();
        ReceiptRecord {
            message_id: message.message_id,
            user_id: reader.id().parse().unwrap(),
            status,
            timestamp: now,
            delivered_at: now,
            read_at: (status == Receipt::Read).then_some(now),
            chat_id: message.chat_id,
            seq: message.seq,
            sender_id,
            covers_after: Watermark::at(u64::from(message.seq) - 1),
            origin: None,
        }
    }

    /// The delivery of a message, as send-message enqueues it.
    ///
    /// # Panics
    /// When there is no such message.
    pub async fn delivery(&self, message: &Accepted) -> DeliveryJob {
        let messages = self.environment(&Calls::default()).messages().unwrap();
        DeliveryJob::of(
            &messages.message(message.message_id).await.unwrap().expect("the message"),
            Audience::Everyone,
            None,
        )
    }

    /// The status in a message's own row: a copy of what the head's marks say, for those who read the table.
    ///
    /// # Panics
    /// When there is no such message.
    pub async fn stored_status(&self, message_id: &str) -> String {
        let key = AttributeValue::S(message_id.to_owned());
        let table = &self.description().tables["messages"];
        let row = self.dynamodb().get_item().table_name(table).key("messageId", key).send().await.unwrap();
        row.item().unwrap()["status"].as_s().unwrap().clone()
    }

    /// What a function has logged so far, as far as it is JSON, oldest first.
    pub fn log_of(&self, function: &str) -> Vec<Value> {
        let lines = self.stack.logs().read();
        let of_function = lines.iter().filter(|line| line.function.ends_with(&format!("-{function}")));
        of_function.filter_map(|line| serde_json::from_str(&line.message).ok()).collect()
    }

    /// The bus of domain events.
    ///
    /// # Panics
    /// When stack.json names none.
    pub fn bus(&self) -> &str {
        self.description().event_bus.as_deref().expect("stack.json names no bus")
    }

    /// A row of a table, by its name in `stack.json` and its key.
    ///
    /// # Panics
    /// When DynamoDB does not answer.
    pub async fn row(&self, table: &str, key: &str, value: &str) -> Option<HashMap<String, AttributeValue>> {
        let get = self.dynamodb().get_item().table_name(&self.description().tables[table]);
        get.key(key, AttributeValue::S(value.to_owned())).send().await.unwrap().item
    }

    /// SNS, as the administrator.
    pub fn sns(&self) -> aws_sdk_sns::Client {
        aws_sdk_sns::Client::new(self.environment(&Calls::default()).aws())
    }

    /// EventBridge, as the administrator.
    pub fn event_bridge(&self) -> aws_sdk_eventbridge::Client {
        aws_sdk_eventbridge::Client::new(self.environment(&Calls::default()).aws())
    }

    /// Waits for the message in a queue whose body contains `part`, and takes it out.
    ///
    /// # Panics
    /// When it does not come.
    pub async fn take_from(&self, queue: &str, part: &str) -> Message {
        self.take_from_within(DEADLINE, queue, part).await
    }

    /// Waits so long for the message in a queue whose body contains `part`, and takes it out.
    ///
    /// # Panics
    /// When it does not come.
    pub async fn take_from_within(&self, deadline: Duration, queue: &str, part: &str) -> Message {
        let (sqs, url) = (self.sqs(), self.queue(queue).to_owned());
        until_within(deadline, &format!("a message with {part:?} in {queue}"), async || {
            let received = sqs
                .receive_message()
                .queue_url(&url)
                .max_number_of_messages(10)
                .visibility_timeout(1)
                .message_attribute_names("All")
                .message_system_attribute_names(MessageSystemAttributeName::All)
                .send()
                .await
                .unwrap();
            let found = received.messages().iter().find(|message| message.body().unwrap_or_default().contains(part));
            let found = found?.clone();
            let handle = found.receipt_handle().unwrap_or_default();
            sqs.delete_message().queue_url(&url).receipt_handle(handle).send().await.unwrap();
            Some(found)
        })
        .await
    }
}

/// Limits for sending that no test meets by accident; a test of limits grants its own users less.
fn generous() -> BTreeMap<String, String> {
    SEND_LIMITS.map(|(parameter, _, value)| (parameter.to_owned(), value.to_owned())).into()
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
