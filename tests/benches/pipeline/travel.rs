//! The latency from the acceptance of a message to the socket of the recipient. The reference is `floor/`, a function
//! that does nothing but post: the engine's own latency from SQS over a Lambda to a socket.

use std::process::Command;
use std::time::Duration;

use paloma::domain::Timestamp;
use paloma_local::Profile;
use paloma_tests::{Person, Socket, World};
use serde_json::json;

use crate::print;

const MESSAGES: usize = 100;

/// Pause between two measurements: the engine's pollers pause 50 ms after an empty round.
const IDLE: Duration = Duration::from_millis(300);

pub fn measure() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let world = World::with(Profile::Release).await;
        let [ana, bruno] = world.people().await;
        let chat = ana.chat_with(&bruno).await;
        let mut phone = bruno.connects().await;
        let (queue, connection) = floor(world, &bruno, &mut phone).await;
        println!(
            "acceptance to the recipient's socket, and the engine's floor, {MESSAGES} of each in turn, stack idle"
        );
        let (mut created, mut answered, mut floors) = (Vec::new(), Vec::new(), Vec::new());
        // In turn, so that a slow phase of the machine affects both. The first ten warm up.
        for number in 0..MESSAGES + 10 {
            let (since_created, since_answered) = message(&ana, &mut phone, &chat, number).await;
            let floor = posted(world, &mut phone, &queue, &connection, number).await;
            if number >= 10 {
                created.push(since_created);
                answered.push(since_answered);
                floors.push(floor);
            }
        }
        let created = print("since createdAt (before it is stored)", created);
        print("since the sender's 202 (below 0: before)", answered);
        let floor = print("floor: SQS, a bare function, a socket", floors);
        println!("  since createdAt / floor, at the median: {:.2}", created / floor);
    });
}

/// The latency of one message, in ms: since its `createdAt`, and since the sender got 202.
async fn message(ana: &Person, phone: &mut Socket, chat: &str, number: usize) -> (f64, f64) {
    let content = format!("number {number}");
    let sent = async {
        ana.sends(chat, &content).await;
        Timestamp::now()
    };
    let received = async {
        let message = phone.receives_message(chat, number as u64 + 1).await;
        (Timestamp::now(), message["createdAt"].as_u64().expect("createdAt"))
    };
    let (answered, (received, created)) = tokio::join!(sent, received);
    tokio::time::sleep(IDLE).await;
    let received = received.as_millis() as f64;
    (received - created as f64, received - answered.as_millis() as f64)
}

/// The latency of one post through the floor, in ms since right before SendMessage.
async fn posted(world: &World, phone: &mut Socket, queue: &str, connection: &str, number: usize) -> f64 {
    let sent = Timestamp::now();
    let body = json!({ "connectionId": connection, "frame": { "type": "pong", "timestamp": number } });
    world.sqs().send_message().queue_url(queue).message_body(body.to_string()).send().await.expect("SQS");
    phone.receives("the floor's frame", |frame| frame["type"] == "pong" && frame["timestamp"] == number).await;
    let now = Timestamp::now();
    tokio::time::sleep(IDLE).await;
    now.as_millis() as f64 - sent.as_millis() as f64
}

/// Deploys the floor beside Paloma. Returns its queue, and the connection that it posts to.
async fn floor(world: &World, owner: &Person, phone: &mut Socket) -> (String, String) {
    let done = Command::new(world.stack.python())
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/pipeline/floor.py"))
        .arg(&world.description().endpoint_url)
        .arg(env!("CARGO_BIN_EXE_floor"))
        .arg(world.description().web_socket_url.replacen("ws", "http", 1))
        .output()
        .expect("python");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let queue = String::from_utf8(done.stdout).expect("a queue").trim().to_owned();
    phone.received_frames().await;
    let connections = world.environment(&Default::default()).connections().expect("a table");
    let open = connections.of_user(owner.id().parse().expect("an id"), Timestamp::now()).await.expect("connections");
    (queue, open[0].connection_id.as_str().to_owned())
}
