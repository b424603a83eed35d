//! `cargo bench --bench cost [-- SCENARIO…]`: the work that AWS charges for, per message and by stage; the same for two
//! other designs; and dollars from a dated price list.
//!
//! `-- --write` refreshes `docs/costs.md` and its plots; scenarios that are not measured keep their last counts.
//! `-- --saved` does so without measuring, after a change of `prices.json`. The engine counts
//! (`local/engine/costs.py`). Messages are 3 s apart, so a batch has one message, except in bursts. Members who are
//! online have one socket. Frames have no `id`.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a benchmark fails by panicking")]

mod cast;
mod consumers;
mod conversation;
mod costs;
mod designs;
mod document;
mod measure;
mod meter;
mod plot;
mod prices;
mod receipt_rows;
mod report;
mod results;
mod scenario;
mod seed;
mod travel;

use crate::prices::Prices;
use crate::results::Results;

#[tokio::main]
async fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    // `cargo test --benches` runs this without `--bench`, and must measure nothing.
    if !has("--bench") {
        return;
    }
    let prices = Prices::read();
    if has("--saved") {
        return document::write(&Results::saved(), &prices);
    }
    let wanted: Vec<_> = arguments.iter().filter(|argument| !argument.starts_with("--")).collect();
    let results = measure::all(&prices, &wanted).await;
    println!("\n{}", report::designs(&results, &prices));
    if has("--write") {
        let names: Vec<_> = scenario::scenarios().concat().into_iter().map(|scenario| scenario.name).collect();
        let mut saved = Results::saved();
        saved.update(results, &names);
        saved.save();
        document::write(&saved, &prices);
    }
}
