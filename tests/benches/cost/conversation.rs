//! Messages and receipts of a scenario, through the sockets of the real system.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::join_all;
use paloma_tests::{Socket, World, until};
use serde_json::json;
use tokio::time::Instant;

use crate::cast::{Cast, Chat, Member};
use crate::consumers::Consumers;
use crate::scenario::Scenario;

/// Time from one burst to the next.
const PAUSE: Duration = Duration::from_secs(3);
/// Time from a receipt `delivered` to `read`: the client of a user who has the chat open sends `read` alone.
const BEFORE_READING: Duration = Duration::from_secs(1);

/// Sends the messages of a scenario. All are delivered and acknowledged at the end.
pub async fn run(world: &World, cast: &mut Cast, scenario: &Scenario, chat: &mut Chat) {
    let consumers = Consumers::of(world).await;
    for _ in 0..scenario.bursts {
        let next = Instant::now() + PAUSE;
        burst(world, cast, &consumers, scenario, chat).await;
        tokio::time::sleep_until(next).await;
    }
}

/// The first message of a chat costs more: a later one is the usual case.
pub async fn begin(world: &World, cast: &mut Cast, scenario: &Scenario, chat: &mut Chat) {
    let one = Scenario { burst: 1, ..scenario.clone() };
    burst(world, cast, &Consumers::of(world).await, &one, chat).await;
}

async fn burst(world: &World, cast: &mut Cast, consumers: &Consumers, scenario: &Scenario, chat: &mut Chat) {
    let (first, last) = (chat.seq + 1, chat.seq + scenario.burst);
    chat.seq = last;
    let held = scenario.burst > 1;
    if held {
        consumers.hold().await;
    }
    for number in first..=last {
        send(&mut cast.socket, &chat.id, number).await;
    }
    if held {
        until_stored(world, &format!("{}#head", chat.id), "lastSeq", last).await;
        consumers.release().await;
    }
    let recipients = &mut cast.crowd[chat.recipients.clone()];
    join_all(recipients.iter_mut().map(|member| receive(&mut member.socket, &chat.id, first..=last))).await;
    if held {
        consumers.hold().await;
    }
    for (index, status) in scenario.receipts.iter().enumerate() {
        if index > 0 && !held {
            tokio::time::sleep(BEFORE_READING).await;
        }
        join_all(recipients.iter_mut().map(|member| acknowledge(member, status, &chat.id, last))).await;
    }
    if held {
        for member in recipients.iter() {
            until_stored(world, &format!("{}#{}", chat.id, member.person.id()), "readSeq", last).await;
        }
        consumers.release().await;
    }
    // In other groups, the members who are away hold the ticks back.
    if scenario.is_complete() && !scenario.receipts.is_empty() {
        cast.socket.receives_tick(&chat.id, u64::from(last), "read").await;
    }
}

pub async fn send(sender: &mut Socket, chat: &str, number: u32) {
    let id = format!("number-{number}");
    sender.send(json!({ "action": "sendMessage", "chatId": chat, "content": "Hello", "clientMessageId": id })).await;
}

async fn receive(socket: &mut Socket, chat: &str, numbers: std::ops::RangeInclusive<u32>) {
    for number in numbers {
        socket.receives_message(chat, u64::from(number)).await;
    }
}

/// Sends a receipt for the newest message, as clients do for a burst.
async fn acknowledge(member: &mut Member, status: &str, chat: &str, seq: u32) {
    member.socket.send(json!({ "action": "updateStatus", "chatId": chat, "seq": seq, "status": status })).await;
}

/// Waits until a row of Chats has this number, or a larger one.
async fn until_stored(world: &World, key: &str, attribute: &str, number: u32) {
    until(&format!("{attribute} {number}"), async || {
        let row = world.row("chats", "chatId", key).await?;
        let stored = row.get(attribute).and_then(|value: &AttributeValue| value.as_n().ok()?.parse::<u32>().ok());
        (stored >= Some(number)).then_some(())
    })
    .await;
}
