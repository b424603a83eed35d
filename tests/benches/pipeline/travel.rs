//! How long a message travels from its acceptance to the recipient's socket, beside what the engine itself takes
//! from SQS over a Lambda to a socket: `floor/`, a function that posts what it is given and does nothing else.

use std::process::Command;
use std::time::Duration;

use paloma::domain::Timestamp;
use paloma_tests::{Device, Person, World};
use serde_json::json;

const MESSAGES: usize = 100;

pub fn measure() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let world = World::get().await;
        let [ana, bruno] = world.people().await;
        let chat = ana.chat_with(&bruno).await;
        let mut phone = bruno.connect().await;
        let (queue, connection) = floor(world, &bruno, &mut phone).await;
        println!(
            "acceptance to the recipient's socket, and the engine's floor, {MESSAGES} of each in turn, stack idle"
        );
        let (mut messages, mut floors) = (Vec::new(), Vec::new());
        // In turn, so that both meet the same moods of the machine; the first ones warm up.
        for number in 0..MESSAGES + 10 {
            let message = message(&ana, &mut phone, &chat, number).await;
            let floor = posted(world, &mut phone, &queue, &connection, number).await;
            if number >= 10 {
                messages.push(message);
                floors.push(floor);
            }
        }
        let (message, floor) = (print("message", messages), print("floor", floors));
        println!("  message / floor, at the median: {:.2}", message / floor);
    });
}

/// One message, in ms from the moment that `createdAt` tells, which lies before it is stored.
async fn message(ana: &Person, phone: &mut Device, chat: &str, number: usize) -> f64 {
    ana.say(chat, &format!("number {number}")).await;
    let heard = phone.message(chat, number as u64 + 1).await;
    let now = Timestamp::now();
    tokio::time::sleep(Duration::from_millis(50)).await;
    now.as_millis() as f64 - heard["createdAt"].as_u64().expect("createdAt") as f64
}

/// One post through the floor, in ms from right before SendMessage.
async fn posted(world: &World, phone: &mut Device, queue: &str, connection: &str, number: usize) -> f64 {
    let sent = Timestamp::now();
    let body = json!({ "connectionId": connection, "frame": { "type": "floor", "number": number } });
    world.sqs().send_message().queue_url(queue).message_body(body.to_string()).send().await.expect("SQS");
    phone.hear("the floor's frame", |frame| frame["type"] == "floor" && frame["number"] == number).await;
    let now = Timestamp::now();
    tokio::time::sleep(Duration::from_millis(50)).await;
    now.as_millis() as f64 - sent.as_millis() as f64
}

/// Deploys the floor beside Paloma; its queue, and the connection that it is to post to.
async fn floor(world: &World, owner: &Person, phone: &mut Device) -> (String, String) {
    let done = Command::new(world.stack.python())
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/pipeline/floor.py"))
        .arg(&world.description().endpoint_url)
        .arg(env!("CARGO_BIN_EXE_floor"))
        .arg(world.description().web_socket_url.replacen("ws", "http", 1))
        .output()
        .expect("python");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let queue = String::from_utf8(done.stdout).expect("a queue").trim().to_owned();
    phone.everything().await;
    let connections = world.environment(&Default::default()).connections().expect("a table");
    let open = connections.of_user(owner.id().parse().expect("an id"), Timestamp::now()).await.expect("connections");
    (queue, open[0].as_str().to_owned())
}

fn print(what: &str, mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!("  {what:<8} p50 {:>4.0} ms   p90 {:>4.0} ms   p99 {:>4.0} ms", at(0.5), at(0.9), at(0.99));
    at(0.5)
}
