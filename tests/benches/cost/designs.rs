//! Two other designs, measured on the same engine by the same meter: their calls to AWS are made here, under roles of
//! their own, and their frames go to the same sockets.

use std::process::Command;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use futures::StreamExt;
use paloma::domain::{ConnectionId, Timestamp, UserId};
use paloma::runtime::Environment;
use paloma::socket::Sockets;
use paloma_local::Credentials;
use paloma_tests::World;
use serde::Deserialize;

use crate::cast::Cast;
use crate::costs::Costs;
use crate::meter::Meter;
use crate::receipt_rows;
use crate::scenario::Scenario;
use crate::seed;

/// Requests that the bench has under way at once. It changes no count.
const AT_ONCE: usize = 8;
/// Messages of a scenario: their counts are all alike.
const MESSAGES: u32 = 2;
const FRAME: &[u8] = br#"{"type":"pong","timestamp":0}"#;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Design {
    /// The flow that the README of the system before Paloma describes.
    Seed,
    /// A row for each receipt of each member, and for each member's place in a list of chats.
    ReceiptRows,
}

/// The functions of both designs: each calls AWS under a role of its own.
pub struct Functions {
    pub send: Caller,
    pub receive: Caller,
}

/// A function.
pub struct Caller {
    pub client: Client,
    pub sockets: Sockets,
}

/// A chat of a design.
pub struct Members {
    pub chat: String,
    pub sender: String,
    /// The recipients; those who are online first.
    pub recipients: Vec<String>,
    pub online: usize,
}

#[derive(Debug, Deserialize)]
struct Roles {
    send: Credentials,
    receive: Credentials,
}

impl Functions {
    /// Creates the tables and roles, and stores the sockets of the cast as their connections.
    pub async fn deploy(world: &World, cast: &Cast) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/cost/designs.py");
        let done =
            Command::new(world.stack.python()).arg(script).arg(&world.description().endpoint_url).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let roles: Roles = serde_json::from_slice(&done.stdout).expect("credentials");
        let caller = |role| Caller::of(&world.environment_as(role));
        let functions = Self { send: caller(&roles.send), receive: caller(&roles.receive) };
        let members = cast.crowd.iter().map(|member| &member.person).chain([&cast.sender]);
        for person in members {
            for connection in connections_of(world, person.id()).await {
                for table in ["seed-connections", "rows-connections"] {
                    let row = [("connectionId", text(&connection)), ("userId", text(person.id()))];
                    functions.send.put(table, row).await;
                }
            }
        }
        functions
    }
}

impl Design {
    /// The costs of a message of a scenario. Neither design knows a receipt for several messages, so each message of a
    /// burst gets its own.
    pub async fn measure(self, meter: &Meter, functions: &Functions, scenario: &Scenario, cast: &Cast) -> Costs {
        let members = cast.members(scenario);
        match self {
            Self::Seed => seed::create(functions, &members).await,
            Self::ReceiptRows => receipt_rows::create(functions, &members).await,
        }
        meter.costs().await;
        let mut invocations = [0_u32; 2];
        for number in 1..=MESSAGES {
            let message = format!("{}-{number}", members.chat);
            match self {
                Self::Seed => seed::send(&functions.send, &members, &message).await,
                Self::ReceiptRows => receipt_rows::send(&functions.send, &members, &message).await,
            }
            invocations[0] += 1;
            for status in scenario.receipts {
                for reader in &members.recipients[..members.online] {
                    match self {
                        Self::Seed => seed::acknowledge(&functions.receive, &message, reader, status).await,
                        Self::ReceiptRows => {
                            receipt_rows::acknowledge(&functions.receive, &members, &message, reader, status).await;
                        }
                    }
                    invocations[1] += 1;
                }
            }
        }
        let mut costs = meter.costs().await;
        for (stage, count) in ["send-message", "update-status"].into_iter().zip(invocations) {
            if count > 0 {
                costs.stage(stage).invocations.insert("rest".to_owned(), f64::from(count));
            }
        }
        // These functions log nothing themselves, and their APIs have no access log.
        for cost in costs.0.values_mut() {
            cost.log_bytes = cost.all_invocations() * meter.assumptions.lambda_log_bytes_per_invocation;
        }
        costs.per(MESSAGES)
    }
}

impl Caller {
    fn of(environment: &Environment) -> Self {
        Self { client: Client::new(environment.aws()), sockets: environment.sockets().expect("an endpoint") }
    }

    pub async fn put<const COUNT: usize>(&self, table: &str, row: [(&str, AttributeValue); COUNT]) {
        let row = row.map(|(name, value)| (name.to_owned(), value));
        self.client.put_item().table_name(table).set_item(Some(row.into())).send().await.expect("a row");
    }

    /// Looks up the sockets of each user, and posts a frame to each socket.
    pub async fn post(&self, connections: &str, users: &[String]) {
        let posts = users.iter().map(async |user| {
            let query = self.client.query().table_name(connections).index_name("UserConnectionsIndex");
            let query =
                query.key_condition_expression("userId = :user").expression_attribute_values(":user", text(user));
            for row in query.send().await.expect("connections").items() {
                let id = row["connectionId"].as_s().expect("an id");
                self.sockets.post(&ConnectionId::new(id.clone()), FRAME).await;
            }
        });
        futures::stream::iter(posts).buffer_unordered(AT_ONCE).for_each(async |()| {}).await;
    }
}

pub fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

pub fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

pub fn now() -> AttributeValue {
    number(Timestamp::now().as_millis())
}

async fn connections_of(world: &World, user: &str) -> Vec<String> {
    let connections = world.environment(&Default::default()).connections().expect("a table");
    let user: UserId = user.parse().expect("an id");
    let open = connections.of_user(user, Timestamp::now()).await.expect("connections");
    open.into_iter().map(|connection| connection.connection_id.as_str().to_owned()).collect()
}
