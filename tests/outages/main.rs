//! Outages of the services behind the consumers, on a stack of their own: afterwards everything has arrived, and there
//! are no dead letters.
//!
//! The outages are short, because every pause of a job grows with the outage (`shared/src/queue/retry.rs` simulates
//! hours). `PALOMA_OUTAGE_SECONDS=60 cargo test -p paloma-tests --test outages` runs them at full length.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod conversation;
mod engine;
mod overload;
mod screen;
mod small_stage;

use crate::conversation::Conversation;
use crate::engine::{Alarm, stack};

/// The services by their names in signatures.
const SERVICES: [&str; 5] = ["dynamodb", "sqs", "sns", "events", "execute-api"];

/// One test, since an outage affects the whole stack.
#[tokio::test]
async fn everything_arrives_after_an_outage_of_each_service_without_a_dead_letter() {
    let world = stack().await;
    let waiting = Alarm { world, name: "dev-jobs-waiting" };
    let mut conversation = Conversation::begin(world).await;

    let outage = conversation.meets(&["dynamodb"]).await;
    println!("the alarm rings after {:.1?}", waiting.rings().await);
    conversation.survives(outage).await;
    for service in SERVICES.iter().filter(|service| !matches!(**service, "dynamodb" | "sqs")) {
        let outage = conversation.meets(&[service]).await;
        conversation.survives(outage).await;
    }
    small_stage::tells_operators(world).await;
    println!("the alarm clears after {:.1?}", waiting.clears().await);
    small_stage::publishes_no_events_of_receipts(world).await;
}

#[tokio::test]
#[ignore = "takes six minutes: see the next test"]
async fn everything_arrives_after_an_outage_of_all_services_without_a_dead_letter() {
    let world = stack().await;
    let waiting = Alarm { world, name: "dev-jobs-waiting" };
    let mut conversation = Conversation::begin(world).await;
    let outage = conversation.meets(&SERVICES).await;
    println!("the alarm rings after {:.1?}", waiting.rings().await);
    conversation.survives(outage).await;
    println!("the alarm clears after {:.1?}", waiting.clears().await);
}

/// Without SQS no consumer can shorten the time for which the queue hides a job.
#[tokio::test]
#[ignore = "takes six minutes"]
async fn everything_arrives_after_an_outage_of_sqs_without_a_dead_letter() {
    let mut conversation = Conversation::begin(stack().await).await;
    let outage = conversation.meets(&["sqs"]).await;
    conversation.survives(outage).await;
}
