//! `cargo bench --bench cost [-- SCENARIO…]`: calls to AWS, units of DynamoDB and bytes of log per message, by stage.
//!
//! The engine counts every call of every function (`local/engine/costs.py`). Messages are 3 s apart, so a batch has one
//! message. A member who is online has one socket. Frames have no `id`.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a benchmark fails by panicking")]

mod costs;
mod scenario;

use crate::costs::Meter;
use crate::scenario::{MESSAGES, SCENARIOS};

#[tokio::main]
async fn main() {
    // `cargo test --benches` runs this without `--bench`, and must measure nothing.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let wanted: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let meter = Meter::start().await;
    println!("per message, of {MESSAGES} messages 3 s apart");
    for scenario in SCENARIOS {
        if wanted.is_empty() || wanted.iter().any(|name| scenario.name.contains(name.as_str())) {
            let (costs, mut travels) = scenario.measure(&meter).await;
            costs.print(scenario.name, MESSAGES);
            travels.sort();
            if let Some(median) = travels.get(travels.len() / 2) {
                println!("  median from send to frame: {} ms", median.as_millis());
            }
        }
    }
}
