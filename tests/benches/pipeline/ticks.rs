//! The time from a receipt to the sender's tick in a direct chat, on an idle stack.

use std::time::{Duration, Instant};

use paloma_tests::World;
use serde_json::json;

const MESSAGES: u64 = 100;
/// Messages before the measurement.
const WARM_UP: u64 = 10;

/// Pause between two measurements: the engine's pollers pause 50 ms after an empty round.
const IDLE: Duration = Duration::from_millis(300);

pub fn measure() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let world = World::get().await;
        let [ana, bruno] = world.people().await;
        let chat = ana.chat_with(&bruno).await;
        let (mut sender, mut recipient) = (ana.connects().await, bruno.connects().await);
        println!("receipt to the sender's tick in a direct chat, {MESSAGES} of each, stack idle");
        let mut times = [Vec::new(), Vec::new()];
        for seq in 1..=MESSAGES + WARM_UP {
            ana.sends(&chat, "hello").await;
            recipient.receives_message(&chat, seq).await;
            for (status, times) in ["delivered", "read"].iter().zip(&mut times) {
                tokio::time::sleep(IDLE).await;
                let receipt = json!({ "action": "updateStatus", "chatId": chat, "seq": seq, "status": status });
                let sent = Instant::now();
                recipient.send(receipt).await;
                sender.receives_tick(&chat, seq, status).await;
                if seq > WARM_UP {
                    times.push(sent.elapsed().as_secs_f64() * 1e3);
                }
            }
        }
        let [delivered, read] = times;
        crate::print("delivered", delivered);
        crate::print("read", read);
    });
}
