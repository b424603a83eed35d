//! More messages than the pipeline takes, with both receipts for each: the rate at which it takes them, the time from
//! the last message to the last tick, and the status frames that the sender gets.
//!
//! The reference is the engine's own speed, in GetItem calls per second before and after each part. The functions are
//! those of the profile `dev`, since the engine is the bottleneck.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::join_all;
use paloma_tests::{Person, Socket, World};
use serde_json::{Value, json};

const CHATS: usize = 20;

/// Messages in each of as many other chats before the measurement, which start instances of the functions.
const WARM_UP: u64 = 3;

/// Messages in one chat, and in each of twenty.
const MESSAGES: u64 = 60;
const MESSAGES_OF_TWENTY: u64 = 6;

/// Time from one message to the next in a busy chat: 60 messages in 17 s.
const PACE: Duration = Duration::from_millis(285);

/// Time without a status frame after which the sender's ticks count as complete.
const QUIET: Duration = Duration::from_secs(5);

/// Time for which GetItem calls are counted, and the calls at once.
const SPEED_TIME: Duration = Duration::from_secs(3);
const SPEED_AT_ONCE: usize = 16;

pub fn measure() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let world = World::get().await;
        println!("direct chats, with both receipts for each message");
        part(world, "60 messages in one chat, one each 285 ms", 1, MESSAGES, PACE).await;
        part(world, "60 messages in one chat, each after the one before", 1, MESSAGES, Duration::ZERO).await;
        part(world, "120 messages in twenty chats, likewise", CHATS, MESSAGES_OF_TWENTY, Duration::ZERO).await;
    });
}

async fn part(world: &World, what: &str, chats: usize, messages: u64, pace: Duration) {
    let warm_up = join_all((0..chats).map(|_| Talk::begin(world))).await;
    join_all(warm_up.into_iter().map(|talk| talk.run(WARM_UP, Duration::ZERO))).await;
    let talks = join_all((0..chats).map(|_| Talk::begin(world))).await;
    let before = speed(world).await;
    let started = Instant::now();
    let reports = join_all(talks.into_iter().map(|talk| talk.run(messages, pace))).await;
    let last_read = reports.iter().map(|report| report.read_at).max().expect("a chat");
    let speed = (before + speed(world).await) / 2.0;
    let rate = (chats as u64 * messages) as f64 / last_read.duration_since(started).as_secs_f64();
    let sent = reports.iter().map(|report| report.sent_at).max().expect("a chat").duration_since(started);
    let late = |at: fn(&Report) -> Instant| {
        let late = |report: &Report| at(report).saturating_duration_since(report.sent_at).as_secs_f64();
        reports.iter().map(late).fold(0.0, f64::max)
    };
    let frames: usize = reports.iter().map(|report| report.frames).sum();
    let distinct: usize = reports.iter().map(|report| report.distinct).sum();
    println!("  {what}");
    println!("    accepted in {:.1} s; {rate:.2} messages/s, {speed:.0} GetItem/s", sent.as_secs_f64());
    println!("    messages per GetItem: {:.2} %", 100.0 * rate / speed);
    println!(
        "    last message to its recipient: {:.1} s; to its tick: {:.1} s; to the last frame: {:.1} s",
        late(|report| report.received_at),
        late(|report| report.read_at),
        late(|report| report.last_frame_at)
    );
    println!("    {frames} status frames, {distinct} distinct: {:.2}", frames as f64 / distinct as f64);
}

/// A sender and a recipient in a direct chat.
struct Talk {
    chat: String,
    sender: Socket,
    recipient: Socket,
}

/// The messages of a chat and their ticks.
struct Report {
    /// Time at which the last message was accepted.
    sent_at: Instant,
    /// Time at which the recipient had all messages.
    received_at: Instant,
    /// Time at which the sender knew that all messages are read.
    read_at: Instant,
    last_frame_at: Instant,
    frames: usize,
    distinct: usize,
}

impl Talk {
    async fn begin(world: &World) -> Self {
        let [ana, bruno]: [Person; 2] = world.people().await;
        let chat = ana.chat_with(&bruno).await;
        Self { chat, sender: ana.connects().await, recipient: bruno.connects().await }
    }

    async fn run(self, messages: u64, pace: Duration) -> Report {
        let Self { chat, mut sender, mut recipient } = self;
        let (report, received_at) = tokio::join!(
            send_and_collect(&mut sender, &chat, messages, pace),
            acknowledge(&mut recipient, &chat, messages)
        );
        Report { received_at, ..report }
    }
}

/// Sends the messages, and collects the status frames.
async fn send_and_collect(sender: &mut Socket, chat: &str, messages: u64, pace: Duration) -> Report {
    let started = Instant::now();
    for number in 0..messages {
        let due = started + pace * u32::try_from(number).expect("a small number");
        tokio::time::sleep_until(due.into()).await;
        let content = format!("number-{number}");
        let message = json!({
            "action": "sendMessage", "chatId": chat, "content": content, "clientMessageId": content
        });
        sender.request_ok(message).await;
    }
    let sent_at = Instant::now();
    let is_last_tick = |frame: &Value| {
        frame["status"] == "read" && frame["everyone"] == true && frame["seq"].as_u64() >= Some(messages)
    };
    let mut frames = Vec::new();
    let (mut read_at, mut last_frame_at) = (None, sent_at);
    loop {
        let next = sender.receives("a status frame", |frame| frame["type"] == "status");
        match tokio::time::timeout(QUIET, next).await {
            Ok(frame) => {
                last_frame_at = Instant::now();
                read_at = read_at.or_else(|| is_last_tick(&frame).then_some(last_frame_at));
                frames.push(frame);
            }
            Err(_) if read_at.is_some() => break,
            Err(_) => {}
        }
    }
    let distinct: BTreeSet<_> = frames.iter().map(without_time).collect();
    let read_at = read_at.expect("the last tick");
    Report { sent_at, received_at: sent_at, read_at, last_frame_at, frames: frames.len(), distinct: distinct.len() }
}

fn without_time(frame: &Value) -> String {
    let mut frame = frame.clone();
    frame.as_object_mut().expect("an object").remove("timestamp");
    frame.to_string()
}

/// Sends both receipts for each message. Returns the time at which the last message arrived.
async fn acknowledge(recipient: &mut Socket, chat: &str, messages: u64) -> Instant {
    let mut seen = BTreeSet::new();
    while (seen.len() as u64) < messages {
        let frame = recipient.receives("a message", |frame| frame["type"] == "message").await;
        let seq = frame["message"]["seq"].as_u64().expect("a seq");
        if seen.insert(seq) {
            for status in ["delivered", "read"] {
                let receipt = json!({ "action": "updateStatus", "chatId": chat, "seq": seq, "status": status });
                recipient.send(receipt).await;
            }
        }
    }
    Instant::now()
}

/// The GetItem calls per second that the engine answers.
async fn speed(world: &World) -> f64 {
    let (dynamodb, table) = (world.dynamodb(), &world.description().tables["messages"]);
    let started = Instant::now();
    let lanes = (0..SPEED_AT_ONCE).map(async |_| {
        let mut calls = 0_u32;
        while started.elapsed() < SPEED_TIME {
            let get = dynamodb.get_item().table_name(table).key("messageId", AttributeValue::S("none".to_owned()));
            get.send().await.expect("DynamoDB");
            calls += 1;
        }
        calls
    });
    let calls: u32 = join_all(lanes).await.into_iter().sum();
    f64::from(calls) / started.elapsed().as_secs_f64()
}
