//! One stack for all tests of a process, with access as its administrator.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use futures::StreamExt;
use paloma::domain::{Accepted, Email, Name, Receipt, Timestamp, User, UserId, Watermark};
use paloma::queue::{Audience, DeliveryJob};
use paloma::store::ReceiptRecord;
use paloma_local::{Description, EngineOptions, Options, Profile, Progress, Stack};
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::environment::generous_limits;
use crate::{Calls, DEADLINE, Person, Work, until_within};

static WORLD: OnceCell<World> = OnceCell::const_new();

/// A running stack. It stops when the process ends.
#[derive(Debug)]
pub struct World {
    pub stack: Stack,
    /// The variables of functions with the ids and secrets of the user pool's clients.
    pub(crate) clients: HashMap<String, String>,
}

impl World {
    /// The stack of this process. The first call starts it.
    pub async fn get() -> &'static Self {
        Self::with(Profile::Dev).await
    }

    /// The stack of this process. The first call starts it, with functions compiled in this profile.
    pub async fn with(profile: Profile) -> &'static Self {
        WORLD.get_or_init(|| Self::start(Options { profile, ..Options::default() })).await
    }

    /// The stack of this process, which counts the calls of its functions. The first call starts it.
    pub async fn counting() -> &'static Self {
        let engine = EngineOptions { counts_costs: true, ..EngineOptions::default() };
        // The bench makes more groups than a user may.
        let parameters = [("RareCallsFactor".to_owned(), "1000".to_owned())].into();
        WORLD.get_or_init(|| Self::start(Options { engine, parameters, ..Options::default() })).await
    }

    /// The stack of this process, without everything that a small stage can do without. It counts the calls of its
    /// functions, and its minutes of metrics and alarms have this length. The first call starts it.
    pub async fn small(minute: Duration) -> &'static Self {
        let engine = EngineOptions { counts_costs: true, minute };
        let parameters =
            [("Monitoring", "small"), ("Tracing", "PassThrough"), ("EventLog", "false"), ("ReceiptEvents", "false")];
        let parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        WORLD.get_or_init(|| Self::start(Options { engine, parameters, ..Options::default() })).await
    }

    /// A stack of its own. The tests' generous limits are added to the parameters.
    pub async fn start(mut options: Options) -> Self {
        let progress = |progress: Progress| {
            if let Progress::Finished(step, took) = progress {
                eprintln!("{step:?}: {took:.1?}");
            }
        };
        options.parameters.extend(generous_limits());
        let stack = Stack::start(options, progress).await.unwrap_or_else(|error| panic!("{error}"));
        let variables = stack.function_variables("authenticate").await.unwrap_or_else(|error| panic!("{error}"));
        let clients = variables.into_iter().filter(|(name, _)| name.contains("_CLIENT_")).collect();
        Self { stack, clients }
    }

    /// The contents of `stack.json`: URLs, tables, queues.
    pub fn description(&self) -> &Description {
        self.stack.description()
    }

    /// New users who have logged in.
    pub async fn people<const COUNT: usize>(&self) -> [Person; COUNT] {
        let users = self.stack.create_users(COUNT).await;
        let users = users.unwrap_or_else(|error| panic!("{error}\n{}", self.last_failures_of("authenticate")));
        let people = futures::future::join_all(users.into_iter().map(|user| Person::log_in(self, user))).await;
        people.try_into().unwrap_or_else(|_| panic!("the test needs {COUNT} users"))
    }

    /// Users with a profile and without a login: others can message them.
    pub async fn silent_people(&self, count: usize) -> Vec<UserId> {
        let environment = self.environment(&Calls::default());
        let (users, accounts) = (&environment.users().unwrap(), &environment.accounts().unwrap());
        let ids: Vec<_> = (0..count).map(|_| UserId::random()).collect();
        let rows = ids.iter().map(|user_id| {
            let email = Email::try_from(format!("{user_id}@example.com")).unwrap();
            let name = Name::try_from("Silent".to_owned()).unwrap();
            accounts.register(users, User::new(*user_id, email, Some(name), Timestamp::now()))
        });
        // The engine rejects a thousand connections at once.
        futures::stream::iter(rows).buffer_unordered(8).for_each(async |row| drop(row.unwrap())).await;
        ids
    }

    /// The URL of a queue, by its name in `stack.json`.
    pub fn queue(&self, name: &str) -> &str {
        self.description().queues.get(name).unwrap_or_else(|| panic!("stack.json has no queue {name}"))
    }

    /// The work of [counted](Calls::counted) calls since the last request for it.
    pub async fn work_of(&self, calls: &Calls) -> Work {
        let url = format!("{}/_paloma/costs?role={}", self.description().endpoint_url, calls.counted_as());
        let counts: Value = reqwest::get(url).await.expect("the engine's counts").json().await.expect("JSON");
        let counts = counts.as_array().expect("a list").iter().filter(|count| count["kind"] == "call");
        counts.fold(Work::default(), |sum, count| Work {
            calls: sum.calls + u32::try_from(count["count"].as_u64().expect("a count")).expect("few calls"),
            reads: sum.reads + count["reads"].as_f64().expect("units"),
            writes: sum.writes + count["writes"].as_f64().expect("units"),
        })
    }

    /// SQS, as the administrator.
    pub fn sqs(&self) -> aws_sdk_sqs::Client {
        self.environment(&Calls::default()).sqs()
    }

    /// DynamoDB, as the administrator.
    pub fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(self.environment(&Calls::default()).aws())
    }

    /// The record of the MessageStatus stream for a receipt of `reader`. The receipt is not stored: the test hands the
    /// record to propagate-status.
    pub async fn receipt_record(&self, message: &Accepted, reader: &Person, status: Receipt) -> ReceiptRecord {
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
            count: None,
            sender_id,
            covers_after: Watermark::at(u64::from(message.seq) - 1),
            hidden_after: None,
            origin: None,
        }
    }

    /// The job that send-message enqueues for a message.
    pub async fn delivery_job(&self, message: &Accepted) -> DeliveryJob {
        let messages = self.environment(&Calls::default()).messages().unwrap();
        DeliveryJob::of_message(
            &messages.message(message.message_id).await.unwrap().expect("the message"),
            Audience::Everyone,
            None,
        )
    }

    /// The status in the row of a message.
    pub async fn stored_status(&self, message_id: &str) -> String {
        let key = AttributeValue::S(message_id.to_owned());
        let table = &self.description().tables["messages"];
        let row = self.dynamodb().get_item().table_name(table).key("messageId", key).send().await.unwrap();
        row.item().unwrap()["status"].as_s().unwrap().clone()
    }

    /// The JSON lines that a function has logged so far, oldest first.
    pub fn log_of(&self, function: &str) -> Vec<Value> {
        let lines = self.stack.logs().read();
        let of_function = lines.iter().filter(|line| line.function.ends_with(&format!("-{function}")));
        of_function.filter_map(|line| serde_json::from_str(&line.message).ok()).collect()
    }

    /// The last failures that a function has logged, one per line, for the message of a test that cannot go on.
    fn last_failures_of(&self, function: &str) -> String {
        let log = self.log_of(function);
        let failures: Vec<_> = log.iter().filter(|line| !line["cause"].is_null()).map(Value::to_string).collect();
        failures[failures.len().saturating_sub(3)..].join("\n")
    }

    /// The name of the bus of domain events.
    pub fn bus(&self) -> &str {
        self.description().event_bus.as_deref().expect("a bus in stack.json")
    }

    /// A row of a table: the name of the table in `stack.json`, the name of the key, its value.
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

    /// Waits for a message in a queue with `part` in its body, and deletes it from the queue.
    pub async fn take_from(&self, queue: &str, part: &str) -> Message {
        self.take_from_within(DEADLINE, queue, part).await
    }

    /// Waits for a message in a queue with `part` in its body, and deletes it from the queue.
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
